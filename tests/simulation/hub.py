"""What people do in copsync itself: decide a conflict, or set a value in the hub."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from domain.errors import ConfigProblem, Locked
from domain.fields import RecordType
from domain.records import Edit as HubEdit
from domain.records import Record
from domain.values import Value
from store import decisions, runs, state
from store.state import Wanted
from store.store import Store
from sync.community import Community
from sync.decide import Choice, decide
from tests.simulation.truth import COMMUNITY, FIRST_DUE, FIRST_START, HUB, Edit, day_of

if TYPE_CHECKING:
    from tests.simulation.world import World

FIELDS = ("title", "list", "due", "start", "notes")


def decide_conflicts(world: World) -> int:
    """Let an admin decide every open conflict for one of its sides; return how many there were."""
    store = Store(world.engine)
    community = Community(COMMUNITY, "Sim", world.zone, world.policy, ())
    with store.reading() as connection:
        waiting = [one for one in runs.conflicts_of(connection, COMMUNITY) if one["undecided"]]
    waiting.sort(key=lambda one: (one["record"], one["field"], one["id"]))
    for conflict in waiting:
        sides = sorted({side["space"] for side in (conflict["kept"], *conflict["lost"])})
        for space in world.rng.sample(sides, len(sides)):
            if _decided(world, store, community, Choice(conflict["id"], "an admin", keep=space)):
                break
    return len(waiting)


def _decided(world: World, store: Store, community: Community, choice: Choice) -> bool:
    now = world.clock()
    lease = store.acquire(COMMUNITY, "an admin", now)
    try:
        with store.writing(lease, now) as connection:
            decision = decide(connection, community, choice, now)
            decisions.save(connection, COMMUNITY, decision.conflict, decision.json(now, choice.by))
            if decision.after:
                decisions.follow(connection, COMMUNITY, "decided", decision.after, choice.by, now)
    except ConfigProblem:
        return False
    finally:
        store.release(lease)
    world.truth.decided[decision.record, decision.field].append(decision.value)
    world.tell(f"an admin keeps {choice.keep}'s side of a conflict about {decision.field}: {decision.value!r}")
    return True


def edit_something(world: World) -> None:
    """Let an admin set a field of a record in the hub, unless a run holds the community."""
    store, now = Store(world.engine), world.clock()
    try:
        lease = store.acquire(COMMUNITY, "an admin", now)
    except Locked:
        return
    with store.writing(lease, now) as connection:
        records, _ = state.load(connection, COMMUNITY, Wanted(everything=True))
        live = [one for one in records.values() if one.type is RecordType.TASK and not one.deleted and not one.edits]
        if live:
            record = world.rng.choice(sorted(live, key=lambda one: one.id))
            after = _edited(world, record)
            decisions.follow(connection, COMMUNITY, "set in the hub", after, "an admin", now)
    store.release(lease)


def _edited(world: World, record: Record) -> Record:
    name, number = world.rng.choice(FIELDS), world.next_number()
    values: dict[str, Value] = {
        "title": f"t{number:04} set in the hub",
        "list": f"l{number:04}",
        "due": day_of(FIRST_DUE, number),
        "start": day_of(FIRST_START, number),
        "notes": f"n{number:04} -- hub\n",
    }
    before, value = record.fields.get(name), values[name]
    world.truth.owners[HUB, record.id] = [record.id]
    world.truth.places[record.id].add((HUB, record.id))
    world.truth.note(Edit(number, HUB, record.id, name, value, before, world.t))
    world.tell(f"an admin sets {name} of {record.id} to {value!r} over {before!r}")
    return replace(record, edits={name: HubEdit(value, world.clock(), over=(before,))})
