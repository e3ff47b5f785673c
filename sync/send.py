"""Sends one step to its tool, with a fresh look first, and says what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.contract import Lost, Missing, Remote, Write
from domain.errors import (
    ConnectAgain,
    CopsyncError,
    Locked,
    Paused,
    Retriable,
    SetAside,
    Stale,
    StoreProblem,
    Uncertain,
)
from domain.fields import FIELDS, same
from domain.plan import Link, LinkState, Step, Verb
from domain.values import Fields, Value, is_empty
from store.journal import Entry, Outcome, StepState
from sync.community import BoundSpace
from sync.lookup import Sought, assign
from sync.people import Directory

log = logging.getLogger(__name__)

STOPS_THE_SPACE = (Paused, ConnectAgain, Retriable)

Linked = Callable[[Sequence[str]], Collection[str]]
"""Tells which of a space's remotes have a link."""


@dataclass(slots=True)
class References:
    """Record id <-> remote id in one space, for parents; grows as creations succeed.

    `records` knows whatever has a link, `remotes` only what is there.
    """

    remotes: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    def add(self, record: str, remote: str) -> None:
        """Take note of a link."""
        self.remotes[record] = remote
        self.records[remote] = record


@dataclass(slots=True)
class Sender:
    """Carries out steps in one space. `stale` collects remotes that moved, to be merged anew.

    `assure` raises Locked once another run has taken over.
    """

    space: BoundSpace
    directory: Directory
    references: References
    since: datetime
    links: Mapping[str, Link]
    assure: Callable[[], None]
    stale: dict[str, Remote | None] = field(default_factory=dict)
    lost: dict[str, Entry] = field(default_factory=dict)
    stopped: CopsyncError | None = None

    async def send(self, entry: Entry) -> Outcome:
        """Carry out one step; every failure is an outcome, and what concerns the whole space stops it."""
        if self.stopped is not None:
            return Outcome(entry.id, StepState.NOT_SENT, str(self.stopped), entry.step.remote)
        try:
            return await self._send(entry)
        except Stale as moved:
            self.stale.setdefault(entry.step.record, None)
            return Outcome(entry.id, StepState.STALE, str(moved), entry.step.remote)
        except Uncertain as lost:
            return self._unclear(entry, str(lost))
        except STOPS_THE_SPACE as problem:
            self.stopped = problem
            return Outcome(entry.id, StepState.FAILED, str(problem), entry.step.remote)
        except SetAside as refused:
            return Outcome(entry.id, StepState.FAILED, str(refused), entry.step.remote, refused=True)
        except (Locked, StoreProblem):
            raise
        except CopsyncError as problem:
            return Outcome(entry.id, StepState.FAILED, str(problem), entry.step.remote)
        except Exception as bug:
            log.exception("%s: %s could not be sent", self.space.name, entry.step.record)
            why = f"{type(bug).__name__} in the connector; this record is left for the next run. Please report it."
            return replace(self._unclear(entry, why), refused=True)

    async def _send(self, entry: Entry) -> Outcome:
        step = entry.step
        current: Remote | None = None
        if step.remote is not None and step.verb is not Verb.RESTORE and not self._is_guarded(step):
            found = await self.space.connector.fetch(step.type, step.remote)
            if not isinstance(found, Remote):
                return self._not_there(entry, found)
            if self._has_moved(step, found):
                self.stale[step.record] = found
                return Outcome(entry.id, StepState.STALE, "It changed in the tool in the meantime.", step.remote)
            current = found
        self.assure()
        remote = await self.space.connector.write(self._write(entry, current))
        return self._done(entry, remote)

    def _is_guarded(self, step: Step) -> bool:
        """Tell whether the tool itself refuses this write if the remote has moved since all of it was read."""
        all_read = step.fields.keys() <= step.base.keys()
        return all_read and bool(step.version) and self.space.connector.capabilities.types[step.type].conditional

    def _not_there(self, entry: Entry, found: Missing) -> Outcome:
        if found is Missing.GONE and entry.step.verb is Verb.DELETE:
            return self._done(entry, None)
        why = f"It is {found.value} in {self.space.name}; the next run looks into it."
        return Outcome(entry.id, StepState.STALE, why, entry.step.remote)

    def _has_moved(self, step: Step, current: Remote) -> bool:
        """Tell whether a person changed what this step is about to change (a deletion changes everything).

        What it shows in a field that was never compared is theirs as well, unless it is what the step brings.
        """
        view = self.view(current)
        touched = {**view, **step.base} if step.verb is Verb.DELETE else step.fields
        if "parent" in touched and self._is_below_a_stranger(current):
            return True
        return any(_is_theirs(step, name, view[name]) for name in view.keys() & touched.keys())

    def view(self, remote: Remote) -> Fields:
        """Return a remote's view in canonical references; about an unknown parent it says nothing."""
        view = self.directory.inward(self.space.name, remote.type, self.space.connector.view(remote))
        parent = view.get("parent")
        if not isinstance(parent, str):
            return view
        others, record = {name: value for name, value in view.items() if name != "parent"}, self._record_of(parent)
        return {**others, "parent": record} if record else others

    def _record_of(self, remote: str) -> str | None:
        return self.references.records.get(remote)

    def _is_below_a_stranger(self, remote: Remote) -> bool:
        """Tell whether somebody put it below what has no link here."""
        parent = self.space.connector.view(remote).get("parent")
        return isinstance(parent, str) and self._record_of(parent) is None

    def _write(self, entry: Entry, current: Remote | None) -> Write:
        step = entry.step
        changed = {name: new for name, (_, new) in step.fields.items()}
        return Write(
            verb=step.verb,
            type=step.type,
            kind=step.kind,
            mark=step.record,
            key=entry.id,
            remote=step.remote,
            fields=self._outward(step, changed),
            view=self._outward(step, step.view),
            base=self._outward(step, self._known(step.base)),
            version=current.version if current else step.version,
            current=current,
            known=step.known,
        )

    def _known(self, base: Fields) -> Fields:
        """Return a base without a parent that left what is mirrored: it has no name there any more."""
        parent = base.get("parent")
        if not isinstance(parent, str) or parent in self.references.remotes:
            return base
        return {name: value for name, value in base.items() if name != "parent"}

    def _outward(self, step: Step, fields: Fields) -> Fields:
        fields = self.directory.outward(self.space.name, step.type, fields)
        parent = fields.get("parent")
        if not isinstance(parent, str):
            return fields
        remote = self.references.remotes.get(parent)
        if remote is None and step.verb is not Verb.DELETE:
            raise Stale("Its parent is not there yet.", mend="The next run sends it, once the parent is there.")
        return {**fields, "parent": remote}

    def _done(self, entry: Entry, remote: Remote | None) -> Outcome:
        step = entry.step
        if remote is None:
            return self._deleted(entry) if step.verb is Verb.DELETE else self._purged(entry)
        self.references.add(step.record, remote.id)
        present = self.links.get(step.record)
        try:
            link = agreed(step, remote, self.view(remote))
        except SetAside as why:
            return self._not_understood(entry, remote, present, why)
        if present is not None:
            link = replace(link, sent={**_others(present.sent, step), **link.sent})
        if self._is_below_a_stranger(remote):
            link = replace(link, version="")
        return Outcome(entry.id, StepState.DONE, None, remote.id, link=link)

    def _not_understood(self, entry: Entry, remote: Remote, present: Link | None, why: SetAside) -> Outcome:
        """Take note of a write that was carried out, although nobody understands what the tool has made of it."""
        known = present or Link(entry.step.space, entry.step.record, remote.id, "", {})
        return Outcome(entry.id, StepState.DONE, str(why), remote.id, link=replace(known, version=""))

    def _deleted(self, entry: Entry) -> Outcome:
        """Remember what is in the trash, so that a restored item is known again; a mere sign is forgotten."""
        present = self.links.get(entry.step.record)
        shadow = self.space.connector.capabilities.types[entry.step.type].shadow
        if present is None or (shadow and present.state is not LinkState.WITHDRAW):
            return Outcome(entry.id, StepState.DONE, None, entry.step.remote, forget=present)
        return Outcome(entry.id, StepState.DONE, None, entry.step.remote, link=replace(present, state=LinkState.GONE))

    def _purged(self, entry: Entry) -> Outcome:
        """Let go of what the trash no longer holds, so that it is made anew."""
        why = f"The trash of {self.space.name} no longer has it; it is made anew."
        return Outcome(entry.id, StepState.STALE, why, entry.step.remote, forget=self.links.get(entry.step.record))

    def _unclear(self, entry: Entry, why: str) -> Outcome:
        """Keep a create for a look that may have been carried out; what else is unclear, the next run looks up."""
        if entry.step.verb is Verb.CREATE:
            self.lost[entry.id] = entry
        return Outcome(entry.id, StepState.UNCERTAIN, why, entry.step.remote)

    async def look_up(self, outcomes: Sequence[Outcome], linked: Linked) -> list[Outcome]:
        """Look for the creates whose answers were lost, and return the outcomes with what was found.

        Called once everything sent beside them is answered: an item that another step made is not theirs, nor one
        that `linked` knows. None is sent twice. All of them are looked for, or none: what one finds may be what
        another made that cannot be looked for now. Those that are not found stay in the search, for they may have
        made what a later one finds.
        """
        here = self.lost.keys() & {outcome.id for outcome in outcomes}
        if not here:
            return list(outcomes)
        try:
            sought = [await self._seek(entry) for entry in self.lost.values()]
        except CopsyncError as problem:
            log.info("%s: what may have been made is looked up by the next run: %s", self.space.name, problem)
            return list(outcomes)
        remotes = {remote.id for one in sought for remote, _ in one.found}
        assigned = assign(sought, {*self.references.records, *linked(sorted(remotes))})
        found = {one: self._found(self.lost.pop(one), *assigned[one]) for one in here & assigned.keys()}
        return [found.get(outcome.id, outcome) for outcome in outcomes]

    async def _seek(self, entry: Entry) -> Sought:
        view = self._outward(entry.step, entry.step.view)
        found = await self.space.connector.find(lost_create(entry, view, self.since))
        return Sought(entry.id, entry.step.view, [(remote, self._understood(remote)) for remote in found])

    def _understood(self, remote: Remote) -> Fields:
        """Return a remote's view, and nothing of it where it cannot be understood."""
        try:
            return self.view(remote)
        except SetAside:
            return {}

    def _found(self, entry: Entry, remote: Remote, view: Fields) -> Outcome:
        step = entry.step
        self.references.add(step.record, remote.id)
        link = adopted(step.space, step.record, remote, step.view, view)
        return Outcome(entry.id, StepState.DONE, "Found again after its answer was lost.", remote.id, link=link)


