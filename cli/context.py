"""What every command shares: where the configuration is, the store, the two consoles, and how JSON is printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.answers import Answers
from cli.words import visible

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from config.loader import Configuration
    from config.models import CommunitySettings
    from store.store import Store
    from sync.progress import Progress

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output, nothing else.")]
CommunityOption = Annotated[
    str | None, typer.Option("--community", "-c", metavar="ID", help="Only this community; all of them by default.")
]


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def config_path(context: typer.Context) -> Path:
    """Return the path of the configuration: what --config says, or copsync.toml here."""
    return Path(context.find_root().params.get("config") or "copsync.toml")


def configuration_of(context: typer.Context) -> Configuration:
    """Load the configuration named by --config.

    Raises:
        ConfigProblem: it is missing or wrong.
    """
    from config.loader import load

    return load(config_path(context))


@contextmanager
def store_of(configuration: Configuration) -> Iterator[Store]:
    """Open the configured store for a block.

    Raises:
        ConfigProblem: its address cannot be used; the place where it is written is named.
        StoreProblem: it cannot be opened, or a newer copsync wrote it.
    """
    from domain.errors import ConfigProblem
    from store.store import Store

    try:
        store = Store.open(configuration.settings.store.url, configuration.folder)
    except ConfigProblem as wrong:
        raise configuration.problem(("store", "url"), wrong.message, wrong.mend) from None
    try:
        yield store
    finally:
        store.close()


def communities_of(configuration: Configuration, wanted: str | None) -> Sequence[CommunitySettings]:
    """Return the community of that id, or all of them.

    Raises:
        ConfigProblem: there is no such community, or none at all.
    """
    from sync.wiring import Wiring

    return Wiring(configuration).community_settings(wanted)


def home_of(
    store: Store, asked: Sequence[CommunitySettings], find: Callable[[Connection, str, str], Sized], name: str
) -> CommunitySettings:
    """Return the community that knows something by that name; where none does, the first one says so itself.

    Raises:
        ConfigProblem: several communities know it.
    """
    from domain.errors import ConfigProblem

    with store.reading() as connection:
        knowing = [settings for settings in asked if len(find(connection, settings.id, name))]
    if len(knowing) > 1:
        names = ", ".join(settings.id for settings in knowing)
        raise ConfigProblem(f"Several communities know '{name}': {names}.", mend="Add --community, or more of the id.")
    return (knowing or asked)[0]


def print_json(document: Mapping[str, object]) -> None:
    """Print the JSON document of this call; characters that terminals obey instead of showing are escaped."""
    Answers.given = True
    sys.stdout.write(visible(json.dumps(document, ensure_ascii=False, indent=2)) + "\n")
    sys.stdout.flush()  # the sandbox goes on after its answer, and scripts wait for it


def together(documents: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return one document: a single community's object, or several under `communities`."""
    return documents[0] if len(documents) == 1 else {"communities": list(documents)}


@contextmanager
def watched() -> Iterator[Progress]:
    """Show bars to whoever watches, and import nothing for them where nobody does."""
    from sync.progress import silent

    if sys.stderr.isatty():
        from cli.progress import Bars

        with Bars() as bars:
            yield bars
    else:
        yield silent
