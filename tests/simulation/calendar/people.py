"""What people do in their calendars: never anything a calendar would refuse, and every text says who brought it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from domain.fields import recurs
from domain.recurrence.series import Series, make_series, series_from_fields
from domain.values import Fields, Value
from tests.simulation import people
from tests.simulation.calendar.abilities import EVENT, TEXTS, CalendarAbility
from tests.simulation.calendar.series_deeds import DAY, RULES, ZONES, at, do_something, split_off, told
from tests.simulation.tools import Item, SimTool
from tests.simulation.truth import Deletion, Edit

if TYPE_CHECKING:
    from tests.simulation.calendar.world import CalendarWorld

HABITS = {"create": 4, "text": 6, "change": 14, "split": 1, "delete": 2, "restore": 2, "wait": 1}


def draw_habits(rng: Random) -> dict[str, float]:
    """Draw what the people of a world like to do: mostly a bit of everything, sometimes much of one thing."""
    habits: dict[str, float] = dict(HABITS)
    if rng.random() < 0.3:
        habits[rng.choice(sorted(habits))] *= 6
    return habits


def act(world: CalendarWorld) -> None:
    """Let somebody do something somewhere."""
    rng = world.rng
    world.t += rng.random() * 20
    tool = world.tools[rng.choice(world.names)]
    deed = rng.choices(list(world.habits), list(world.habits.values()))[0]
    if ability_of(tool).signs:
        _meddle(world, tool)
        return
    free = [remote for remote in tool.here() if remote not in tool.busy]
    known = [one for one in free if world.truth.owners[tool.name, one]]
    if known and "poisoned items" in world.faults.drawn and rng.random() < 0.06:
        people.poison(world, tool, rng.choice(known))
    elif deed == "restore":
        people.restore(world, tool)
    elif deed == "wait" and not world.running:
        world.days_pass(rng.choice((1, 1, 2, 9)))
    elif deed == "create" or not free:
        create(world, tool)
    elif deed == "delete":
        delete(world, tool, rng.choice(free))
    elif deed == "split":
        _split(world, tool, rng.choice(free))
    elif deed == "text":
        _write_text(world, tool, rng.choice(free))
    else:
        _change(world, tool, rng.choice(free))


def ability_of(tool: SimTool) -> CalendarAbility:
    """Return a calendar's ways."""
    assert isinstance(tool.ability, CalendarAbility)
    return tool.ability


def create(world: CalendarWorld, tool: SimTool) -> None:
    """Make a gathering, mostly one that repeats where that can be; sometimes in two calendars at once."""
    fields = _gathering(world)
    others = [one for one in world.tools.values() if one is not tool and not ability_of(one).signs]
    for place in (
        (tool, world.rng.choice(others)) if others and not world.runs and world.rng.random() < 0.3 else (tool,)
    ):
        held = place.ability.can.fields
        told_there = {name: value for name, value in fields.items() if name in held}
        if not place.ability.can.series and recurs(EVENT, fields):
            continue
        add(world, place, told_there, "creates")


def add(world: CalendarWorld, tool: SimTool, fields: Fields, words: str) -> None:
    """Make an item of these fields."""
    item = tool.create(tool.ability.settle(EVENT, fields))
    note(world, tool, item, {})
    world.tell(f"a person {words} {tool.name}/{item.remote} {_words(tool.shown(item))}")


def _gathering(world: CalendarWorld) -> dict[str, Value]:
    rng, number = world.rng, world.next_number()
    texts: dict[str, Value] = {"title": f"t{number:04}", "notes": "", "location": ""}
    if rng.random() < 0.3:
        texts["notes"] = f"n{number:04} -- ab\n"
    day = world.clock().date() + DAY * rng.choice((0, 1, 2, 6, 7, 20))
    if rng.random() < 0.25:
        start, end, zone = day, day + DAY * rng.choice((1, 1, 2)), None
        return told(_series(rng, start, end, zone), texts)
    zone = rng.choice((ZONES[0], ZONES[0], *ZONES))
    first = at(day, 8 + number % 12, zone)
    return told(_series(rng, first, first + timedelta(hours=1), zone), texts)


def _series(rng: Random, start: date, end: date, zone: str | None) -> Series:
    return make_series(start, end, zone, rng.choice(RULES) if rng.random() < 0.75 else None)


def _write_text(world: CalendarWorld, tool: SimTool, remote: str) -> None:
    rng, number = world.rng, world.next_number()
    name = rng.choice([one for one in TEXTS if one in tool.ability.can.fields])
    shown = tool.shown(tool.items[remote])
    values = {
        "title": f"t{number:04}",
        "location": f"l{number:04}",
        "notes": f"{shown.get('notes') or ''}n{number:04} -- ab\n",
    }
    if name == "notes" and rng.random() < 0.3:
        values["notes"] = f"n{number:04} -- ab\n"
    edit(world, tool, remote, {name: values[name]}, "writes into")