def _is_theirs(step: Step, name: str, shown: Value) -> bool:
    spec = FIELDS[step.type][name]
    if name in step.base:
        return not same(spec, shown, step.base[name])
    return not is_empty(shown) and (name not in step.fields or not same(spec, shown, step.fields[name][1]))


def _others(sent: Fields, step: Step) -> dict[str, Value]:
    return {name: value for name, value in sent.items() if name not in step.fields}


def agreed(step: Step, remote: Remote, view: Fields) -> Link:
    """Return the link after a write: the base is what the tool returned, and only for what was written.

    What a person changed at the same moment in other fields is not agreed on; the version then stays unknown, so
    that the next read takes it in; so is what the tool gave a new item by itself, such as a meeting's link. What the
    tool stored differently is remembered as sent.
    """
    written = step.view if step.verb is Verb.CREATE else {name: new for name, (_, new) in step.fields.items()}
    if step.verb is Verb.RESTORE:
        return brought_back(step, remote, view)
    if step.verb is Verb.CREATE:
        given = _given(step, view)
        base = {name: value for name, value in view.items() if name not in given}
        version = "" if given else remote.version
    else:
        base = {**step.base, **{name: view[name] for name in written if name in view}}
        version = remote.version if _only_that_changed(step, view) else ""
    table = FIELDS[step.type]
    sent = {name: v for name, v in written.items() if name in view and not same(table[name], view[name], v)}
    return Link(step.space, step.record, remote.id, version, base, sent)


