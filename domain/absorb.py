"""Tools to hub: merge what was seen into the records, field by field, and move the bases that agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from domain.capabilities import Held as FieldHeld
from domain.capabilities import Hold, TypeCapabilities
from domain.changes import HUB, Change, Merged
from domain.coherence import repair
from domain.contact import is_news
from domain.doubt import doubt
from domain.draft import Draft
from domain.errors import SetAside
from domain.fields import FIELDS, SPAN, Field, Shape, recurs, same
from domain.laying import lay_out
from domain.lens import Space, lift, project
from domain.merge import merge
from domain.parts import occurrence_of
from domain.plan import Conflict, Delta, Held, Link, Seen
from domain.records import Edit, Record, Writer, check
from domain.survive import standing
from domain.values import Fields, Value, is_empty

NO_LINK_YET = ""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A remote seen now, beside the link it belongs to."""

    seen: Seen
    link: Link


def absorb_changes(draft: Draft, surging: frozenset[tuple[str, str]], adopted: frozenset[tuple[str, str]]) -> set[str]:
    """Merge every linked remote that was seen into its record; return the records that changed somewhere.

    `adopted` are the (space, remote) pairs that were linked in this very run, and are merged already.
    """
    linked: list[tuple[Seen, Link]] = []
    for seen in draft.situation.seen:
        link = draft.by_remote.get((seen.space, seen.remote))
        if link is not None and (seen.space, seen.remote) not in adopted and not _repeats_itself(draft, seen, link):
            linked.append((draft.resolved(seen), link))
    considered = draft.situation.consider & set(draft.records)
    edited = {record for record in considered if draft.records[record].edits}
    named = {link.record for _, link in linked} | edited
    whole = {one for one in named if occurrence_of(one) is None}
    changed = _absorb(draft, whole, linked, surging)
    lay_out(draft)  # what is told of single occurrences is held against the series as it is now
    return changed | _absorb(draft, named - whole, linked, surging)


def _absorb(
    draft: Draft,
    named: set[str],
    linked: Sequence[tuple[Seen, Link]],
    surging: frozenset[tuple[str, str]],
) -> set[str]:
    by_record: dict[str, list[Sighting]] = defaultdict(list)
    for seen, link in linked:
        if link.record in named:
            by_record[link.record].append(Sighting(seen, standing(draft, seen, link)))
    return {
        record
        for record in sorted(named)
        if absorb_record(draft, draft.records[record], by_record.get(record, ()), surging)
    }


def _repeats_itself(draft: Draft, seen: Seen, link: Link) -> bool:
    """Leave an entry alone that stands for one occurrence, and was made to repeat by itself."""
    if occurrence_of(link.record) is None or not recurs(seen.type, seen.view):
        return False
    why = "It stands for one date of a series, and repeats by itself now. Take the repetition out there, or delete it."
    draft.hold_unfit(seen, link.record, draft.title(link.record), why)
    return True


def absorb_record(
    draft: Draft,
    record: Record,
    sightings: Sequence[Sighting],
    surging: frozenset[tuple[str, str]] = frozenset(),
) -> bool:
    """Merge all sightings of one record and its hub edits; return whether any side brought something new."""
    changes, refused = _collect(draft, record, sightings, surging)
    try:
        merged = repair(record, _merged(draft, record, changes))
        updated = _updated(record, merged)
        check(record.type, updated.fields)
    except SetAside as why:
        return _set_aside(draft, record, sightings, str(why))
    _keep_conflicts(draft, record, merged)
    _keep_record(draft, record, updated, merged)
    orphaned = any(draft.is_orphaned(sighting.seen, sighting.link) for sighting in sightings)
    for sighting in sightings:
        _move_base(draft, sighting, refused, merged)
    by_itself = _filled_in(draft, record, sightings)
    edited = any(_is_edit(record, name, outcome, by_itself) for name, outcome in merged.items())
    return bool(refused) or orphaned or edited


def _is_edit(record: Record, name: str, outcome: Merged, by_itself: frozenset[tuple[str, str]]) -> bool:
    """Tell whether a person did more than show what the hub holds already, as a write does that was not confirmed."""
    if outcome.undecided or outcome.lost:
        return not FIELDS[record.type][name].derived
    filled_in = outcome.winner is not None and (outcome.winner.space, name) in by_itself
    return outcome.value != record.fields.get(name) and not filled_in and not FIELDS[record.type][name].derived


def _filled_in(draft: Draft, record: Record, sightings: Sequence[Sighting]) -> frozenset[tuple[str, str]]:
    """Return the (space, field) pairs that a tool fills in by itself in a new item, such as a meeting's link."""
    return frozenset(
        (sighting.seen.space, name)
        for sighting in sightings
        if (capabilities := draft.spaces[sighting.seen.space].type(record.type)) is not None
        for name, held in capabilities.fields.items()
        if held.hold is Hold.READ and name not in sighting.link.base
    )


