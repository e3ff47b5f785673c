"""The two consoles: answers go to standard output, everything else to standard error."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def out() -> Console:
    """Return the console for answers (standard output; colours only on terminals)."""
    return _console(stderr=False)


def err() -> Console:
    """Return the console for progress and errors (standard error)."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    """Return a console that leaves texts as they are: no emoji codes, and no line breaks where nobody looks."""
    from rich.console import Console

    console = Console(stderr=stderr, highlight=False, emoji=False)
    console.soft_wrap = not console.is_terminal
    return console
