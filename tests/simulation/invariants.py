"""What must hold: I1 to I3 whenever a process dies, all of them once the faults are over."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from domain.capabilities import Hold
from domain.fields import same
from domain.lens import Space, project
from domain.plan import Link, LinkState
from domain.records import Record
from domain.survive import DELETED
from domain.values import Value
from store import runs, state
from store.state import Wanted
from store.store import Store
from sync.community import Community
from sync.people import Directory
from sync.report import Report
from tests.simulation import hub, people
from tests.simulation.connector import ViolationError
from tests.simulation.tools import ELSEWHERE, SimTool
from tests.simulation.truth import (
    BERLIN,
    HUB,
    PEOPLE,
    REGISTERS,
    TABLE,
    TASK,
    TOKENS,
    Edit,
    conflict_value,
    is_set,
    tokens,
)
from tests.simulation.world import COMMUNITY, World

THERE = (LinkState.LIVE, LinkState.WITHDRAW)


@dataclass(slots=True)
class Remembered:
    """What copsync's store says, read once for all checks."""

    records: dict[str, Record]
    links: list[Link]
    lost: dict[tuple[str, str], list[tuple[str, Value]]]
    undecided: set[tuple[str, str]]
    known_as: dict[str, dict[str, str]]
    open_steps: int
    by_record: dict[str, dict[str, Link]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def of(cls, world: World) -> Remembered:
        """Read the store."""
        with Store(world.engine).reading() as connection:
            records, links = state.load(connection, COMMUNITY, Wanted(everything=True))
            conflicts = runs.conflicts_of(connection, COMMUNITY)
            known_as = state.load_identities(connection, COMMUNITY)
            members = state.load_members(connection, COMMUNITY)
            open_steps = runs.open_steps(connection, COMMUNITY)
        lost: dict[tuple[str, str], list[tuple[str, Value]]] = defaultdict(list)
        for conflict in conflicts:
            for side in conflict["lost"]:
                value = conflict_value(conflict["field"], side["value"])
                lost[conflict["record"], conflict["field"]].append((side["space"], value))
        directory = Directory.of(Community(COMMUNITY, "Sim", BERLIN, world.policy, ()), members, known_as)
        records, links = directory.known_now(records, links)
        undecided = {(one["record"], one["field"]) for one in conflicts if one["undecided"]}
        found = cls(records, links, lost, undecided, known_as, open_steps)
        for link in links:
            found.by_record[link.record][link.space] = link
        return found

    def human(self, world: World, member: str) -> frozenset[int]:
        """Return whom a member record stands for."""
        return frozenset(
            world.human(space, person)
            for space, people in self.known_as.items()
            for person, record in people.items()
            if record == member
        )


def check_now(world: World) -> None:
    """I1 to I3, whatever state things are in."""
    found = Remembered.of(world)
    nothing_doubled(world, found)
    bases_were_held(world, found)
    no_edit_lost(world, found, settled=False)


def check_settled(world: World) -> None:
    """Every invariant on a settled world."""
    found = Remembered.of(world)
    if found.open_steps:
        raise ViolationError("I4: a write stayed unclear")
    nothing_doubled(world, found)
    everything_linked(world, found)
    bases_were_held(world, found)
    for record in found.records.values():
        if record.type is TASK:
            in_step(world, found, record)
    no_edit_lost(world, found, settled=True)
    no_deletion_lost(world, found)
    complements_kept(world)
    conflicts_are_peoples(world, found)
    outside_untouched(world)


# --- I2


def nothing_doubled(world: World, found: Remembered) -> None:
    """I2: no two live items of one space stand for the same record, but for those a person brought back."""
    for name, tool in world.tools.items():
        seen: dict[str, str] = {}
        for remote in tool.here():
            place = name, remote
            records = set(world.truth.owners[place]) | {world.truth.made_for.get(place, remote)}
            if place in world.truth.restored | world.truth.ever_left | world.truth.unrecognisable:
                continue
            for record in records:
                if record in seen:
                    raise ViolationError(f"I2: {seen[record]} and {remote} in {name} both stand for {record}")
                seen[record] = remote


def everything_linked(world: World, found: Remembered) -> None:
    """I2: in the end every mirrored item belongs to exactly one record, and every link leads to an item."""
    for name, tool in world.tools.items():
        linked = {link.remote for link in found.links if link.space == name and link.state in THERE}
        here = set(tool.here())
        strangers = {one for one in here - linked if not tool.ability.task.shadow}
        if strangers or linked - here:
            raise ViolationError(f"I2: {name} holds {sorted(strangers)} unlinked, lacks {sorted(linked - here)}")


# --- I3


def bases_were_held(world: World, found: Remembered) -> None:
    """I3: what a base says was shown by that item once, and known to the hub."""
    for link in found.links:
        tool = world.tools[link.space]
        shown = [tool.shown(item) for item in tool.versions.get(link.remote, ())]
        for name, value in link.base.items():
            if name in REGISTERS or name in TOKENS:
                _base_was_held(world, found, link, name, value, [one.get(name) for one in shown])


def _base_was_held(world: World, found: Remembered, link: Link, name: str, value: Value, shown: list[Value]) -> None:
    if name != "parent" and not any(same(TABLE[name], value, one) for one in shown):
        raise ViolationError(f"I3: the base of {link.space}/{link.remote} says {name}={value!r}, never shown there")
    held = world.truth.hub[link.record, name]
    lost = [value for _, value in found.lost[link.record, name]]
    if name in TOKENS:
        known = {one for some in (*held, *lost) for one in tokens(name, some)}
        if not tokens(name, value) <= known:
            raise ViolationError(f"I3: the base of {link.space}/{link.remote} says {name}={value!r}, the hub never did")
    elif name != "parent" and value not in (*held, *lost, TABLE[name].default):
        raise ViolationError(f"I3: the base of {link.space}/{link.remote} says {name}={value!r}, the hub never did")


# --- I4


def in_step(world: World, found: Remembered, record: Record) -> None:
    """I4: every space shows the record as far as it can hold it."""
    links = found.by_record[record.id]
    for name, tool in world.tools.items():
        link = links.get(name)
        if tool.ability.read_only or (name, record.id) in world.set_aside:
            continue
        if link is not None and link.state is LinkState.LIVE and not record.deleted:
            _shows(world, found, record, tool, link)
        elif link is not None and link.state in THERE:
            raise ViolationError(f"I4: {record.id} is deleted, and still linked in {name}")
        elif link is None and not record.deleted and tool.ability.admits(TASK, record.fields):
            raise ViolationError(f"I4: {record.id} ({record.fields['title']}) is missing in {name}")


def _shows(world: World, found: Remembered, record: Record, tool: SimTool, link: Link) -> None:
    ability, item = tool.ability, tool.items[link.remote]
    shown = tool.shown(item)
    people = frozenset(found.known_as.get(tool.name, {}).values())
    space = Space(tool.name, ability.capabilities, BERLIN, ability.settle, ability.admits, people)
    canonical = {**shown, **_canonical(found, tool.name, shown)}
    wanted = project(TASK, record.fields, space, canonical)
    expected = ability.reads(ability.rewrite(dict(wanted)))
    for name, value in expected.items():
        if name == "parent" and not _parent_stayed_here(world, found, tool.name, value):
            continue
        if not same(TABLE[name], canonical.get(name, TABLE[name].default), value):
            raise ViolationError(
                f"I4: {tool.name}/{link.remote} shows {name}={canonical.get(name)!r}, the hub says {value!r}"
            )


def _parent_stayed_here(world: World, found: Remembered, space: str, parent: Value) -> bool:
    """Tell whether the parent is there and always was: tools orphan children, and restore a parent without them."""
    if not isinstance(parent, str):
        return True
    link, truth = found.by_record[parent].get(space), world.truth
    places = {place for place in truth.places[parent] if place[0] == space}
    gone_once = truth.restored | truth.ever_left | {place for place, _ in truth.removals}
    return link is not None and link.state in THERE and places.isdisjoint(gone_once)


def _canonical(found: Remembered, space: str, shown: Mapping[str, Value]) -> dict[str, Value]:
    """Return what refers to others in the hub's own terms."""
    canonical: dict[str, Value] = {}
    people = shown.get(PEOPLE)
    if isinstance(people, frozenset):
        known = found.known_as.get(space, {})
        canonical[PEOPLE] = frozenset(known.get(person, person) for person in people)
    parent = shown.get("parent")
    if isinstance(parent, str):
        links = {link.remote: link.record for link in found.links if link.space == space}
        canonical["parent"] = links.get(parent)
    return canonical


# --- I1


def no_edit_lost(world: World, found: Remembered, *, settled: bool) -> None:
    """I1: what a person wrote is live, was replaced by who saw it, lost a recorded conflict, or was deleted."""
    for edit in world.truth.edits:
        if not settled and _still_there(world, edit):
            continue
        if _is_excused(world, edit, settled=settled) or _shown_by_a_stray_sign(world, found, edit):
            continue
        owners = [found.records[one] for one in world.truth.owners[edit.place] if one in found.records]
        if not owners:
            raise ViolationError(f"I1: {edit} belongs to no record")
        words = [lost for record in owners if (lost := _lost(world, found, record, edit))]
        if len(words) == len(owners):
            raise ViolationError(f"I1: {edit}: {words[0]}")


def _still_there(world: World, edit: Edit) -> bool:
    """Tell whether the item still shows the edit, so that copsync can take it in yet."""
    if edit.space == HUB:
        return edit.taken is None
    tool = world.tools[edit.space]
    item = tool.items.get(edit.remote)
    if item is None:
        return False
    shown = tool.shown(item).get(edit.field)
    if edit.field in TOKENS:
        return edit.added <= tokens(edit.field, shown) and not edit.removed & tokens(edit.field, shown)
    return shown == edit.value


def _shown_by_a_stray_sign(world: World, found: Remembered, edit: Edit) -> bool:
    """Tell whether a deadline still shows the edit that is linked no more: deleted, shown anew, and then restored.

    Only signs of records are mirrored in a calendar, so that it is left alone like whatever else people put there.
    """
    restored = edit.space != HUB and edit.taken is None and edit.place in world.truth.restored
    if not restored or not world.tools[edit.space].ability.task.shadow:
        return False
    linked = any((link.space, link.remote) == edit.place for link in found.links)
    return not linked and _still_there(world, edit)


def _is_excused(world: World, edit: Edit, *, settled: bool) -> bool:
    """Tell whether the edit lies where a person put it: in the trash, or outside what is mirrored."""
    truth, place = world.truth, edit.place
    under_what_is_gone = edit.field == "parent" and any(
        where == (edit.space, edit.value) for where, _ in truth.removals
    )
    if edit.number in truth.reverted or (edit.taken is None and under_what_is_gone):
        return True
    if edit.space == HUB:
        return False
    tool = world.tools[edit.space]
    item = tool.items.get(edit.remote)
    if item is None:
        deletion = truth.removed.get(place)
        if deletion is not None and (edit.taken is None or edit.taken > deletion.commit):
            return True
    elif item.container == ELSEWHERE:
        return True
    if tool.ability.task.shadow and not truth.owners[place]:
        return True
    if not settled and edit.taken is None and _written_over_in_place(world, edit):
        return True
    return (edit.space, edit.remote) in world.unreadable_places


def _written_over_in_place(world: World, edit: Edit) -> bool:
    """Tell whether somebody changed the same field of the same item before copsync read it."""
    return any(other.field == edit.field and other.number > edit.number for other in world.truth.at_place[edit.place])


def _lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    """Return why the edit is nowhere in a record, or None."""
    if record.deleted and _died_with(world, record, edit):
        return None
    if edit.field in REGISTERS:
        return _register_lost(world, found, record, edit)
    if edit.field == PEOPLE:
        return _people_lost(world, found, record, edit)
    return _tokens_lost(world, found, record, edit)


def _died_with(world: World, record: Record, edit: Edit) -> bool:
    """Tell whether the record was deleted by somebody who saw the edit, or did not have to."""
    truth = world.truth
    if edit.place in truth.removed:
        return True
    marks = edit.added if edit.field in TOKENS else {edit.number}
    for place, deletion in truth.removals:
        if record.id not in truth.owners[place]:
            continue
        if marks & deletion.saw or (edit.field in TOKENS and edit.removed and not edit.added):
            return True
        if edit.field not in deletion.view or edit.field == PEOPLE:
            return edit.taken is not None and edit.taken < truth.deleted_at.get(record.id, 0)
    return _superseded(world, record, edit)


def _superseded(world: World, record: Record, edit: Edit) -> bool:
    others = [other for other in world.truth.edits_of(record.id, edit.field) if other is not edit]
    if edit.field in TOKENS:
        return any(edit.added & other.removed for other in others)
    return any(edit.number in other.saw or _replaced_its_like(world, other, edit) for other in others)


def _replaced_its_like(world: World, other: Edit, edit: Edit) -> bool:
    """Tell whether somebody later replaced the very value in another tool, where it had come from an earlier edit.

    The hub must have taken the edit in before: what met in one merge is a conflict, whatever its authors saw.
    """
    if edit.taken is None or other.taken is None:
        return False
    later = other.number > edit.number and other.taken > edit.taken
    return later and world.truth.means_same(edit.field, edit.space, edit.value, other.space, other.before)


def _line_of(others: Iterable[Edit], edit: Edit) -> list[Edit]:
    """Return what people made of an edit in the same place, one after the other: the last of them stands for all."""
    line = [edit]
    for other in sorted(others, key=lambda one: one.number):
        if other.place == edit.place and other.number > edit.number and other.removed & line[-1].added:
            line.append(other)
    return line[1:]


def _tokens_lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    name = edit.field
    live = tokens(name, record.fields.get(name))
    lost = found.lost[record.id, name]
    in_conflicts = {one for _, value in lost for one in tokens(name, value)}
    others = [other for other in world.truth.edits_of(record.id, name) if other is not edit]
    replaced = {one for other in others for one in other.removed}
    if missing := edit.added - live - in_conflicts - replaced:
        return f"{sorted(missing)} is neither live ({record.fields.get(name)!r}) nor in the conflict list"
    back = edit.removed & live - edit.half
    back -= {one for other in others for one in other.added if other.number > edit.number}
    kept = any(_kept_as_loser(lost, one) for one in (edit, *_line_of(others, edit)))
    if back and not (kept or _came_back(world, record, edit) or _took_back(world, edit)):
        return f"what it took away is live again: {sorted(back)} in {record.fields.get(name)!r}"
    return None


def _kept_as_loser(lost: list[tuple[str, Value]], edit: Edit) -> bool:
    if is_set(edit.field):
        return False
    marks = tokens(edit.field, edit.value)
    return any(space == edit.space and tokens(edit.field, value) == marks for space, value in lost) or any(
        value is None and edit.value is None for _, value in lost
    )


def _came_back(world: World, record: Record, edit: Edit) -> bool:
    """Tell whether an old item of this record was restored, or the edit met one that copsync had not heard of yet.

    Such an item is compared as at first contact: what either side shows is kept.
    """
    if edit.number in world.truth.unlinked:
        return True
    return any(place in world.truth.restored for place in world.truth.places[record.id])


def _register_lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    truth, name = world.truth, edit.field
    now = record.fields.get(name)
    if name == "parent":
        if now is None if edit.value is None else now in truth.owners[edit.space, str(edit.value)]:
            return None
        if edit.value is not None and _target_gone(world, found, edit):
            return None
        values = [value for _, value in found.lost[record.id, name]]
        if edit.value is None and None in values:
            return None
        if any(value in truth.owners[edit.space, str(edit.value)] for value in values):
            return None
    elif now == edit.value or any(value == edit.value for _, value in found.lost[record.id, name]):
        return None
    if _superseded(world, record, edit) or _took_back(world, edit):
        return None
    completed = name == "state" and world.policy.delete == "complete" and now == "done"
    if completed and any(record.id in truth.owners[place] for place, _ in truth.removals):
        return None
    return f"it is neither live ({now!r}) nor in the conflict list"


def _took_back(world: World, edit: Edit) -> bool:
    """Tell whether somebody only took a change back that copsync had not even read: nothing was to be seen of it."""
    earlier = [one for one in world.truth.at_place[edit.place] if one.number < edit.number and one.taken is None]
    return any(one.field == edit.field and one.before == edit.value for one in earlier)


def _target_gone(world: World, found: Remembered, edit: Edit) -> bool:
    place = edit.space, str(edit.value)
    if any(where == place for where, _ in world.truth.removals) or place in world.truth.ever_left:
        return True
    owners = world.truth.owners[place]
    return all(one not in found.records or found.records[one].deleted for one in owners) or any(
        record in world.truth.owners[where] for where, _ in world.truth.removals for record in owners
    )


def _people_lost(world: World, found: Remembered, record: Record, edit: Edit) -> str | None:
    live: set[int] = set()
    members = record.fields.get(PEOPLE)
    for member in members if isinstance(members, frozenset) else ():
        live |= found.human(world, member)
    wanted, seen = _humans(world, edit, edit.value), _humans(world, edit, edit.before)
    others = [other for other in world.truth.edits_of(record.id, PEOPLE) if other is not edit]
    added = {
        one
        for other in others
        if _may_overrule(other, edit)
        for one in _humans(world, other, other.value) - _humans(world, other, other.before)
    }
    removed = {
        one
        for other in others
        if _may_overrule(other, edit)
        for one in _humans(world, other, other.before) - _humans(world, other, other.value)
    }
    if missing := wanted - seen - live - removed:
        return f"human {sorted(missing)} is not among {sorted(live)}"
    if (back := (seen - wanted) & live - added) and not _came_back(world, record, edit):
        return f"human {sorted(back)} is back among {sorted(live)}"
    return None


def _may_overrule(other: Edit, edit: Edit) -> bool:
    """Tell whether the other edit was not already known when this one was made."""
    return other.number > edit.number or other.taken is None or edit.taken is None or other.taken >= edit.taken


def _humans(world: World, edit: Edit, value: Value) -> frozenset[int]:
    return (
        frozenset(world.human(edit.space, person) for person in value) if isinstance(value, frozenset) else frozenset()
    )


def no_deletion_lost(world: World, found: Remembered) -> None:
    """I1: what a person deleted is gone everywhere, or outlived the deletion for a reason that is told."""
    truth = world.truth
    for place, deletion in truth.removals:
        space = world.tools[place[0]].ability
        if place not in truth.removed or not deletion.owners or space.task.shadow or place in truth.ever_left:
            continue
        for record in deletion.owners & set(found.records):
            told = found.records[record].deleted or found.lost[record, DELETED] or world.policy.delete != "trash"
            brought_back = truth.restored & truth.places[record]
            if not told and not brought_back:
                raise ViolationError(f"I1: the deletion of {place[0]}/{place[1]} is forgotten: {record} lives on")
            link = found.by_record[record].get(place[0])
            again = link is not None and link.state in THERE and link.remote != place[1]
            if world.policy.delete != "trash" and again and not found.lost[record, DELETED] and not brought_back:
                raise ViolationError(f"I1: {record} was deleted in {place[0]}, kept elsewhere, and made there again")


def complements_kept(world: World) -> None:
    """I1: whoever edits in a tool that shows a part of a value takes nothing away from the rest of it."""
    for (record, name), values in world.truth.hub.items():
        if name in ("due", "start", "title"):
            for before, after in pairwise(values):
                _complement_kept(world, record, name, before, after)


def _complement_kept(world: World, record: str, name: str, before: Value, after: Value) -> None:
    """Look at an edit that replaced what its author saw, where its tool holds less than the hub."""
    marks = tokens(name, after)
    for edit in world.truth.edits_of(record, name):
        saw_it = edit.added and edit.added == marks and tokens(name, before) == tokens(name, edit.before) != frozenset()
        if edit.space not in world.tools or not saw_it:
            continue
        held = world.tools[edit.space].ability.task.fields[name]
        timed = held.hold is Hold.DAY and isinstance(before, datetime) and not isinstance(after, datetime)
        limit = held.max_length or 0
        hid_something = isinstance(edit.before, str) and edit.before != before
        long = bool(limit) and hid_something and isinstance(before, str) and len(before) > limit
        if timed or (long and not str(after).endswith(str(before)[limit - 1 :])):
            raise ViolationError(f"I1: {edit} took away what {edit.space} does not show: {before!r} became {after!r}")


def conflicts_are_peoples(world: World, found: Remembered) -> None:
    """I1: only what people wrote is in conflict; copsync's own writes are nobody's edit, if it heard of them.

    What an admin decided for stands in the hub's name against whoever wrote something else before it was sent.
    """
    for (record, name), lost in found.lost.items():
        for space, value in lost:
            if space == HUB and value in world.truth.decided[record, name]:
                continue
            marks = tokens(name, value) if name in TOKENS and not is_set(name) else frozenset()
            theirs = {one for edit in world.truth.edits_of(record, name) if edit.space == space for one in edit.added}
            if marks and not marks & theirs and (space, record) not in world.truth.unheard:
                raise ViolationError(f"I1: {value!r} is in conflict for {name}, and nobody wrote it in {space}")


# --- I8


def outside_untouched(world: World) -> None:
    """I8: what is not mirrored is as its people left it."""
    for name, tool in world.tools.items():
        for item in tool.items.values():
            if (
                item.container == ELSEWHERE
                and item.by == "copsync"
                and (name, item.remote) not in world.truth.ever_left
            ):
                raise ViolationError(f"I8: {name}/{item.remote} lies outside and was changed")
        first = tool.versions[f"{name}-1"]
        if len(first) != 1:
            raise ViolationError(f"I8: {name}/{name}-1 lies outside and was changed")


# --- settling: I4, I9


def settle(world: World) -> None:
    """End the faults, let people answer what copsync asks, and let it catch up.

    Two runs may have work (I4), then one more writes nothing and reads no item (I9).
    """
    world.calm()
    people_mend(world)
    worked = looked = 0
    report: Report | None = None
    full = world.hidden or world.rng.random() < 0.3
    for _ in range(12):
        asked_before = people_answer(world)
        report = world.run(full=full, approved=frozenset(world.held))
        if report is None or world.last is None:
            raise ViolationError("I4: a run failed in quiet times")
        full = False
        within_budget(world, report.steps)
        if report.steps and any(step["state"] == "done" for step in report.steps):
            worked += not asked_before
        elif not world.held and not report.undecided and not report.questions:
            if is_quiet(world):
                break
            looked += 1  # something was looked up or confirmed, to the end that nothing had to be done
            if looked > 3:
                raise ViolationError(f"I9: runs with nothing to do go on asking: {asked(world)}")
        if worked > 2:
            raise ViolationError(
                f"I4: a third round still had work: {[(s['verb'], s['space'], s['fields']) for s in report.steps]}"
            )
    if report is None or (report.exit and not world.unreadable_places):
        raise ViolationError(f"I4: it does not come to rest: {report and report.json()}")


def is_quiet(world: World) -> bool:
    """I9: a run with nothing to do asks for the list and the people of a space, and for no item."""
    return not any(asked(world).values())


def asked(world: World) -> dict[str, Counter[str]]:
    """Return what the last run asked beyond lists, by space."""
    assert world.last is not None
    once = Counter({"observe": 1, "people": 1})
    return {name: connection.asked - once for name, connection in world.last.connections.items()}


def within_budget(world: World, steps: list[dict[str, object]]) -> None:
    """I9: a quiet run asks a space for its list, once for what is gone, and twice for what it changes."""
    process = world.last
    assert process is not None
    for name, connection in process.connections.items():
        count = sum(step["space"] == name and step["state"] != "held" for step in steps)
        if connection.asked["write"] > count:
            raise ViolationError(f"I9: {connection.asked['write']} writes for {count} steps in {name}")


def people_mend(world: World) -> None:
    """People correct what could not be read, and a day goes by: what was refused is tried again."""
    people.mend_items(world)
    if world.faults.hits["poisoned items"] or world.faults.hits["refused items"] or world.faults.hits["refused once"]:
        world.t += 8 * 24 * 3600.0


def people_answer(world: World) -> bool:
    """People decide what is undecided, by making it alike everywhere; return whether anything was asked."""
    for question in world.questions:
        for remote in question["remotes"]:
            people.edit(world, world.tools[question["space"]], remote, {"title": f"t{world.next_number():04}"})
    asked, world.questions = bool(world.questions), []
    decided = hub.decide_conflicts(world) if world.policy.conflict == "ask" else 0
    return asked or bool(decided) or bool(world.held)
