"""I2, I4: every calendar shows just the gatherings that copsync holds, date by date, and each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from domain.fields import recurs
from domain.lens import Space, project
from domain.parts import occurrence_of, part_id, whole_of
from domain.plan import Link, LinkState
from domain.records import Record
from domain.recurrence.expand import Window
from domain.recurrence.layout import event_fields, layout
from domain.recurrence.series import series_from_fields
from domain.values import Fields
from tests.simulation.calendar.abilities import EVENT, TEXTS, CalendarAbility
from tests.simulation.calendar.claims import marks
from tests.simulation.calendar.people import ability_of
from tests.simulation.calendar.world import CalendarWorld
from tests.simulation.connector import ViolationError
from tests.simulation.invariants.remembered import Remembered
from tests.simulation.tools import SimTool
from tests.simulation.truth import BERLIN

Entry = tuple[str, ...]
THERE = (LinkState.LIVE,)


def in_step(world: CalendarWorld, found: Remembered) -> None:
    """I4: what every writable calendar shows of the months to come is what the hub says."""
    window = Window(world.today(), world.today() + timedelta(days=330))
    for name, tool in world.tools.items():
        ability = ability_of(tool)
        if ability.read_only:
            continue
        if ability.signs:
            _signs_in_step(world, found, tool)
            continue
        aside = {whole for space, whole in world.set_aside if space == name}
        wanted = Counter(
            entry
            for record in found.records.values()
            if record.type is EVENT and record.id not in aside
            for entry in _wanted(found, record, tool, window)
        )
        there = Counter(entry for remote in tool.here() for entry in _there(found, tool, remote, window))
        if wanted != there:
            missing, more = sorted((wanted - there).elements()), sorted((there - wanted).elements())
            raise ViolationError(f"I4: {name} lacks {missing[:3]} and has {more[:3]} beyond what the hub says")


def _wanted(found: Remembered, record: Record, tool: SimTool, window: Window) -> Iterator[Entry]:
    """Yield what a calendar has to show of a record."""
    ability, link = ability_of(tool), found.by_record[record.id].get(tool.name)
    parts = [one for one in found.links if one.space == tool.name and _is_part(one, record)]
    shown_by_parts = any(one.state is LinkState.LIVE for one in parts)
    if record.deleted or ((_is_let_go(link) or (parts and link is None)) and not shown_by_parts):
        return  # its people took all of it away there, the series or each date that there was, and it is kept elsewhere
    space = _space(tool, ability)
    if space.lacks_series(EVENT, record.fields):
        return
    for which, fields in _dates(record.fields, window):
        part = found.by_record[part_id(record.id, which)].get(tool.name) if which and not _is_whole(link) else None
        if not _is_let_go(part):
            yield _entry(ability, ability.reads(ability.rewrite(dict(project(EVENT, fields, space)))))


def _is_part(link: Link, whole: Record) -> bool:
    return occurrence_of(link.record) is not None and whole_of(link.record) == whole.id


def _is_whole(link: Link | None) -> bool:
    return link is not None and link.state is LinkState.LIVE


def _is_let_go(link: Link | None) -> bool:
    """Tell whether it was deleted there, or left what is mirrored, and is kept elsewhere."""
    return link is not None and link.state is not LinkState.LIVE


def _there(found: Remembered, tool: SimTool, remote: str, window: Window) -> Iterator[Entry]:
    """Yield what an item shows; what stands for a series where there are none says nothing about its dates."""
    ability, shown = ability_of(tool), tool.shown(tool.items[remote])
    owner = next((one.record for one in found.links if (one.space, one.remote) == (tool.name, remote)), None)
    record = found.records.get(owner or "")
    if record is not None and _space(tool, ability).lacks_series(EVENT, record.fields):
        return
    for _, fields in _dates(shown, window):
        yield _entry(ability, fields)


def _dates(fields: Fields, window: Window) -> Iterator[tuple[str | None, Fields]]:
    """Yield the dates of a gathering that lie ahead, each with its recurrence id if it is one of several."""
    series = series_from_fields(fields) if recurs(EVENT, fields) else None
    if series is not None:
        for which, one in layout(series, window).items():
            yield which, event_fields(fields, one)
    elif window.holds(fields["start"], fields["end"]):  # type: ignore[arg-type]
        yield None, fields


def _entry(ability: CalendarAbility, fields: Fields) -> Entry:
    """Return what tells a date from others; of texts their marks, which no calendar rewrites."""
    texts = (name for name in TEXTS if name in ability.can.fields)
    when = str(fields["start"]), str(fields["end"])
    return *when, *(" ".join(sorted(marks(fields.get(name)))) for name in texts)


def _space(tool: SimTool, ability: CalendarAbility) -> Space:
    return Space(tool.name, ability.capabilities, BERLIN, ability.settle, ability.admits, lays_out=ability.lays_out)


def _signs_in_step(world: CalendarWorld, found: Remembered, tool: SimTool) -> None:
    """I4: there is a sign for every gathering to come, and it was told what there is to tell."""
    ability = ability_of(tool)
    space = _space(tool, ability)
    for record in found.records.values():
        link = found.by_record[record.id].get(tool.name)
        if record.type is not EVENT or record.deleted or not ability.admits(EVENT, record.fields):
            continue
        if link is None:
            raise ViolationError(f"I4: {record.id} ({record.fields['title']}) has no sign in {tool.name}")
        if link.state is not LinkState.LIVE or (tool.name, record.id) in world.set_aside:
            continue
        wanted = project(EVENT, record.fields, space)
        wrong = {
            name: (link.base.get(name), one)
            for name, one in wanted.items()
            if (link.base.get(name) or "") != (one or "")
        }
        if wrong:
            raise ViolationError(f"I4: the sign {tool.name}/{link.remote} was told (first), and not (second): {wrong}")
