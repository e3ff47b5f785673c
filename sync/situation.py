"""Brings together what was read and what is remembered: the situation that a plan is drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from connectors.contract import Remote
from domain.aside import Side
from domain.draft import UNFIT, record_id
from domain.errors import SetAside
from domain.fields import RecordType, recurs
from domain.merge import best_estimate
from domain.plan import Held, Link, Seen, Situation
from domain.records import Record
from store import runs, state
from store.state import Wanted
from store.store import Store
from sync.community import Community
from sync.confirm import Confirmer
from sync.direct import Unread
from sync.observe import Reading
from sync.people import Directory
from sync.remembered import Remembered
from sync.undecided import asked_about, still_shown

Surging = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Gathered:
    """A situation, and what was found on the way to it: vanished items, and such as cannot be understood or read."""

    situation: Situation
    held: list[Held]
    was_behind: frozenset[str]
    unread: Sequence[Unread] = ()


@dataclass(slots=True)
class Gatherer:
    """Builds situations for one community."""

    community: Community
    store: Store
    directory: Directory
    remembered: Remembered = field(default_factory=lambda: Remembered())

    async def gather(
        self, readings: Sequence[Reading], now: datetime, surging: Surging, *, everything: bool
    ) -> Gathered:
        """Return the situation after a read of the spaces."""
        held: list[Held] = []
        seen = [one for reading in readings for one in self._seen(reading, reading.changed.values(), now, held)]
        behind, records, links, live = self._remembered(readings, seen, everything=everything)
        confirmer = Confirmer(self.community, self.remembered.approved)
        absent, found = await confirmer.confirm(readings, records, links, held)
        seen += [one for reading, alive in found for one in self._seen(reading, alive, now, held)]
        paused = frozenset(reading.space for reading in readings if not reading.ok)
        spaces = self.community.planner_spaces(self.directory.persons())
        told = frozenset({(one.space, one.remote) for one in seen} | {(one.space, one.remote) for one in absent})
        undecided = self._undecided()
        seen += still_shown(undecided, spaces, records, links, told)
        situation = Situation(
            community=self.community.id,
            spaces=spaces,
            policy=self.community.policy,
            now=now,
            records=records,
            links=links,
            seen=seen,
            absent=absent,
            live=live,
            consider=frozenset(records) if everything else behind | _extended(readings, records),
            paused=paused,
            approved=self.remembered.approved,
            surging=surging,
            undecided=asked_about(undecided),
            aside=self.remembered.resting(Side.WRITE, now),
            unreadable=self.remembered.resting(Side.READ, now),
        )
        unread = [one for reading in readings if reading.ok for one in reading.unread]
        awake = [one for one in unread if (one.space, one.remote) not in situation.unreadable]
        return Gathered(situation, held, behind, awake)

    def _remembered(
        self, readings: Sequence[Reading], seen: Sequence[Seen], *, everything: bool
    ) -> tuple[frozenset[str], dict[str, Record], list[Link], dict[str, int]]:
        with self.store.reading() as connection:
            behind = state.behind(connection, self.community.id)
            wanted = replace(_wanted(readings, seen, behind, everything=everything), series=_is_daily(readings))
            records, links = state.load(connection, self.community.id, wanted)
            strangers = _strangers(readings, links)
            if strangers and not everything:
                ids = _marks(readings) | _possible_ids(self.community.id, seen, links)
                more = Wanted(records=ids, unlinked_in=strangers)
                other_records, other_links = state.load(connection, self.community.id, more)
                known = {(link.space, link.record) for link in links}
                links += [link for link in other_links if (link.space, link.record) not in known]
                records |= other_records
            asked: set[str] = set()
            while parents := _parents(records) - asked:
                other_records, other_links = state.load(connection, self.community.id, Wanted(records=parents))
                links += other_links
                records |= other_records
                asked |= parents
            something = any(reading.changed or reading.missing for reading in readings)
            live = state.live_counts(connection, self.community.id) if something else {}
        tasks_and_such = {key: one for key, one in records.items() if one.type is not RecordType.MEMBER}
        records, links = self.directory.known_now(tasks_and_such, links)
        return behind, records, links, live

    def _undecided(self) -> list[dict[str, Any]]:
        with self.store.reading() as connection:
            return runs.conflicts_of(connection, self.community.id, open_only=True)

    def _seen(self, reading: Reading, remotes: Iterable[Remote], now: datetime, held: list[Held]) -> Iterable[Seen]:
        space = self.community.space(reading.space)
        offset = space.connection.clock_offset
        seconds = offset.total_seconds() if offset else None
        last_read = reading.cursor.read_at if reading.cursor else None
        for remote in remotes:
            try:
                view = self.directory.inward(space.name, remote.type, space.connector.view(remote))
            except SetAside as why:
                if (space.name, remote.id) not in self.remembered.resting(Side.READ, now):
                    title = f"item {remote.id}"
                    held.append(Held(space.name, remote.id, title, UNFIT, str(why), None, remote.id, remote.type))
                continue
            at = best_estimate(remote.modified_at, seconds, last_read, now)
            yield Seen(space.name, remote.id, remote.version, remote.type, view, at, remote.modified_by, remote.mark)


def _is_daily(readings: Sequence[Reading]) -> bool:
    """Tell whether a space was read as a whole, as once a day: then what is laid out ahead of time is extended."""
    return any(reading.observation is not None and reading.observation.complete for reading in readings)


def _extended(readings: Sequence[Reading], records: Mapping[str, Record]) -> frozenset[str]:
    if not _is_daily(readings):
        return frozenset()
    return frozenset(key for key, one in records.items() if not one.deleted and recurs(one.type, one.fields))


def _wanted(readings: Sequence[Reading], seen: Sequence[Seen], behind: frozenset[str], *, everything: bool) -> Wanted:
    remotes = {reading.space: [*reading.changed, *reading.missing] for reading in readings}
    for one in seen:
        parent = one.view.get("parent")
        if isinstance(parent, str):
            remotes[one.space].append(parent)
    return Wanted(remotes=remotes, records=behind, everything=everything)


def _parents(records: Mapping[str, Record]) -> set[str]:
    """Return the parents that are not loaded yet: a child is sent under its parent's id, and must not be above it."""
    named = (record.fields.get("parent") for record in records.values())
    return {parent for parent in named if isinstance(parent, str)} - set(records)


def _strangers(readings: Sequence[Reading], links: Sequence[Link]) -> set[str]:
    """Return the spaces in which something was seen that has no link."""
    known = {(link.space, link.remote) for link in links}
    return {reading.space for reading in readings if any((reading.space, one) not in known for one in reading.changed)}


def _possible_ids(community: str, seen: Sequence[Seen], links: Sequence[Link]) -> set[str]:
    """Return the ids that arrivals may have given rise to before: an item can come back after its link ended."""
    known = {(link.space, link.remote) for link in links}
    return {
        record_id(community, one.type, one.space, one.remote) for one in seen if (one.space, one.remote) not in known
    }


def _marks(readings: Sequence[Reading]) -> set[str]:
    return {remote.mark for reading in readings for remote in reading.changed.values() if remote.mark}