def _merged(draft: Draft, record: Record, changes: Mapping[str, Sequence[Change]]) -> dict[str, Merged]:
    table, policy, order = FIELDS[record.type], draft.situation.policy, draft.order
    return {name: merge(table[name], record.fields.get(name), sides, policy, order) for name, sides in changes.items()}


def _set_aside(draft: Draft, record: Record, sightings: Sequence[Sighting], why: str) -> bool:
    for sighting in sightings:
        draft.hold_unfit(sighting.seen, record.id, draft.title(record.id), why)
    if not sightings:
        draft.notes.append(f"“{draft.title(record.id)}”: {why}")
    return False


def _collect(
    draft: Draft, record: Record, sightings: Sequence[Sighting], surging: frozenset[tuple[str, str]]
) -> tuple[dict[str, list[Change]], set[tuple[str, str]]]:
    changes: dict[str, list[Change]] = defaultdict(list)
    refused: set[tuple[str, str]] = set()
    for sighting in sightings:
        space = draft.spaces[sighting.seen.space]
        capabilities = space.type(record.type)
        if capabilities is None:
            continue
        for name, change in _side(space, capabilities, record, sighting):
            if (space.name, name) in surging:
                refused.add((space.name, name))
                draft.held.append(_surge(draft, record, space.name, name))
            else:
                changes[name] += change
    for name, edit in record.edits.items():
        competing = [side for side in changes[name] if not _overruled(FIELDS[record.type][name], edit, side)]
        changes[name] = [*competing, Change(HUB, record.fields.get(name), edit.value, edit.at)]
    return {name: _without_echo(record, name, sides) for name, sides in changes.items()}, refused


def _overruled(spec: Field, edit: Edit, side: Change) -> bool:
    """Tell whether whoever set the edit knew of this side's value and decided against it."""
    return any(same(spec, side.after, value) for value in edit.over)


def _without_echo(record: Record, name: str, sides: list[Change]) -> list[Change]:
    """Name the hub's own undelivered value once, and not at all where somebody who saw it has replaced it."""
    now, writer, spec = record.fields.get(name), record.writer(name), FIELDS[record.type][name]
    replaced = any(side.before == now and not same(spec, side.after, now) for side in sides)
    once: dict[tuple[str, Value], Change] = {}
    for side in sides:
        of_the_hub = (side.space, side.at, side.after) == (writer.space, writer.at, now) and side.before != now
        if not (of_the_hub and replaced):
            once.setdefault((side.space, side.after), side)
    return list(once.values())


def _side(
    space: Space, capabilities: TypeCapabilities, record: Record, sighting: Sighting
) -> list[tuple[str, list[Change]]]:
    """Return one space's changes by field, each with the hub's value where the space has not received it yet."""
    link, view = sighting.link, sighting.seen.view
    projected = project(record.type, record.fields, space, link.base)
    kept = SPAN if space.lacks_series(record.type, record.fields) else frozenset()
    found = []
    for name, shown in view.items():
        held = capabilities.fields.get(name)
        spec = FIELDS[record.type][name]
        if held is None or name in kept or (name in link.base and same(spec, link.base[name], shown)):
            continue
        side = _Field(spec, held, shown, record, projected.get(name, link.base.get(name)), space)
        found.append((name, _changed(side, sighting) if name in link.base else _first(side, sighting)))
    return [(name, changes) for name, changes in found if changes]


@dataclass(frozen=True, slots=True)
class _Field:
    spec: Field
    held: FieldHeld
    shown: Value
    record: Record
    projected: Value
    space: Space

    @property
    def now(self) -> Value:
        return self.record.fields.get(self.spec.name)

    @property
    def is_map(self) -> bool:
        return self.spec.shape is Shape.MAP

    @property
    def ours(self) -> Value:
        """The hub's value in terms of a change: whole, but of a map what this space can show (its entries merge)."""
        return self.projected if self.is_map else self.now

    @property
    def expected(self) -> Value:
        """What the space shows if it agrees with the hub; what only flows in is compared with the whole value."""
        return self.now if self.held.hold is Hold.READ else self.projected

    @property
    def is_hidden(self) -> bool:
        """Tell whether the space shows nothing of what the hub has, so that nobody there knows of it."""
        return is_empty(self.expected) and not is_empty(self.now) and not self.is_map

    def lifted(self) -> Value:
        return (
            self.shown if self.is_map else lift(self.spec, self.held, self.shown, self.now, self.projected, self.space)
        )

    def seen(self, sighting: Sighting, before: Value, after: Value) -> Change:
        """Return what somebody did in this space."""
        seen = sighting.seen
        return Change(seen.space, before, after, seen.at, seen.by, self.shown, seen.remote)


