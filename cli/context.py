"""What every command shares: where the configuration is, how answers are printed, how errors become exit statuses."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Locked, Paused, StoreProblem

if TYPE_CHECKING:
    from rich.console import Console

    from config.loader import Configuration
    from store.store import Store

USAGE, PERSON_NEEDED, LOCKED, INTERRUPTED = 2, 3, 4, 130

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]
CommunityOption = Annotated[
    str | None, typer.Option("--community", "-c", metavar="ID", help="Only this community; all of them by default.")
]


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def configuration_of(context: typer.Context) -> Configuration:
    """Load the configuration named by --config."""
    from config.loader import load

    path = context.find_root().params.get("config")
    return load(Path(path) if path else Path("copsync.toml"))


@contextmanager
def store_of(configuration: Configuration) -> Iterator[Store]:
    """Open the configured store for a block."""
    from store.store import Store

    store = Store.open(configuration.settings.store.url, configuration.folder)
    try:
        yield store
    finally:
        store.close()


def out() -> Console:
    """Return the console for answers (standard output; colours only on terminals)."""
    from rich.console import Console

    return Console(highlight=False)


def err() -> Console:
    """Return the console for progress and errors (standard error)."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def print_json(document: Mapping[str, object]) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def status_of(error: CopsyncError) -> int:
    """Return the exit status that tells a script what kind of trouble it is."""
    if isinstance(error, Locked):
        return LOCKED
    if isinstance(error, ConnectAgain | Paused):
        return PERSON_NEEDED
    return USAGE if isinstance(error, ConfigProblem | StoreProblem) else 1


def fail(error: CopsyncError, *, as_json: bool) -> NoReturn:
    """Tell what went wrong and leave with the right status."""
    if as_json:
        place = getattr(error, "where", None)
        print_json({"error": {"message": error.message, "mend": error.mend, "where": place}})
    err().print(f"copsync: {error}", style="red", markup=False, soft_wrap=True)
    raise typer.Exit(status_of(error))


@contextmanager
def failing_clearly(*, as_json: bool) -> Iterator[None]:
    """Turn copsync's errors into a message with the mend and an exit status."""
    try:
        yield
    except CopsyncError as error:
        fail(error, as_json=as_json)
    except KeyboardInterrupt:
        err().print("Stopped. Nothing is lost: the next run looks up what was under way.", style="yellow")
        raise typer.Exit(INTERRUPTED) from None
