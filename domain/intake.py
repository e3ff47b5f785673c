"""A calendar file is taken in like a space that is only read: matched, merged field by field, and remembered by UID.

So a newer version of a file changes what changed in the file, and leaves alone what people changed in the tools.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.calendars.event import CalendarEvent
from domain.capabilities import Capabilities, Held, TypeCapabilities
from domain.changes import HUB
from domain.fields import FIELDS, RecordType
from domain.lens import Space
from domain.match import fold
from domain.merge import best_estimate
from domain.plan import Link, LinkState, Plan, Seen, Situation
from domain.records import Record
from domain.values import Fields, Value

IMPORT = "(import)"
"""Stands for the space in links and in history; the name of a real one begins with a letter or a digit."""

LEFT_OUT = frozenset({"attendees"})
"""Fields that are not taken from a file: whoever was invited elsewhere is not asked again."""

Changed = Mapping[str, tuple[Value, Value]]

_EVENT = TypeCapabilities({name: Held() for name in FIELDS[RecordType.EVENT] if name not in LEFT_OUT})
_OWN = re.compile(r"copsync-(?:due-)?((?:event|task)-[0-9a-f]{20})-.*|((?:event|task)-[0-9a-f]{20}).*@copsync")


def file_space(zone: ZoneInfo) -> Space:
    """Return a file as the planner knows spaces: it holds events, and nothing is written into it."""
    return Space(IMPORT, Capabilities({RecordType.EVENT: _EVENT}), zone, read_only=True)


def copy_of(uid: str) -> str | None:
    """Return the record that copsync wrote an entry for, in a feed, an export or a CalDAV server; else None."""
    found = _OWN.fullmatch(uid)
    return (found[1] or found[2]) if found else None


def known_by_uid(links: Iterable[Link]) -> dict[str, str]:
    """Return remote -> record, for tools that know an event by its UID as CalDAV servers do, which add .ics to it."""
    return {link.remote.removesuffix(".ics"): link.record for link in links if link.space != IMPORT}


def seen_in_file(
    events: Iterable[CalendarEvent], known: Mapping[str, str], version: str, by: str, now: datetime
) -> list[Seen]:
    """Return the entries of a file as the planner sees items of a space.

    Args:
        events: the entries.
        known: the records of UIDs that some tool knows as well.
        version: what tells this calendar from others.
        by: the name of the file, for history.
        now: the present moment.
    """
    return [
        Seen(
            space=IMPORT,
            remote=event.uid,
            version=version,
            type=RecordType.EVENT,
            view=_view(event.fields),
            at=best_estimate(event.revised, None, None, now),
            by=by,
            mark=known.get(event.uid),
        )
        for event in events
    ]


def without_former(links: Sequence[Link], records: Mapping[str, Record], events: Iterable[CalendarEvent]) -> list[Link]:
    """Return the links without those to entries that came back under another UID, as some programs write them.

    It is the same entry if title and start are the same and the former UID is not in the file; its record can be
    matched again then.
    """
    here = {event.uid: _name(event.fields) for event in events}
    linked = {link.remote for link in links if link.space == IMPORT}
    fresh = {name for uid, name in here.items() if uid not in linked}
    return [
        link
        for link in links
        if link.space != IMPORT or link.remote in here or _name(records[link.record].fields) not in fresh
    ]


def _name(fields: Fields) -> tuple[str, Value]:
    return fold(fields.get("title")), fields.get("start")


def _view(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if name not in LEFT_OUT}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one entry: its record, and per field what changes in the hub."""

    uid: str
    record: str
    fields: Changed = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intake:
    """What a plan makes of a file's entries: each is in one of these.

    `matched` were there already without having come from a file; `deleted` were deleted since they came, and stay
    so; `unfit` (UID -> why) cannot be kept beside what the record holds.
    """

    new: Sequence[Taken]
    changed: Sequence[Taken]
    matched: Sequence[Taken]
    same: Sequence[Taken]
    deleted: Sequence[Taken]
    unfit: Mapping[str, str]


def intake_of(situation: Situation, plan: Plan) -> Intake:
    """Return what becomes of every entry of a file."""
    before = {link.remote: link for link in situation.links if link.space == IMPORT}
    after = {**before, **{link.remote: link for link in plan.links if link.space == IMPORT}}
    unfit = {held.remote: held.reason for held in plan.held if held.space == IMPORT and held.remote}
    changes = _changes(plan)
    sorts: dict[str, list[Taken]] = {name: [] for name in ("new", "changed", "matched", "same", "deleted")}
    for seen in situation.seen:
        if seen.remote in after and seen.remote not in unfit:
            record = after[seen.remote].record
            taken = Taken(seen.remote, record, changes.get(record, {}))
            present = plan.records.get(record) or situation.records[record]
            sorts[_sort(situation, before.get(seen.remote), present, taken)].append(taken)
    return Intake(**sorts, unfit=unfit)


def _sort(situation: Situation, before: Link | None, present: Record, taken: Taken) -> str:
    if taken.record not in situation.records:
        return "new"
    if present.deleted:
        return "deleted"
    if before is None:
        return "matched"
    revived = situation.records[taken.record].deleted
    return "new" if revived else "changed" if taken.fields else "same"


def _changes(plan: Plan) -> dict[str, dict[str, tuple[Value, Value]]]:
    found: dict[str, dict[str, tuple[Value, Value]]] = {}
    for delta in plan.deltas:
        if delta.field in FIELDS[RecordType.EVENT] and delta.space in (IMPORT, HUB):
            found.setdefault(delta.record, {})[delta.field] = (delta.before, delta.after)
    return found


def missing_since(links: Iterable[Link], version: str, present: Iterable[str]) -> list[Link]:
    """Return what came from an earlier version of the same calendar and is no longer in it."""
    here = frozenset(present)
    return [
        link
        for link in links
        if link.space == IMPORT and link.version == version and link.state is LinkState.LIVE and link.remote not in here
    ]