def _change(world: CalendarWorld, tool: SimTool, remote: str) -> None:
    shown = tool.shown(tool.items[remote])
    if not recurs(EVENT, shown):
        _change_single(world, tool, remote, shown)
        return
    series = series_from_fields(shown)
    assert series is not None
    own_dates = ability_of(tool).own_dates
    done = do_something(world.rng, series, world.clock(), world.next_number(), dates=own_dates)
    if done is not None:
        edit(world, tool, remote, told(done[1], {}), done[0])


def _change_single(world: CalendarWorld, tool: SimTool, remote: str, shown: Fields) -> None:
    rng, number = world.rng, world.next_number()
    start, end = shown["start"], shown["end"]
    assert isinstance(start, date)
    assert isinstance(end, date)
    if rng.random() < 0.2:
        edit(world, tool, remote, _all_day_or_back(start, number, shown), "makes all-day, or not,")
    elif rng.random() < 0.25 and tool.ability.can.series and world.truth.now_for((tool.name, remote)) in world.wholes():
        series = make_series(start, end, str(shown.get("zone") or ZONES[0]) if isinstance(start, datetime) else None)
        repeating = make_series(series.start, series.end, series.zone, rng.choice(RULES))
        edit(world, tool, remote, told(repeating, {}), "lets repeat")
    else:
        later = timedelta(hours=rng.choice((-2, 1, 3)), minutes=number % 30) if isinstance(start, datetime) else DAY
        later += DAY * rng.choice((0, 0, 1, 8))
        edit(world, tool, remote, {"start": start + later, "end": end + later}, "moves")


def _all_day_or_back(start: date, number: int, shown: Fields) -> dict[str, Value]:
    if isinstance(start, datetime):
        day = start.date()
        return {"start": day, "end": day + DAY, "zone": None}
    first = at(start, 9 + number % 10, ZONES[0])
    return {"start": first, "end": first + timedelta(hours=1), "zone": ZONES[0] if "zone" in shown else None}


def _split(world: CalendarWorld, tool: SimTool, remote: str) -> None:
    shown = tool.shown(tool.items[remote])
    series = series_from_fields(shown) if recurs(EVENT, shown) else None
    halves = split_off(world.rng, series, world.clock()) if series else None
    if halves is None:
        return
    texts = {name: shown[name] for name in TEXTS if name in shown}
    edit(world, tool, remote, told(halves[0], {}), "splits")
    add(world, tool, told(halves[1], texts), "goes on with")


def edit(world: CalendarWorld, tool: SimTool, remote: str, changes: Fields, words: str) -> None:
    """Change fields of an item as its calendar allows it."""
    item = tool.items[remote]
    before = tool.shown(item)
    held = tool.ability.can.fields
    wanted = tool.ability.settle(EVENT, {**item.fields, **{name: one for name, one in changes.items() if name in held}})
    new = {name: value for name, value in wanted.items() if value != item.fields.get(name)}
    if not new:
        return
    changed = tool.change(remote, new)
    note(world, tool, changed, before)
    world.tell(f"a person {words} {tool.name}/{remote} {_words({name: tool.shown(changed).get(name) for name in new})}")


def note(world: CalendarWorld, tool: SimTool, item: Item, before: Fields) -> None:
    """Write down, field by field, what a person changed who saw `before`."""
    shown = tool.shown(item)
    people.disguise(world, tool, item.remote)
    for name in sorted(shown.keys() | before.keys()):
        if shown.get(name) == before.get(name):
            continue
        if before and people.is_hidden_revert(world, tool, item, name):
            world.truth.reverted.add(len(world.truth.edits))
            world.faults.hits["reverted unheard"] += 1
        number = len(world.truth.edits)
        world.truth.note(Edit(number, tool.name, item.remote, name, shown.get(name), before.get(name), world.t))


def delete(world: CalendarWorld, tool: SimTool, remote: str) -> None:
    """Delete an item, seeing what it shows."""
    place = tool.name, remote
    owner = world.truth.stands_for.get(place)  # what copsync has not heard of was never there, as far as it can tell
    owners = frozenset({owner} if owner else ())
    deletion = Deletion(world.t, frozenset(), tool.shown(tool.items[remote]), world.truth.commits, owners)
    world.truth.removed[place] = deletion
    world.truth.removals.append((place, deletion))
    tool.delete(remote)
    world.tell(f"a person deletes {tool.name}/{remote}")


def _meddle(world: CalendarWorld, tool: SimTool) -> None:
    """Let somebody do with a sign what they like: it says nothing about the gathering."""
    free = [remote for remote in tool.here() if remote not in tool.busy]
    if not free:
        return
    remote = world.rng.choice(free)
    if world.rng.random() < 0.3:
        tool.delete(remote)
        world.truth.removed[tool.name, remote] = Deletion(world.t, frozenset(), {}, world.truth.commits)
    else:
        tool.change(remote, {"title": "somebody's own words"})
    world.tell(f"a person meddles with {tool.name}/{remote}")


def _words(fields: Fields) -> str:
    return ", ".join(f"{name}={_word(value)}" for name, value in sorted(fields.items()) if value)


def _word(value: Value) -> str:
    return str(sorted(value)) if isinstance(value, frozenset) else str(value)