def _given(step: Step, view: Fields) -> frozenset[str]:
    """Return the fields that a tool filled in by itself in a new item, and that are not for us to write."""
    table = FIELDS[step.type]
    ours = {name for name in view if name in step.view or table[name].derived}
    return frozenset(name for name in view.keys() - ours if not same(table[name], view[name], table[name].default))


def brought_back(step: Step, remote: Remote, view: Fields) -> Link:
    """Return the link to what the trash gave back: agreed is only what it shows as agreed before, or as it shall.

    Somebody may have edited it right before it was deleted, and what the trash does not keep was nobody's edit: what
    differs is compared anew by the next read, as at first contact.
    """
    table = FIELDS[step.type]
    known = {name: [side[name] for side in (step.base, step.view) if name in side] for name in view}
    base = {name: v for name, v in view.items() if any(same(table[name], v, one) for one in known[name])}
    return Link(step.space, step.record, remote.id, "", base)


def adopted(space: str, record: str, remote: Remote, sent: Fields, view: Fields) -> Link:
    """Return the link to an item that was found again: agreed is only what it shows just as it was sent.

    What differs, or is not for us to write, may be somebody's edit, the tool's rewriting, or an older item that came
    back; it is compared anew by the next read, as at first contact, and nothing of either side is dropped.
    """
    table = FIELDS[remote.type]
    base = {name: v for name, v in view.items() if name in sent and same(table[name], sent[name], v)}
    return Link(space, record, remote.id, "", base)


def _only_that_changed(step: Step, view: Fields) -> bool:
    """Tell whether all else is as agreed; what the base does not speak of (an unknown parent) never was."""
    table, others = FIELDS[step.type], [name for name in view if name not in step.fields]
    return all(name in step.base and same(table[name], view[name], step.base[name]) for name in others)


def lost_create(entry: Entry, view: Fields, since: datetime) -> Lost:
    """Return what to look for when the answer of a create was lost."""
    step = entry.step
    return Lost(step.type, step.kind, step.record, entry.id, view, since)
