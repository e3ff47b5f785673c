"""Tells whoever watches how far a run is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how far a run is; the command line shows bars, tests listen, flows log."""

    def __call__(self, phase: str, space: str, done: int, total: int | None) -> None:
        """Take note: `phase` is reading or writing, `total` None while it is not known."""


def silent(phase: str, space: str, done: int, total: int | None) -> None:
    """Hear nothing."""
    del phase, space, done, total
