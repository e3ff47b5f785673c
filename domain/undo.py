"""Taking a run back: what the hub and its links become, and what cannot be taken back, and why. Pure.

What a run took in is set back in the hub, and so in every tool; what it created is taken away again, where it created
it and nowhere else; what it deleted comes back. The planner then draws the steps, with the preconditions of any step.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.arrive import CREATED
from domain.changes import HUB, Change
from domain.fields import FIELDS, Field, same
from domain.intake import IMPORT
from domain.merge import merge
from domain.parts import whole_of
from domain.plan import Delta, Link, LinkState, Verb
from domain.policy import Policy
from domain.records import Edit, Record
from domain.survive import DELETED
from domain.values import Value

SINCE = "since"


@dataclass(frozen=True, slots=True)
class Done:
    """A step that the run carried out."""

    space: str
    record: str
    verb: Verb
    remote: str | None


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not taken back, and why."""

    record: str
    title: str
    why: str
    space: str | None = None
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """The records and links as they become, what history says of it, and what is left as it is."""

    records: Mapping[str, Record]
    links: Sequence[Link]
    deltas: Sequence[Delta]
    left: Sequence[Left]

    @property
    def touched(self) -> frozenset[str]:
        """Return the records that change, or whose remotes do."""
        return frozenset({*self.records, *(whole_of(link.record) for link in self.links)})


@dataclass(frozen=True, slots=True)
class Past:
    """A run to be taken back, beside what is known now of everything it touched.

    `writable` are the spaces that may be written; `changed_since` are records that changed in the hub after it; `made`
    are the (space, record, remote) that copsync created, in whatever run.
    """

    run: str
    deltas: Sequence[Delta]
    steps: Sequence[Done]
    records: Mapping[str, Record]
    links: Sequence[Link]
    writable: frozenset[str]
    changed_since: frozenset[str] = frozenset()
    made: frozenset[tuple[str, str, str | None]] = frozenset()

    def title(self, record: str) -> str:
        """Return the words by which people know a record."""
        fields = self.records[record].fields if record in self.records else {}
        return str(fields.get("title") or fields.get("name") or record)


def take_back(past: Past, now: datetime) -> Undone:
    """Return what taking a run back makes of the hub.

    A field that was changed again since is left, unless both changes can stand (other elements of a set, other lines
    of a text).
    """
    undoing = _Undoing(past, now, dict(past.records), {(link.space, link.record): link for link in past.links})
    for (record, name), (before, after) in _by_field(past.deltas).items():
        undoing.set_back(record, name, before, after)
    for step in past.steps:
        undoing.reverse(step)
    return undoing.outcome()


def undone_by(undoings: Sequence[tuple[str, str]], run: str) -> str | None:
    """Return the run that undid another and was not itself undone since, or None.

    `undoings` are pairs of a run and the run that it undoes, oldest first.
    """
    found = [one for one, about in undoings if about == run and undone_by(undoings, one) is None]
    return found[-1] if found else None


def _by_field(deltas: Iterable[Delta]) -> dict[tuple[str, str], tuple[Value, Value]]:
    """Return the first value before and the last one after, per record and field."""
    found: dict[tuple[str, str], tuple[Value, Value]] = {}
    for delta in deltas:
        before, _ = found.get((delta.record, delta.field), (delta.before, None))
        found[delta.record, delta.field] = (before, delta.after)
    # What was deleted comes back first: its fields can only be set back then.
    return dict(sorted(found.items(), key=lambda one: one[0][1] != DELETED))


