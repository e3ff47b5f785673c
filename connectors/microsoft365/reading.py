"""Reading a calendar: all of it, one event, or the outcome of a create whose answer was lost.

Everything is read anew each time, 500 events per request. Graph's delta rounds are no gain for a community's
calendar: they take no $expand for our mark, and name events that merely left the window as deleted. Of a series the
listing tells only whether it moved (:mod:`connectors.microsoft365.series_reading`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, timedelta

from connectors.contract import Lost, Missing, Observation, Remote, Sink
from connectors.http import HttpRefused
from connectors.microsoft365.appointment import EXPAND, SELECT, Json, is_mirrored, is_series, remote_of
from connectors.microsoft365.family import is_part
from connectors.microsoft365.marks import mark_of, marked, sign_of, transaction_id
from connectors.microsoft365.query import Query
from connectors.microsoft365.refusals import is_not_there, is_unreadable_id
from connectors.microsoft365.series_reading import listed, whole
from connectors.microsoft365.space import Space
from domain.errors import Retriable
from domain.fields import RecordType

PAGE = 500
SLACK = timedelta(days=1)
"""How far clocks may be apart when recent events are looked through."""

_LOG = logging.getLogger(__name__)


async def observe(space: Space, sink: Sink) -> Observation:
    """Hand over every event of the calendar that is mirrored.

    The read counts as complete when every page was there and Graph counted as many events as it listed.
    """
    listing = await space.listing(Query(SELECT, PAGE, expand=EXPAND, count=True))
    read, members = 0, list[Json]()
    async for rows in listing.pages():
        mirrored = [row for row in rows if is_mirrored(row)]
        read += len(mirrored)
        members += [row for row in mirrored if _is_member(row)]
        sink([_remote(row) for row in mirrored if not _is_member(row)])
    if members:
        sink(await _series(space, members))
    _tell(space, listing.read, read, listing.promised)
    return Observation(complete=listing.is_whole, cursor=None, read=read)


def _is_member(row: Json) -> bool:
    """Tell whether an event is understood only together with others: it is a series, or stands beside one."""
    return is_series(row) or is_part(row)


async def _series(space: Space, members: Sequence[Json]) -> list[Remote]:
    """Return the series of a listing, and by themselves those single events whose series is gone."""
    masters = [row for row in members if is_series(row)]
    of_record = {sign.record: str(row["id"]) for row in masters if (sign := sign_of(row))}
    beside: dict[str, list[Json]] = defaultdict(list)
    alone: list[Json] = []
    for row in members:
        sign = sign_of(row)
        if sign and is_part(row) and not is_series(row):
            master = of_record.get(sign.record)
            (beside[master] if master else alone).append(row)
    return [*await listed(space, masters, beside), *map(_remote, alone)]


def _tell(space: Space, listed: int, read: int, promised: int | None) -> None:
    if listed > read:
        _LOG.info("%s: %d events are not mirrored (series, private, of others)", space.name, listed - read)
    if promised not in (None, listed):
        _LOG.warning("%s: Graph counts %s events and lists %d; nothing counts as deleted", space.name, promised, listed)


def _remote(row: Json) -> Remote:
    try:
        return remote_of(row)
    except KeyError as missing:
        raise Retriable(f"Graph listed an event without {missing}.") from missing


async def fetch(space: Space, kind: RecordType, remote: str) -> Remote | Missing:
    """Read one event and say what became of it where it is not shown.

    An immutable id still finds an event in Deleted Items or in another calendar, so an event that can be read is
    also looked for in the calendars.

    Raises:
        Paused: the calendar cannot be used, so nothing can be said about one event.
        HttpRefused: likewise its mailbox or group.
    """
    try:
        raw = await space.client.event(space.owner, remote)
    except HttpRefused as refused:
        return await _not_read(space, refused)
    if await _is_listed(space, raw, await space.place()):
        if not is_mirrored(raw):
            return Missing.OUT_OF_SCOPE
        return await whole(space, raw) if is_series(raw) else remote_of(raw, None if mark_of(raw) else kind)
    return await _elsewhere(space, raw)


async def _not_read(space: Space, refused: HttpRefused) -> Missing:
    if is_unreadable_id(refused):
        return Missing.NO_ACCESS  # an id of another mailbox: it says nothing about the event
    if not is_not_there(refused):
        raise refused
    await space.reach()
    return Missing.GONE


async def _elsewhere(space: Space, raw: Json) -> Missing:
    for calendar in await space.calendars():
        if await _is_listed(space, raw, str(calendar["id"])):
            return Missing.OUT_OF_SCOPE
    await space.reach()
    return Missing.GONE


async def _is_listed(space: Space, raw: Json, calendar: str | None) -> bool:
    uid = raw.get("iCalUId")
    if not isinstance(uid, str) or not uid:
        return True  # seen on odd items; then the direct read has to be believed
    rows = await space.search(Query(("id", "iCalUId"), 10, filter=f"iCalUId eq '{_quoted(uid)}'"), calendar)
    return any(row["id"] == raw["id"] for row in rows)


async def find(space: Space, lost: Lost) -> Sequence[Remote]:
    """Look for the events of a record by our mark; among recent ones if Graph's search does not know them (yet)."""
    sought, mark = Query(SELECT, PAGE, expand=EXPAND, filter=marked(lost.type, lost.mark)), (lost.type, lost.mark)
    found = [row for row in await space.search(sought) if mark_of(row) == mark] or await _recent(space, lost)
    ours = [row for row in found if row.get("transactionId") == transaction_id(lost.key)]
    return [await _found(space, row, lost) for row in ours or found]


async def _found(space: Space, row: Json, lost: Lost) -> Remote:
    if not is_series(row):
        return remote_of(row, lost.type, lost.mark)
    return await whole(space, await space.client.event(space.owner, str(row["id"])), lost.mark)


async def _recent(space: Space, lost: Lost) -> list[Json]:
    since = (lost.since - SLACK).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    rows = await space.search(Query(SELECT, PAGE, expand=EXPAND, filter=f"lastModifiedDateTime ge {since}"))
    wanted = (transaction_id(lost.key), (lost.type, lost.mark))
    return [row for row in rows if row.get("transactionId") == wanted[0] or mark_of(row) == wanted[1]]


def _quoted(text: str) -> str:
    return text.replace("'", "''")
