"""calendar: the coming weeks of a community in the terminal."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from cli.console import out
from cli.context import (
    CommunityOption,
    JsonOption,
    communities_of,
    configuration_of,
    now,
    print_json,
    store_of,
    together,
)
from cli.words import line

if TYPE_CHECKING:
    from rich.console import Console

    from sync.feeds.agenda import Agenda, Entry

_MOST_NAMES = 6


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="""\b
Examples:
  copsync calendar
  copsync calendar --weeks 12 --zone America/New_York
  copsync calendar --json | jq '.days[].entries[] | select(.kind == "deadline") | .title'"""
    )(calendar)


def calendar(
    context: typer.Context,
    weeks: Annotated[int, typer.Option("--weeks", metavar="NUMBER", min=1, max=104, help="How far ahead.")] = 4,
    zone: Annotated[
        str | None, typer.Option("--zone", metavar="ZONE", help="On whose clocks; the community's by default.")
    ] = None,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Show the coming weeks: gatherings, deadlines, who.

    As of the last sync. Deadlines that are overdue stand first.
    """
    from sync.feeds.agenda import agenda
    from sync.feeds.publisher import audience_of

    clock = _zone(zone)
    configuration = configuration_of(context)
    wanted = [audience_of(one) for one in communities_of(configuration, community)]
    with store_of(configuration) as store:
        found = [agenda(store, audience, clock or audience.zone, weeks, now()) for audience in wanted]
    if json:
        print_json(together([one.json() for one in found]))
    else:
        for one in found:
            _show(out(), one)


def _zone(name: str | None) -> ZoneInfo | None:
    from domain.errors import ConfigProblem

    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        from zoneinfo import available_timezones

        from config.models import did_you_mean

        hint = did_you_mean(name, available_timezones()) or " Use an IANA name such as Europe/Berlin."
        raise ConfigProblem(f"'{name}' is no time zone.", mend=hint.strip()) from None


def _show(console: Console, agenda: Agenda) -> None:
    console.print(f"[bold]{line(agenda.name)}[/]  {_day(agenda.first)} to {_day(agenda.last)}, {agenda.zone.key}")
    if agenda.overdue:
        console.print("\n[red]Overdue[/]")
        for entry in agenda.overdue:
            _show_entry(console, f"{entry.item.start:%d %b}", entry)
    if not agenda.days:
        console.print("  Nothing is planned. `copsync sync` takes in what the tools hold.")
    for day, entries in agenda.days.items():
        today = "  [dim]today[/]" if day == agenda.first else ""
        console.print(f"\n[bold cyan]{_day(day)}[/]{today}")
        for entry in entries:
            _show_entry(console, _hours(entry, day, agenda.zone), entry)


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _hours(entry: Entry, day: date, zone: ZoneInfo) -> str:
    """Return from when to when on a day; an arrow where it began before or goes on."""
    start, end = entry.item.start, entry.item.end
    if not isinstance(start, datetime) or not isinstance(end, datetime):
        return "all day"
    begins, ends = start.astimezone(zone), end.astimezone(zone)
    first = f"{begins:%H:%M}" if begins.date() == day else "→"
    return f"{first}–{ends:%H:%M}" if ends.date() == day else f"{first} →"


def _show_entry(console: Console, when: str, entry: Entry) -> None:
    mark = {"deadline": "[magenta]◆[/] "}.get(entry.item.sort.value, "")
    title = line(entry.item.title)
    told = {
        "cancelled": f"[strike dim]{title}[/] [red]cancelled[/]",
        "tentative": f"{title} [yellow]tentative[/]",
        "done": f"[green]✓[/] [dim]{title}[/]",
    }.get(entry.state, title)
    console.print(f"  [dim]{when:<13}[/] {mark}{told}")
    for more in (entry.item.location, entry.item.link, _who(entry)):
        if more:
            console.print(f"  {'':<13} [dim]{line(more)}[/]")


def _who(entry: Entry) -> str:
    names = list(entry.who[:_MOST_NAMES])
    more = len(entry.who) - len(names)
    return ", ".join([*names, f"{more} more"] if more else names)
