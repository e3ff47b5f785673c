"""status, history, show, explain and export: what is, what happened, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cli.console import out
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
)
from cli.exits import PERSON_NEEDED

if TYPE_CHECKING:
    from config.loader import Configuration
    from config.models import CommunitySettings
    from store.store import Store
    from sync.wiring import Wiring

Json = dict[str, Any]

_EXAMPLES = {
    "status": """\b
Examples:
  copsync status
  copsync status --json | jq .waiting
  copsync status --json | jq '.channels[] | select(.needs_person)'

Exit status: 0 nothing waits for a person, 3 something does.""",
    "history": """\b
Examples:
  copsync history --limit 5
  copsync history --json | jq '.runs[] | select(.failed > 0)'""",
    "show": """\b
Examples:
  copsync show 20261122-005055-df3f0b          (`copsync history` lists the runs)
  copsync show 20261122-005055-df3f0b --json | jq '.steps[] | select(.state == "failed")'""",
    "explain": """\b
Examples:
  copsync explain task-442a9d47302cf89a0051    (an id from a report or from `copsync export`)
  copsync explain task-442a                    (its beginning is enough)
  copsync explain 1200000000000158             (or the number that Asana or Basecamp gives the item)""",
    "export": """\b
Examples:
  copsync export > community.json
  copsync export | jq '.records[] | select(.kind == "milestone") | .fields.due'
  copsync export --format ics > community.ics""",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (status, history, show, explain, export):
        app.command(epilog=_EXAMPLES[command.__name__])(command)


def _for_each(
    context: typer.Context, community: str | None, ask: Callable[[Store, str], Json], show: Callable[..., None] | None
) -> None:
    """Ask the store about every community wanted, and print the answers: for people, or as JSON without `show`."""
    configuration = configuration_of(context)
    wanted = communities_of(configuration, community)
    with store_of(configuration) as store:
        documents = [ask(store, settings.id) for settings in wanted]
    if show is None:
        print_json(together(documents))
        return
    for document in documents:
        show(out(), document)


def status(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Show where the community stands and what waits for a person.

    As of the last run; no tool is asked. A LinkedIn group is *assisted*: a person posts there, and what waits is told.
    """
    import asyncio

    from cli.standing import show_status
    from sync.status import needs_person

    documents = asyncio.run(_statuses(context, community))
    if json:
        print_json(together(documents))
    else:
        for document in documents:
            show_status(out(), document)
    if any(needs_person(one) for one in documents):
        raise typer.Exit(PERSON_NEEDED)


async def _statuses(context: typer.Context, community: str | None) -> list[Json]:
    from sync.wiring import Wiring

    configuration = configuration_of(context)
    wanted = communities_of(configuration, community)
    with store_of(configuration) as store:
        async with Wiring(configuration) as wiring:
            return [_status(wiring, store, one) for one in wanted]


def _status(wiring: Wiring, store: Store, settings: CommunitySettings) -> Json:
    from sync.announce.standing import channels
    from sync.outbox.places import places_of
    from sync.outbox.standing import assisted
    from sync.sign_ins import sign_ins
    from sync.status import status as ask

    by_hand, present = assisted(store, places_of(wiring.configuration, [settings])), now()
    found = sign_ins(wiring, settings, present)
    return {
        **ask(store, settings.id, present),
        "channels": channels(wiring, store, settings, found, by_hand, present),
        "assisted": by_hand,
        "sign_ins": found,
    }


def history(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    limit: Annotated[int, typer.Option(metavar="NUMBER", min=1, max=1000, help="How many runs.")] = 20,
) -> None:
    """List the last runs, newest first."""
    from cli.stories import show_history
    from sync.status import history as ask

    def listed(store: Store, one: str) -> Json:
        return {"community": one, "runs": ask(store, one, limit, now())}

    _for_each(context, community, listed, None if json else show_history)


def show(
    context: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's id, as `copsync history` lists it.")],
    json: JsonOption = False,
) -> None:
    """Show one run: what was done, step by step, and why."""
    from cli.pages import show_report

    with store_of(configuration_of(context)) as store:
        report = _report(store, run)
    if json:
        print_json(report)
    else:
        show_report(out(), report)


def _report(store: Store, run: str) -> Json:
    from domain.errors import ConfigProblem
    from domain.undo import undone_by
    from store import runs, undoing

    with store.reading() as connection:
        found = runs.one(connection, run)
        lease = runs.lease_of(connection, found["community"]) if found else None
        undoings = undoing.undoings(connection, found["community"]) if found else []
    if found is None:
        raise ConfigProblem(f"There is no run '{run}'.", mend="`copsync history` lists the runs.")
    if found["report"] is not None:
        by = undone_by(undoings, run)
        return {**found["report"], **({"undone_by": by} if by else {})}
    if lease and run in lease["holder"] and lease["expires"] > now().timestamp():
        raise ConfigProblem(f"Run {run} has not ended yet.", mend="`copsync status` shows whether it is still at work.")
    raise ConfigProblem(
        f"Run {run} was interrupted and left no report.",
        mend="Run `copsync sync`: it looks up what was under way. `copsync explain` tells what was sent for a record.",
    )


def explain(
    context: typer.Context,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="A record's id, its beginning, or an item's id in its tool.")
    ],
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Show why a record is as it is.

    Per field: its value in every space, who wrote it last, and what holds it back.
    """
    import asyncio

    from cli.stories import show_explanation
    from store import runs

    configuration = configuration_of(context)
    wanted = communities_of(configuration, community)
    with store_of(configuration) as store:
        settings = home_of(store, wanted, runs.find_record, record)
        found = asyncio.run(_explain(configuration, settings, store, record))
    if json:
        print_json(found)
    else:
        show_explanation(out(), found)


async def _explain(configuration: Configuration, settings: CommunitySettings, store: Store, record: str) -> Json:
    from sync.explain import explain as ask
    from sync.wiring import Wiring

    async with Wiring(configuration) as wiring:
        return ask(wiring.community(settings), store, record)


def export(
    context: typer.Context,
    community: CommunityOption = None,
    form: Annotated[
        Literal["json", "ics"], typer.Option("--format", help="ics: gatherings and deadlines as one calendar file.")
    ] = "json",
    json: Annotated[bool, typer.Option("--json", help="JSON is the usual form; accepted for scripts.")] = False,
) -> None:
    """Print everything copsync knows: members, records, links.

    As JSON with every field and link, or what has a date as one iCalendar file that calendars can import.
    """
    from sync.export import export as ask

    if form == "json":
        _for_each(context, community, ask, None)
    elif json:
        raise typer.BadParameter("a calendar file is no JSON; ask for one of the two")
    else:
        _export_calendar(context, community)


def _export_calendar(context: typer.Context, community: str | None) -> None:
    from domain.errors import ConfigProblem
    from sync.feeds.files import everything

    configuration = configuration_of(context)
    wanted = communities_of(configuration, community)
    if len(wanted) > 1:
        names = ", ".join(one.id for one in wanted)
        raise ConfigProblem("A calendar file holds one community.", mend=f"Add --community with one of: {names}.")
    with store_of(configuration) as store:
        content = everything(store, wanted[0], now())
    typer.echo(content, nl=False)
