"""What people do in their tools: never anything the tool would refuse, and every value says who brought it."""

from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING

from domain.capabilities import Hold
from domain.values import Fields, Value, instant
from tests.simulation import hub
from tests.simulation.tools import ELSEWHERE, HERE, Account, Item, SimTool
from tests.simulation.truth import (
    BERLIN,
    FIRST_DUE,
    FIRST_START,
    LATE_START,
    PEOPLE,
    REGISTERS,
    TASK,
    TOKENS,
    Deletion,
    Edit,
    day_of,
    half_seen,
    shown_tokens,
)

if TYPE_CHECKING:
    from tests.simulation.world import World

HUMANS = 4
DEEDS = {"create": 5, "edit": 14, "delete": 2, "restore": 2, "swap": 1, "leave": 1, "again": 1}


def draw_habits(rng: Random, *, capped: bool) -> dict[str, float]:
    """Draw what the people of a world like to do: mostly a bit of everything, sometimes much of one thing.

    Where deletions are `capped`, people delete enough to feel it.
    """
    habits: dict[str, float] = dict(DEEDS)
    if capped:
        return {**habits, "create": 12, "delete": 10, "restore": 1}
    if rng.random() < 0.3:
        habits[rng.choice(sorted(habits))] *= 6
    return habits


def act(world: World) -> None:
    """Let somebody do something somewhere."""
    rng = world.rng
    world.t += rng.random() * 20
    tool = world.tools[rng.choice(world.names)]
    if world.uses_the_hub and rng.random() < 0.1:
        hub.edit_something(world)
        return
    deed = rng.choices(list(world.habits), list(world.habits.values()))[0]
    free = [remote for remote in tool.here() if remote not in tool.busy]
    known = [one for one in free if world.truth.owners[tool.name, one]]
    if known and "poisoned items" in world.faults.drawn and rng.random() < 0.06:
        poison(world, tool, rng.choice(known))
        return
    if not free and deed in ("edit", "swap", "leave", "delete", "again"):
        deed = "create"
    if deed == "edit":
        edit_something(world, tool, rng.choice(free))
    elif deed == "delete":
        delete(world, tool, rng.choice(free))
    elif deed == "restore":
        restore(world, tool)
    elif deed == "swap" and len(free) > 1:
        swap_titles(world, tool, *rng.sample(free, 2))
    elif deed == "leave":
        leave_or_come_back(world, tool, rng.choice(free))
    elif deed == "again":
        delete_and_make_again(world, tool, rng.choice(free))
    else:
        create(world, tool)


def create(world: World, tool: SimTool, title: str | None = None) -> Item:
    """Make an item, sometimes with more than a title."""
    number = world.next_number()
    fields: dict[str, Value] = {"title": title or _title(world, number), "kind": "task", "state": "open"}
    shadow = tool.ability.can.shadow
    if shadow or ("due" in tool.ability.can.fields and world.rng.random() < 0.3):
        fields["due"] = _fit(tool, "due", _due(world, number))
    item = tool.create(fields)
    _written(world, tool, item, {}, fields)
    world.tell(f"a person creates {tool.name}/{item.remote} {item.fields.get('title')!r}")
    return item


def edit_something(world: World, tool: SimTool, remote: str) -> None:
    """Change one field."""
    held = tool.ability.can.fields
    names = [name for name in held if name in (*TOKENS, *REGISTERS, PEOPLE)]
    name = world.rng.choice(sorted(names))
    number = world.next_number()
    shown = tool.shown(tool.items[remote])
    value = _fit(tool, name, _value(world, tool, remote, name, shown, number))
    edit(world, tool, remote, {name: value})


def edit(world: World, tool: SimTool, remote: str, changes: Fields) -> None:
    """Change fields of an item as its tool allows it."""
    item = tool.items[remote]
    before = tool.shown(item)
    fields = tool.ability.settle(TASK, {**item.fields, **changes})
    if not _allowed(tool, fields):
        return
    changes = {name: value for name, value in fields.items() if value != item.fields.get(name)}
    if not changes:
        return
    changed = tool.change(remote, changes)
    _written(world, tool, changed, before, changes)
    what = ", ".join(f"{name}={tool.shown(changed)[name]!r}" for name in sorted(changes))
    world.tell(f"a person edits {tool.name}/{remote} {what}")


def _allowed(tool: SimTool, fields: Fields) -> bool:
    """Tell whether the tool accepts this: no start after its due date, and a date for whatever is on a calendar."""
    start, due = fields.get("start"), fields.get("due")
    if tool.ability.can.shadow and due is None:
        return False
    return start is None or due is None or _day(start) <= _day(due)


def _day(value: Value) -> date:
    if isinstance(value, datetime):
        return value.astimezone(BERLIN).date()
    assert isinstance(value, date)
    return value