@dataclass(slots=True)
class _Undoing:
    past: Past
    now: datetime
    records: dict[str, Record]
    links: dict[tuple[str, str], Link]
    left: list[Left] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)
    taken_in: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.taken_in = frozenset(delta.record for delta in self.past.deltas)

    def outcome(self) -> Undone:
        changed = {key: one for key, one in self.records.items() if one is not self.past.records[key]}
        known = {(link.space, link.record): link for link in self.past.links}
        moved = [link for key, link in self.links.items() if link is not known[key]]
        return Undone(changed, moved, self.deltas, self.left)

    def leave(self, record: str, why: str, *, space: str | None = None, name: str | None = None) -> None:
        self.left.append(Left(record, self.past.title(record), why, space, name))

    def set_back(self, identity: str, name: str, before: Value, after: Value) -> None:
        record = self.records.get(identity)
        if record is None:
            self.leave(identity, "It is not known any more.", name=name)
        elif name == DELETED:
            self._undelete(record) if before is None else self._delete_again(record)
        elif name == CREATED and record.origin.space == IMPORT:
            self._give_up(record)
        elif name == CREATED or FIELDS[record.type][name].derived:
            return  # its copies are taken away one by one; what follows from another field follows it back
        elif record.deleted:
            self.leave(identity, "It was deleted since.", name=name)
        else:
            self._set_field(record, FIELDS[record.type][name], before, after)

    def _set_field(self, record: Record, spec: Field, before: Value, after: Value) -> None:
        current = record.fields.get(spec.name)
        if same(spec, current, before):
            return
        if spec.name == "parent" and isinstance(before, str) and self._is_gone(before):
            self.leave(record.id, "What it belonged to is gone.", name=spec.name)
            return
        since = [] if same(spec, current, after) else [Change(SINCE, after, current)]
        merged = merge(spec, current, [*since, Change(HUB, after, before)], Policy("ask"), ())
        if merged.undecided:
            by = record.writer(spec.name).space
            self.leave(record.id, f"It was changed again since, in {by}.", name=spec.name)
            return
        edit = Edit(merged.value, self.now, over=(current,), cause=f"undo of {self.past.run}")
        self.records[record.id] = replace(record, edits={**record.edits, spec.name: edit})
        self._forget_imported(record, spec.name, before)

    def _forget_imported(self, record: Record, name: str, before: Value) -> None:
        """Let the same file bring the value again."""
        link = self.links.get((IMPORT, record.id))
        if link is not None and name in link.base:
            self.links[IMPORT, record.id] = replace(link, base={**link.base, name: before})

    def _give_up(self, record: Record) -> None:
        """Delete what an import brought, and leave alone what a tool held by itself."""
        if record.deleted:
            return
        if record.id in self.past.changed_since:
            self.leave(record.id, "It was changed since; delete it in a tool if you want that.")
            return
        live = [link for link in self._copies_of(record.id) if link.state is LinkState.LIVE]
        others = [link for link in live if (link.space, link.record, link.remote) not in self.past.made]
        for link in live if others else ():
            if link not in others:
                self._move(link, LinkState.WITHDRAW)
        if others:
            names = ", ".join(dict.fromkeys(link.space for link in others))
            self.leave(record.id, f"It stands in {names} by itself and stays there.")
        else:
            self._mark_deleted(record, deleted=True)
        entry = self.links.get((IMPORT, record.id))
        if entry is not None:
            self.links[IMPORT, record.id] = replace(entry, state=LinkState.GONE)

    def _copies_of(self, identity: str) -> list[Link]:
        return [one for one in self.links.values() if whole_of(one.record) == identity and one.space != IMPORT]

    def _is_gone(self, identity: str) -> bool:
        record = self.records.get(identity)
        return record is None or record.deleted

    def _undelete(self, record: Record) -> None:
        if not record.deleted:
            return
        self._mark_deleted(record, deleted=False)
        for link in self._copies_of(record.id):
            if link.state is LinkState.GONE:
                self._move(link, LinkState.RESTORE)

    def _delete_again(self, record: Record) -> None:
        if record.id in self.past.changed_since:
            self.leave(record.id, "It was changed since; delete it in a tool if you want that.")
        elif not record.deleted:
            self._mark_deleted(record, deleted=True)

    def _mark_deleted(self, record: Record, *, deleted: bool) -> None:
        self.records[record.id] = replace(record, deleted=deleted)
        before, after = (None, "true") if deleted else ("true", None)
        self.deltas.append(Delta(record.id, DELETED, before, after, HUB, cause=f"undo of {self.past.run}"))

    def reverse(self, step: Done) -> None:
        """Take away what the step created, bring back what it deleted."""
        link, record = self.links.get((step.space, step.record)), self.records.get(whole_of(step.record))
        if record is None or record.deleted:
            return
        if step.verb in (Verb.CREATE, Verb.RESTORE):
            self._take_away(step, link)
        elif step.verb is Verb.DELETE and link is not None and link.remote == step.remote:
            if link.state is LinkState.GONE:
                self._move(link, LinkState.RESTORE)
        elif whole_of(step.record) not in self.taken_in:
            why = "It was taken in by an earlier run and only delivered by this one; undo that run."
            self.leave(step.record, why, space=step.space)

    def _take_away(self, step: Done, link: Link | None) -> None:
        if link is None or link.remote != step.remote or link.state is not LinkState.LIVE:
            self.leave(step.record, "It is no longer there.", space=step.space)
        elif not any(self._is_elsewhere(other, link) for other in self.links.values()):
            self.leave(
                step.record, "It would be nowhere then; delete it in the tool if you want that.", space=step.space
            )
        else:
            self._move(link, LinkState.WITHDRAW)

    def _is_elsewhere(self, other: Link, link: Link) -> bool:
        same = whole_of(other.record) == whole_of(link.record)
        return same and other.state is LinkState.LIVE and other.space != link.space

    def _move(self, link: Link, state: LinkState) -> None:
        if link.space in self.past.writable:
            self.links[link.space, link.record] = replace(link, state=state)
        else:
            self.leave(link.record, f"Nothing is written into {link.space}.", space=link.space)
