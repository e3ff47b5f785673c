"""undo: take back what a run did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import err, out
from cli.context import (
    CommunityOption,
    JsonOption,
    communities_of,
    configuration_of,
    now,
    print_json,
    store_of,
    watched,
)

if TYPE_CHECKING:
    from config.loader import Configuration
    from config.models import CommunitySettings
    from store.store import Store
    from sync.report import Report

_YES = ("y", "yes")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="""\b
Examples:
  copsync history                                        (which run was it?)
  copsync undo 20261122-005055-df3f0b --dry-run          (what would be taken back, and what not)
  copsync undo 20261122-005055-df3f0b                    (shows that, and asks)
  copsync undo 20261122-005055-df3f0b --yes              (for scripts)

\b
What it does: what the run created is taken away where it created it, what it deleted comes back, what it changed is
set back, everywhere. What people changed since stays as it is, and is listed with the reason.

The undoing is a run of its own: it is listed, can be shown, and can be undone. First everything is brought into
step, so that what people did in the meantime is known."""
    )(undo)


def undo(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, as `copsync history` lists it.")],
    community: CommunityOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show it; sends only reads.")] = False,
    json: JsonOption = False,
) -> None:
    """Take back what a run did, as far as nobody changed it since."""
    import asyncio

    _must_know_what_to_do(yes=yes, dry_run=dry_run, as_json=json)
    configuration = configuration_of(context)
    with store_of(configuration) as store:
        settings = _home_of(configuration, store, run, community)
        if not yes:
            shown = asyncio.run(_carry_out(configuration, settings, store, run, dry=True))
            _tell(shown, as_json=json)
            if dry_run:
                raise typer.Exit(int(shown.exit))
            if not _asked():
                err().print("Nothing was undone.")
                return
        report = asyncio.run(_carry_out(configuration, settings, store, run, dry=False))
    _tell(report, as_json=json)
    if report.exit:
        raise typer.Exit(int(report.exit))


def _must_know_what_to_do(*, yes: bool, dry_run: bool, as_json: bool) -> None:
    """Refuse what contradicts itself, and to ask where nobody can answer."""
    from domain.errors import ConfigProblem

    if yes and dry_run:
        raise ConfigProblem("--yes does it and --dry-run does not.", mend="Use one of them.")
    if not (yes or dry_run) and (as_json or not (sys.stdin.isatty() and sys.stderr.isatty())):
        raise ConfigProblem(
            "An undo asks before it does anything, and nobody can answer here; nothing was changed.",
            mend="Add --dry-run to see what it would do, or --yes to do it.",
        )


def _asked() -> bool:
    err().print("Undo it like that? [y/N] ", end="", markup=False)
    return sys.stdin.readline().strip().lower() in _YES


def _home_of(configuration: Configuration, store: Store, run: str, wanted: str | None) -> CommunitySettings:
    """Return the community of the run; where it is not known, the undoing itself says so."""
    from store import runs

    with store.reading() as connection:
        found = runs.one(connection, run)
    known = [one.id for one in configuration.settings.communities]
    community = found["community"] if found and found["community"] in known else None
    return communities_of(configuration, wanted or community)[0]


async def _carry_out(
    configuration: Configuration, settings: CommunitySettings, store: Store, run: str, *, dry: bool
) -> Report:
    from sync.undo import preview_undo
    from sync.undo import undo as take_back
    from sync.wiring import Wiring

    async with Wiring(configuration) as wiring:
        with watched() as progress:
            return await (preview_undo if dry else take_back)(wiring.community(settings), store, now, run, progress)


def _tell(report: Report, *, as_json: bool) -> None:
    from cli.pages import show_report

    if as_json:
        print_json(report.json())
    else:
        show_report(out(), report.json())
