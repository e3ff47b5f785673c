"""What must hold once the faults are over: the invariants of a two-way sync, checked against the truth."""

from __future__ import annotations

from collections import defaultdict

from domain.fields import FIELDS, same
from domain.lens import Space, project
from domain.plan import Link, LinkState
from domain.records import Record
from domain.values import Value, to_json
from store import runs, state
from store.state import Wanted
from tests.simulation.tools import TASK
from tests.simulation.world import BERLIN, Edit, World


class ViolationError(AssertionError):
    """An invariant does not hold."""


def settle(world: World) -> None:
    """End the faults and let copsync catch up: two runs bring everything into step, a third does nothing (I4)."""
    for turn in range(3):
        world.run(faults=False, full=turn == 0)
    last = world.run(faults=False)
    if last is None or last.steps or last.exit:
        raise ViolationError(
            f"I4: a further run still had work: {last.steps if last else 'it died'} {last and last.exit}"
        )


def check(world: World) -> None:
    """Check every invariant on a settled world."""
    with world.store.reading() as connection:
        records, links = state.load(connection, "sim", Wanted(everything=True))
        conflicts = runs.conflicts_of(connection, "sim")
        if runs.open_steps(connection, "sim"):
            raise ViolationError("H26: a write stayed unclear")
    by_record: dict[str, list[Link]] = defaultdict(list)
    for link in links:
        by_record[link.record].append(link)
    _nothing_doubled(world, links)
    for record in records.values():
        _in_step(world, record, by_record[record.id])
    _no_edit_lost(world, records, conflicts)
    _deleted_only_what_people_deleted(world, records, by_record)


def _nothing_doubled(world: World, links: list[Link]) -> None:
    """I2: every live item has one link, and every record at most one live item per space."""
    linked = {(link.space, link.remote) for link in links if link.state is LinkState.LIVE}
    for name, tool in world.tools.items():
        items = set(tool.container().items)
        known = {remote for space, remote in linked if space == name}
        if items != known:
            raise ViolationError(f"I2: {name} holds {sorted(items - known)} unlinked, lacks {sorted(known - items)}")
        items_made = tool.container().items.items()
        marks = [item.mark for key, item in items_made if item.mark and (name, key) not in world.restored]
        if len(marks) != len(set(marks)):
            raise ViolationError(f"I2: {name} holds two items for one record")


def _in_step(world: World, record: Record, links: list[Link]) -> None:
    """I3, I4: every space shows the record as far as it can, or keeps its own form of what it was sent."""
    live = {link.space for link in links if link.state is LinkState.LIVE}
    if live != (set() if record.deleted else set(world.names)):
        raise ViolationError(f"I4: {record.id} (deleted={record.deleted}) is live in {sorted(live)}")
    for link in links:
        if link.state is not LinkState.LIVE:
            continue
        shown = world.tools[link.space].container().items[link.remote].fields()
        wanted = project(
            TASK, record.fields, Space(link.space, world.connectors[link.space].capabilities, BERLIN), shown
        )
        for name, value in wanted.items():
            there = shown.get(name, FIELDS[TASK][name].default)
            kept = name in link.sent and same(FIELDS[TASK][name], link.sent[name], value)
            if not same(FIELDS[TASK][name], there, value) and not kept:
                raise ViolationError(f"I4: {link.space}/{link.remote} shows {name}={there!r}, the hub says {value!r}")
            if not same(FIELDS[TASK][name], link.base.get(name, FIELDS[TASK][name].default), there):
                raise ViolationError(f"I3: the base of {link.space}/{link.remote} {name} is {link.base.get(name)!r}")


def _no_edit_lost(world: World, records: dict[str, Record], conflicts: list[dict[str, object]]) -> None:
    """I1: the last value written into each field is live, or in the conflict list, or its item was deleted."""
    latest: dict[tuple[str, str], Edit] = {}
    for edit in world.edits:
        owners = world.owners.get((edit.space, edit.remote), set())
        unseen = world.removed.get((edit.space, edit.remote)) == edit.before_run
        if not owners and (edit.space, edit.remote) not in world.removed:
            raise ViolationError(f"I1: {edit} belongs to no record")
        for record in owners:
            # Deleted by a person before a run ended: seen in time or not, it lies in that tool's trash.
            latest.update({(record, edit.field): edit}) if not unseen else latest.pop((record, edit.field), None)
    lost = defaultdict(list)
    for conflict in conflicts:
        for side in conflict["lost"]:  # type: ignore[attr-defined]
            lost[str(conflict["record"]), str(conflict["field"])].append(side["value"])
    for (record, name), edit in latest.items():
        owners = world.owners[edit.space, edit.remote]
        if any(_is_kept(world, records, latest, lost, one, edit) for one in owners):
            continue
        raise ViolationError(
            f"I1: {edit} is neither live ({records[record].fields.get(name)!r}) nor in the conflict list"
        )


def _is_kept(
    world: World,
    records: dict[str, Record],
    latest: dict[tuple[str, str], Edit],
    lost: dict[tuple[str, str], list[object]],
    record: str,
    edit: Edit,
) -> bool:
    """Tell whether an edit is live in a record, superseded there, kept as a loser, or deleted with it."""
    if edit.field in ("tags", "state") or latest.get((record, edit.field)) is not edit:
        return True
    if records[record].deleted or _is_live(world, records[record], edit):
        return True
    return _among(world, edit, lost[record, edit.field])


def _is_live(world: World, record: Record, edit: Edit) -> bool:
    space = Space(edit.space, world.connectors[edit.space].capabilities, BERLIN)
    shown = project(TASK, record.fields, space).get(edit.field)
    return same(FIELDS[TASK][edit.field], shown, edit.value) or _contains(shown, edit.value)


def _contains(shown: Value, value: Value) -> bool:
    """A merged text holds every line that was written."""
    return isinstance(shown, str) and isinstance(value, str) and value.strip() in shown


def _among(world: World, edit: Edit, values: list[object]) -> bool:
    del world
    wanted = to_json(edit.value)
    return any(value == wanted or str(value).startswith(str(wanted)[:10]) for value in values)


def _deleted_only_what_people_deleted(
    world: World, records: dict[str, Record], by_record: dict[str, list[Link]]
) -> None:
    """I5: copsync deletes an item only where a person deleted its counterpart."""
    for record in records.values():
        gone = [link for link in by_record[record.id] if link.state is LinkState.GONE]
        by_people = [link for link in gone if (link.space, link.remote) in world.removed]
        by_copsync = [link for link in gone if link.remote in world.connectors[link.space].deleted]
        if by_copsync and not by_people:
            raise ViolationError(
                f"I5: {record.id} was deleted in {[link.space for link in by_copsync]} by nobody's wish"
            )
