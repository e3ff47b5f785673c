"""conflicts: what people changed differently, and how it is decided."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import err, out
from cli.context import (
    CommunityOption,
    JsonOption,
    communities_of,
    configuration_of,
    home_of,
    now,
    print_json,
    store_of,
    together,
    watched,
)

if TYPE_CHECKING:
    from config.loader import Configuration
    from config.models import CommunitySettings
    from store.store import Store
    from sync.decide import Choice, Decision
    from sync.report import Report

Json = dict[str, Any]
FROM_INPUT = "-"

_LIST = """\b
Examples:
  copsync conflicts
  copsync conflicts --open                                   (only those that wait for a decision)
  copsync conflicts resolve 35b1 --keep basecamp             (the beginning of an id is enough)
  copsync conflicts --json | jq '.conflicts[] | {title, field, state, lost}'"""
_RESOLVE = """\b
Examples:
  copsync conflicts resolve 35b1f04c --keep basecamp         (what Basecamp had, everywhere)
  copsync conflicts resolve 35b1f04c --value "Spring plan"   (another value)
  copsync conflicts resolve 35b1f04c --value 2026-12-24      (a day; a moment is 2026-12-24T18:00+01:00)
  copsync conflicts resolve 35b1f04c --value ""              (nothing at all)
  copsync conflicts resolve 35b1f04c --value - < notes.txt   (a long text, from standard input)

\b
An item that was edited in one place and deleted in another:
  copsync conflicts resolve 9c2a --keep basecamp             (Basecamp deleted it: delete it everywhere)
  copsync conflicts resolve 9c2a --keep asana                (Asana edited it: it stays)

The decision is kept at once and sent to every tool. What somebody writes into a tool meanwhile is not overruled: it
is a new conflict. The exit status is that of the sync."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(rich_markup_mode=None, add_completion=False)
    group.callback(invoke_without_command=True, epilog=_LIST)(conflicts)
    group.command(epilog=_RESOLVE)(resolve)
    app.add_typer(group, name="conflicts")


def conflicts(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    open_only: Annotated[bool, typer.Option("--open", help="Only those that wait for a person.")] = False,
) -> None:
    """List what people changed differently, and decide it.

    Those that wait for a decision come first, then the newest. The value that was not taken is kept here. Where the
    policy is to ask, the field stays as it is in each tool until somebody decides.
    """
    if context.invoked_subcommand is not None:
        return
    from cli.stories import show_conflicts
    from sync.conflicts import conflicts as ask

    configuration = configuration_of(context)
    wanted = communities_of(configuration, community)
    with store_of(configuration) as store:
        documents = [ask(store, settings.id, open_only=open_only) for settings in wanted]
    if json:
        print_json(together(documents))
        return
    for document in documents:
        show_conflicts(out(), document)


def resolve(
    context: typer.Context,
    conflict: Annotated[str, typer.Argument(metavar="ID", help="The conflict's id, or its beginning.")],
    keep: Annotated[
        str | None, typer.Option(metavar="SPACE", help="Take the value that this space had, everywhere.")
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Take this value; - reads it from standard input, an empty text clears."),
    ] = None,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Decide a conflict, and send the decision everywhere."""
    import asyncio

    from store import runs
    from sync.decide import Choice

    before = context.parent.params if context.parent else {}  # options that stand before the word resolve
    text = sys.stdin.read() if value == FROM_INPUT else value
    choice = Choice(conflict, who(), keep, text)
    configuration = configuration_of(context)
    with store_of(configuration) as store:
        asked = communities_of(configuration, community or before.get("community"))
        settings = home_of(store, asked, runs.find_conflicts, conflict)
        decision, report = asyncio.run(_resolve(configuration, settings, store, choice))
    _tell(decision, report, as_json=json or bool(before.get("json")))
    if report.exit:
        raise typer.Exit(int(report.exit))


def who() -> str:
    """Return the name by which this machine knows whoever decides."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


async def _resolve(
    configuration: Configuration, settings: CommunitySettings, store: Store, choice: Choice
) -> tuple[Decision, Report]:
    from sync.decide import resolve as carry_out
    from sync.wiring import Wiring

    async with Wiring(configuration) as wiring:
        community = wiring.community(settings)
        with watched() as progress:
            return await carry_out(community, store, now, choice, progress)


def _tell(decision: Decision, report: Report, *, as_json: bool) -> None:
    from cli.pages import show_report
    from cli.words import line, short
    from domain.values import to_json

    value = to_json(decision.value)
    if as_json:
        names = ("conflict", "record", "title", "field", "keep")
        print_json({**report.json(), "decided": {name: getattr(decision, name) for name in names} | {"value": value}})
        return
    where = f" (from {line(decision.keep)})" if decision.keep else ""
    out().print(f"“{short(decision.title)}” {line(decision.field)}: decided for {short(value)}{where}")
    show_report(out(), report.json())
    if report.locked:
        err().print("The decision is kept; the next run carries it out.", style="yellow")