def _written(world: World, tool: SimTool, item: Item, before: Fields, changes: Fields) -> None:
    truth, shown = world.truth, tool.shown(item)
    disguise(world, tool, item.remote)
    for name in sorted(changes):
        if name not in shown or shown[name] == before.get(name):
            continue
        if not before and name in REGISTERS:
            continue  # every new item is open and a plain task; nobody meant anything by it
        old = before.get(name)
        half = half_seen(old, (one.number for one in truth.edits)) if name in ("title", "notes") else frozenset()
        saw = truth.behind(tool.name, item.remote, name, old) if name in REGISTERS else frozenset()
        if is_hidden_revert(world, tool, item, name):
            truth.reverted.add(len(truth.edits))
            world.faults.hits["reverted unheard"] += 1
        truth.note(Edit(len(truth.edits), tool.name, item.remote, name, shown[name], old, world.t, saw, half=half))


def is_hidden_revert(world: World, tool: SimTool, item: Item, name: str) -> bool:
    """Tell whether somebody takes back what copsync wrote and has not heard of: to copsync nothing ever changed."""
    truth, value = world.truth, tool.shown(item).get(name)
    unheard = any((tool.name, record) in truth.pending for record in truth.owners[tool.name, item.remote])
    earlier = [tool.shown(one).get(name) for one in tool.versions[item.remote][:-2]]
    return unheard and value in earlier


def disguise(world: World, tool: SimTool, remote: str) -> None:
    """Note an item that copsync made without hearing of it, and that it cannot know again: no mark, another face."""
    place = tool.name, remote
    if tool.items[remote].made_by == "copsync" and not tool.ability.marks and not world.truth.owners[place]:
        world.truth.unrecognisable.add(place)
        world.faults.hits["unrecognisable"] += 1


def delete(world: World, tool: SimTool, remote: str) -> None:
    """Delete an item, seeing what it shows."""
    shown = tool.shown(tool.items[remote])
    saw = shown_tokens(shown)
    for name in REGISTERS:
        if name in shown:
            saw |= world.truth.behind(tool.name, remote, name, shown[name])
    owners = frozenset(world.truth.owners[tool.name, remote])
    deletion = Deletion(world.t, saw, shown, world.truth.commits, owners)
    world.truth.removed[tool.name, remote] = deletion
    world.truth.removals.append(((tool.name, remote), deletion))
    tool.delete(remote)
    world.tell(f"a person deletes {tool.name}/{remote}")


def restore(world: World, tool: SimTool) -> None:
    """Take something back from the trash, whoever put it there."""
    if tool.trash:
        remote = world.rng.choice(sorted(tool.trash))
        tool.restore(remote)
        world.truth.removed.pop((tool.name, remote), None)
        world.truth.deleted_by_copsync.discard((tool.name, remote))
        world.truth.restored.add((tool.name, remote))
        world.tell(f"a person restores {tool.name}/{remote}")


def poison(world: World, tool: SimTool, remote: str) -> None:
    """Make an item such that nothing can be made of it: absurd, oversized, full of control characters."""
    tool.touch(remote, poisoned=True)
    world.faults.hits["poisoned items"] += 1
    world.tell(f"{tool.name}/{remote} is poisoned")


def mend_items(world: World) -> None:
    """Correct whatever could not be read."""
    for tool in world.tools.values():
        for remote in [one.remote for one in tool.items.values() if one.poisoned]:
            tool.touch(remote, poisoned=False)
            world.tell(f"{tool.name}/{remote} is corrected")


def swap_titles(world: World, tool: SimTool, one: str, other: str) -> None:
    """Exchange the titles of two items: they are still the same two items."""
    first, second = tool.items[one].fields["title"], tool.items[other].fields["title"]
    edit(world, tool, one, {"title": second})
    edit(world, tool, other, {"title": first})


def leave_or_come_back(world: World, tool: SimTool, remote: str) -> None:
    """Move an item out of what is mirrored, or another one back in."""
    away = [
        item.remote
        for item in tool.items.values()
        if item.container == ELSEWHERE and item.remote in _moved(world, tool)
    ]
    if away and world.rng.random() < 0.6:
        remote = world.rng.choice(away)
        tool.touch(remote, container=HERE)
        world.truth.left.discard((tool.name, remote))
        world.tell(f"a person brings {tool.name}/{remote} back into scope")
    elif not tool.ability.can.shadow:
        tool.touch(remote, container=ELSEWHERE)
        world.truth.left.add((tool.name, remote))
        world.truth.ever_left.add((tool.name, remote))
        world.tell(f"a person moves {tool.name}/{remote} out of scope")


def _moved(world: World, tool: SimTool) -> set[str]:
    return {remote for space, remote in world.truth.left if space == tool.name}


def delete_and_make_again(world: World, tool: SimTool, remote: str) -> None:
    """Delete an item and make a new one under its title."""
    title = str(tool.items[remote].fields["title"])
    delete(world, tool, remote)
    create(world, tool, title)