def _changed(side: _Field, sighting: Sighting) -> list[Change]:
    name, link = side.spec.name, sighting.link
    before = link.base[name]
    if side.spec.shape is Shape.SET:
        return [side.seen(sighting, before, side.shown)]
    delivered = any(same(side.spec, side.expected, known) for known in (before, link.sent.get(name, before)))
    if delivered and not side.is_hidden:
        return [side.seen(sighting, before if side.is_map else side.now, side.lifted())]
    writer = side.record.writer(name)
    undelivered = Change(writer.space, before, side.ours, writer.at, writer.by)
    return [side.seen(sighting, before, side.lifted()), undelivered]


def _first(side: _Field, sighting: Sighting) -> list[Change]:
    """Compare a field for the first time, with no common ancestor.

    What is empty on one side is no contradiction, unless somebody emptied it.
    """
    if not is_news(side.spec, side.held, side.shown, side.expected):
        return []
    if side.spec.shape is Shape.SET:
        return [side.seen(sighting, frozenset(), side.shown)]
    here = side.seen(sighting, side.now, side.lifted())
    if is_empty(side.now) and side.spec.name not in side.record.writers:
        return [here]
    if side.spec.derived:  # each tool tells its own, and nobody wrote it
        return []
    writer = side.record.writer(side.spec.name)
    return [replace(here, before=None), Change(writer.space, None, side.ours, writer.at, writer.by)]


def _surge(draft: Draft, record: Record, space: str, name: str) -> Held:
    return Held(
        space,
        record.id,
        draft.title(record.id),
        "surge",
        f"{space} changed '{name}' on very many items at once; look at them, then approve with "
        "`copsync sync --approve RUN` or undo them in the tool.",
        name,
    )


def _updated(record: Record, merged: Mapping[str, Merged]) -> Record:
    if not merged:
        return record
    writers = dict(record.writers)
    for name, outcome in merged.items():
        if outcome.winner is not None and outcome.value != record.fields.get(name):
            writers[name] = Writer(outcome.winner.space, outcome.winner.at, outcome.winner.by)
    fields = {**record.fields, **{name: outcome.value for name, outcome in merged.items()}}
    edits = {name: edit for name, edit in record.edits.items() if merged[name].undecided}
    return replace(record, fields=fields, writers=writers, edits=edits)


def _keep_conflicts(draft: Draft, record: Record, merged: Mapping[str, Merged]) -> None:
    for name, outcome in merged.items():
        if not outcome.lost or FIELDS[record.type][name].derived:
            continue
        kept = outcome.winner or Change(HUB, outcome.value, outcome.value)
        draft.conflicts.append(
            Conflict(record.id, record.type, name, kept, outcome.lost, outcome.undecided, draft.title(record.id))
        )


def _keep_record(draft: Draft, before: Record, after: Record, merged: Mapping[str, Merged]) -> None:
    if after is before:
        return
    draft.put_record(after)
    doubt(draft, before, after)
    for name, outcome in merged.items():
        if outcome.value != before.fields.get(name) and outcome.winner is not None:
            old, winner = before.fields.get(name), outcome.winner
            cause = before.edits[name].cause if winner.space == HUB and name in before.edits else outcome.rule
            draft.deltas.append(Delta(before.id, name, old, outcome.value, winner.space, winner.by, cause))


def _move_base(draft: Draft, sighting: Sighting, refused: set[tuple[str, str]], merged: Mapping[str, Merged]) -> None:
    """Let the base follow the view for everything taken in; what was not taken in will be read again."""
    seen, link = sighting.seen, sighting.link
    left = {name for name in seen.view if (seen.space, name) in refused or (name in merged and merged[name].undecided)}
    left = {name for name in left if name not in link.base or link.base[name] != seen.view[name]}
    base: Fields = {**link.base, **{name: value for name, value in seen.view.items() if name not in left}}
    if (seen.space, seen.remote) in draft.orphans:
        base = {name: value for name, value in base.items() if name != "parent"}
    sent = {name: value for name, value in link.sent.items() if base.get(name) == link.base.get(name)}
    if left:
        draft.reread.add(seen.space)
        draft.withheld.update((seen.space, link.record, name) for name in left)
    version = link.version if left else draft.version_of(seen)
    draft.versions[seen.space, link.record] = seen.version
    moved = replace(link, version=version, base=base, sent=sent)
    draft.put_link(moved)
    draft.touched.add(link.record)
