"""Brings together what was read and what is remembered: the situation that a plan is drawn from."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.contract import Missing, Remote
from domain.draft import record_id
from domain.errors import ConnectAgain, CopsyncError, Paused, Retriable, SetAside
from domain.fields import RecordType
from domain.merge import best_estimate
from domain.plan import EVERYTHING, Absence, Absent, Held, Link, Seen, Situation
from domain.records import Record
from store import state
from store.state import Wanted
from store.store import Store
from sync.community import BoundSpace, Community
from sync.observe import Reading
from sync.people import Directory

log = logging.getLogger(__name__)

CONFIRM_AT_MOST = 200
Approved = frozenset[tuple[str, str]]
Surging = frozenset[tuple[str, str]]


@dataclass(slots=True)
class Gathered:
    """A situation, and what was found on the way to it: vanished items and objects that cannot be understood."""

    situation: Situation
    held: list[Held]
    was_behind: frozenset[str]


@dataclass(slots=True)
class Gatherer:
    """Builds situations for one community."""

    community: Community
    store: Store
    directory: Directory
    approved: Approved = frozenset()

    async def gather(
        self, readings: Sequence[Reading], now: datetime, surging: Surging, *, everything: bool
    ) -> Gathered:
        """Return the situation after a read of the spaces."""
        held: list[Held] = []
        seen = [one for reading in readings for one in self._seen(reading, reading.changed.values(), now, held)]
        behind, records, links, live = self._remembered(readings, seen, everything=everything)
        absent, found = await self._confirm_all(readings, records, links, held)
        seen += [one for reading, alive in found for one in self._seen(reading, alive, now, held)]
        paused = frozenset(reading.space for reading in readings if not reading.ok)
        situation = Situation(
            community=self.community.id,
            spaces=self.community.planner_spaces(self.directory.persons()),
            policy=self.community.policy,
            now=now,
            records=records,
            links=links,
            seen=seen,
            absent=absent,
            live=live,
            consider=frozenset(records) if everything else behind,
            paused=paused,
            approved=self.approved,
            surging=surging,
        )
        return Gathered(situation, held, behind)

    def _remembered(
        self, readings: Sequence[Reading], seen: Sequence[Seen], *, everything: bool
    ) -> tuple[frozenset[str], dict[str, Record], list[Link], dict[str, int]]:
        with self.store.reading() as connection:
            behind = state.behind(connection, self.community.id)
            wanted = _wanted(readings, seen, behind, everything=everything)
            records, links = state.load(connection, self.community.id, wanted)
            strangers = _strangers(readings, links)
            if strangers and not everything:
                ids = _marks(readings) | _possible_ids(self.community.id, seen, links)
                more = Wanted(records=ids, unlinked_in=strangers)
                other_records, other_links = state.load(connection, self.community.id, more)
                known = {(link.space, link.record) for link in links}
                links += [link for link in other_links if (link.space, link.record) not in known]
                records |= other_records
            something = any(reading.changed or reading.missing for reading in readings)
            live = state.live_counts(connection, self.community.id) if something else {}
        members = {key for key, record in records.items() if record.type is RecordType.MEMBER}
        return behind, {key: one for key, one in records.items() if key not in members}, links, live

    def _seen(self, reading: Reading, remotes: Iterable[Remote], now: datetime, held: list[Held]) -> Iterable[Seen]:
        space = self.community.space(reading.space)
        offset = space.connection.clock_offset
        seconds = offset.total_seconds() if offset else None
        last_read = reading.cursor.read_at if reading.cursor else None
        for remote in remotes:
            try:
                view = self.directory.inward(space.name, remote.type, space.connector.view(remote))
            except SetAside as why:
                held.append(Held(space.name, remote.id, remote.id, "bad value", str(why)))
                continue
            at = best_estimate(remote.modified_at, seconds, last_read, now)
            yield Seen(space.name, remote.id, remote.version, remote.type, view, at, remote.modified_by, remote.mark)

    async def _confirm_all(
        self, readings: Sequence[Reading], records: Mapping[str, Record], links: Sequence[Link], held: list[Held]
    ) -> tuple[list[Absent], list[tuple[Reading, list[Remote]]]]:
        types = {(link.space, link.remote): records[link.record].type for link in links if link.record in records}
        healthy = [reading for reading in readings if reading.ok]
        answers = await asyncio.gather(*(self._confirm(reading, types, held) for reading in healthy))
        absent = [one for some in answers for one in some if isinstance(one, Absent)]
        alive = [
            (reading, [one for one in some if isinstance(one, Remote)])
            for reading, some in zip(healthy, answers, strict=True)
        ]
        return absent, alive

    async def _confirm(
        self, reading: Reading, types: Mapping[tuple[str, str], RecordType], held: list[Held]
    ) -> list[Absent | Remote | None]:
        """Ask about each missing remote directly: absence is evidence, not fact."""
        missing = [remote for remote in reading.missing if (reading.space, remote) in types]
        if len(missing) > CONFIRM_AT_MOST and (reading.space, EVERYTHING) not in self.approved:
            held.append(_vanished(reading.space, len(missing)))
            return []
        space = self.community.space(reading.space)
        asked = (self._verdict(space, types[space.name, remote], remote, reading) for remote in missing)
        return list(await asyncio.gather(*asked))

    async def _verdict(
        self, space: BoundSpace, kind: RecordType, remote: str, reading: Reading
    ) -> Absent | Remote | None:
        try:
            answer = await space.connector.fetch(kind, remote)
        except (Paused, ConnectAgain, Retriable) as problem:
            reading.fail(problem)
            return None
        except CopsyncError as unclear:
            log.warning("%s: nothing can be said about %s: %s", space.name, remote, unclear)
            return None
        return answer if isinstance(answer, Remote) else _absent(space.name, remote, answer)


def _absent(space: str, remote: str, verdict: Missing) -> Absent | None:
    if verdict is Missing.NO_ACCESS:
        return None
    return Absent(space, remote, Absence.DELETED if verdict is Missing.GONE else Absence.OUT_OF_SCOPE)


def _vanished(space: str, count: int) -> Held:
    return Held(
        space,
        EVERYTHING,
        f"{count} items",
        "empty space",
        f"{count} items are no longer listed in {space}; nothing is deleted. If they are really meant to go, "
        "approve with `copsync sync --approve RUN`.",
    )


def _wanted(readings: Sequence[Reading], seen: Sequence[Seen], behind: frozenset[str], *, everything: bool) -> Wanted:
    remotes = {reading.space: [*reading.changed, *reading.missing] for reading in readings}
    for one in seen:
        parent = one.view.get("parent")
        if isinstance(parent, str):
            remotes[one.space].append(parent)
    return Wanted(remotes=remotes, records=behind, everything=everything)


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