def change_accounts(world: World) -> None:
    """Give somebody another account, or show or hide an address."""
    tool = world.tools[world.rng.choice(world.names)]
    if not tool.accounts:
        return
    account = tool.accounts[world.rng.choice(sorted(tool.accounts))]
    if world.rng.random() < 0.5:
        account.email_hidden = not account.email_hidden
        return
    del tool.accounts[account.person]
    new = f"{account.person}+"
    world.truth.humans[tool.name, new] = account.human
    tool.accounts[new] = Account(new, account.human, account.email_hidden)


def _title(world: World, number: int) -> str:
    return f"t{number:04}" + " and a tail that is long" * (world.rng.random() < 0.3)


def _due(world: World, number: int) -> Value:
    return _when(world, day_of(FIRST_DUE, number))


def _when(world: World, day: date) -> Value:
    if world.rng.random() < 0.5:
        return day
    return instant(datetime(day.year, day.month, day.day, 9, 30, tzinfo=BERLIN))


def _value(world: World, tool: SimTool, remote: str, name: str, shown: Fields, number: int) -> Value:
    rng, old = world.rng, shown.get(name)
    if name == "title":
        return _title(world, number)
    if name == "notes":
        return _notes(world, str(old or ""), number)
    if name == "list":
        return f"l{number:04}" if rng.random() < 0.9 else None
    if name == "due":
        return _due(world, number) if rng.random() < 0.9 else None
    if name == "start":
        first = LATE_START if rng.random() < 0.15 else FIRST_START
        return _when(world, day_of(first, number)) if rng.random() < 0.9 else None
    if name in ("tags", "links"):
        return _changed_set(world, old, f"g{number:04}" if name == "tags" else f"https://example.org/u{number:04}")
    if name == "state":
        return "open" if old == "done" else "done"
    if name == "kind":
        return "task" if old == "milestone" else "milestone"
    if name == "parent":
        return _another_parent(world, tool, remote)
    return _other_people(world, tool, old)


def new_value(tool: SimTool, name: str, number: int) -> Value:
    """Return one value for a field, the same for every tool, as far as it can hold it."""
    values: dict[str, Value] = {
        "title": f"t{number:04}",
        "notes": f"n{number:04} -- ab",
        "list": f"l{number:04}",
        "due": day_of(FIRST_DUE, number),
        "start": day_of(FIRST_START, number),
    }
    return _fit(tool, name, values.get(name))


def _changed_set(world: World, old: Value, new: str) -> Value:
    present = sorted(old) if isinstance(old, frozenset) else []
    kept = frozenset(one for one in present if world.rng.random() < 0.75)
    return kept | {new} if kept == frozenset(present) or world.rng.random() < 0.7 else kept


def _other_people(world: World, tool: SimTool, old: Value) -> Value:
    present = old if isinstance(old, frozenset) else frozenset()
    people = sorted(tool.accounts)
    if not people:
        return present
    one = world.rng.choice(people)
    if tool.ability.can.fields[PEOPLE].hold is Hold.ONE:
        return frozenset({one})
    return present - {one} if one in present else present | {one}


def _another_parent(world: World, tool: SimTool, remote: str) -> Value:
    """Choose a parent that is not below the item itself."""
    below = {remote}
    for _ in tool.items:
        below |= {item.remote for item in tool.items.values() if item.fields.get("parent") in below}
    others = [one for one in tool.here() if one not in below]
    return world.rng.choice(others) if others and world.rng.random() < 0.8 else None


def _notes(world: World, old: str, number: int) -> str:
    """Add a line, change one, drop one, or write everything anew."""
    rng, line = world.rng, f"n{number:04} -- ab"
    lines = old.splitlines()
    how = rng.choices(["add", "front", "change", "drop", "all"], [5, 2, 3, 1, 1])[0]
    place = rng.randrange(len(lines)) if lines else 0
    if how == "drop" and len(lines) > 1:
        return "\n".join(lines[:place] + lines[place + 1 :]) + "\n"
    if how == "change" and lines:
        return "\n".join([*lines[:place], line, *lines[place + 1 :]]) + "\n"
    if how == "all":
        return f"{line}  \n"
    return "\n".join([line, *lines] if how == "front" else [*lines, line]) + "\n"


def _fit(tool: SimTool, name: str, value: Value) -> Value:
    """Return a value as the tool's own form would take it from a person."""
    held = tool.ability.can.fields.get(name)
    if held is None:
        return value
    if held.hold is Hold.DAY and isinstance(value, datetime):
        return _day(value)
    if held.max_length and isinstance(value, str) and len(value) > held.max_length:
        lines = value.splitlines()
        while len(lines) > 1 and len("\n".join(lines)) > held.max_length:
            lines.pop()
        return "\n".join(lines)[: held.max_length].rstrip()
    return value
