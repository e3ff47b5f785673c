"""Reading series: which of a listing's masters moved, and all that belongs to one of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from connectors.contract import Remote
from connectors.microsoft365.appointment import (
    EXCEPTION,
    EXPAND,
    FURTHER_EXCEPTIONS,
    SELECT,
    Json,
    etag_of,
    is_of_series,
    remote_of,
)
from connectors.microsoft365.family import (
    Family,
    cancelled_days,
    day_of,
    exceptions_of,
    family_version,
    remote_of_family,
    series_of,
    window,
)
from connectors.microsoft365.listing import Listing
from connectors.microsoft365.marks import PART, sign_of, signed
from connectors.microsoft365.query import Query
from connectors.microsoft365.space import Space
from domain.errors import Retriable, SetAside
from domain.recurrence.expand import slots
from domain.recurrence.series import Series
from domain.recurrence.walls import at_midnight

PAGE = 500
_ROWS = 1000
_SHOWS = ("id", "type", "seriesMasterId", "originalStart", "originalStartTimeZone", "start")
_A_DAY = timedelta(days=1)
_AHEAD, _SURELY = timedelta(days=5 * 366), timedelta(days=2 * 366)
"""How far occurrences are listed of a series whose master does not tell the edited ones; and how far they are surely
listed: a service that looks less far ahead deleted nothing there."""

_AT_ONCE, _SLACK = timedelta(days=4 * 365), timedelta(days=60)
_DAY = len("2026-03-10")


@dataclass(slots=True)
class Shown:
    """What a calendar shows of a series' occurrences in a stretch of time: edited ones by day, and all days."""

    exceptions: dict[str, str] = field(default_factory=dict)
    days: set[str] = field(default_factory=set)


async def listed(space: Space, masters: Sequence[Json], parts: Mapping[str, Sequence[Json]]) -> list[Remote]:
    """Return the series of a listing by their versions.

    An edit of one occurrence need not move the version of its master. So the occurrences around today are listed as
    well, a thousand per request, and what was edited or deleted among them is part of the version.

    Args:
        space: the calendar.
        masters: as the listing shows them.
        parts: the single events beside them, by the master's id.
    """
    if not masters:
        return []
    shown = await _shown(space, {str(master["id"]): master for master in masters})
    return [
        replace(
            remote_of(master),
            version=_version(space, master, shown.get(str(master["id"])), parts.get(str(master["id"]), ())),
            partial=True,
        )
        for master in masters
    ]


async def _shown(space: Space, masters: Mapping[str, Json]) -> Mapping[str, Shown]:
    """Return what is shown of each series, nothing where the listing cannot be trusted."""
    first, last = window(space.today)
    listing = await space.view(Query(_SHOWS, _ROWS), _midnight(first - _A_DAY), _midnight(last + _A_DAY))
    series = {identity: found for identity, master in masters.items() if (found := _series(space, master))}
    shown = {identity: Shown() for identity in series}
    async for rows in listing.pages():
        for row in rows:
            master = str(row.get("seriesMasterId"))
            if is_of_series(row) and master in shown and not _take(shown[master], row, series[master]):
                del shown[master]
    return shown if listing.is_whole else {}


def _take(shown: Shown, row: Json, series: Series) -> bool:
    """Take note of an occurrence; False for one that cannot be understood."""
    try:
        day = day_of(row, series)
        if row.get("type") == EXCEPTION:
            shown.exceptions[day] = etag_of(row)
    except (KeyError, TypeError, ValueError):
        return False
    shown.days.add(day)
    return True


def _series(space: Space, master: Json) -> Series | None:
    try:
        return series_of(master, space.lens.zones)
    except (SetAside, KeyError, TypeError, ValueError, AttributeError):
        return None  # its view tells what is wrong with it


def _version(space: Space, master: Json, shown: Shown | None, parts: Sequence[Json]) -> str:
    series = _series(space, master)
    if shown is None or series is None:
        return etag_of(master)
    cancelled = _planned(series, *window(space.today)) - shown.days
    return family_version(master, cancelled, shown.exceptions, parts, space.today)


def _planned(series: Series, first: date, last: date) -> set[str]:
    return {series.id_of(wall) for wall in slots(series, at_midnight(first), at_midnight(last))}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


async def whole(space: Space, master: Json, mark: str | None = None) -> Remote:
    """Return a series with all that belongs to it, from its master as a direct read shows it."""
    return remote_of_family(await family(space, master), space.lens.zones, space.today, mark)


async def family(space: Space, master: Json) -> Family:
    """Return all that belongs to a master. What the master tells itself counts, however far away it is."""
    cancelled, exceptions = cancelled_days(master), await _exceptions(space, master)
    if cancelled is None or exceptions is None:
        missing, edited = await _from_instances(space, master)
        cancelled = missing if cancelled is None else cancelled
        exceptions = edited if exceptions is None else exceptions
    found = Family(master, cancelled, exceptions)
    return replace(found, parts=tuple(await _parts(space, found))) if found.has_parts else found


async def _exceptions(space: Space, master: Json) -> tuple[Json, ...] | None:
    """Return the edited occurrences, those on further pages too; None where not all of them are told."""
    told, following = exceptions_of(master), master.get(FURTHER_EXCEPTIONS)
    if told is None or not following:
        return told
    listing = Listing(space.client, {"value": list(told), "@odata.nextLink": following})
    rows = tuple(await listing.rows())
    return rows if listing.is_whole else None


async def _parts(space: Space, found: Family) -> list[Json]:
    return await made_for(space, PART, found.sign.record) if found.sign else []


async def made_for(space: Space, word: str, record: str) -> list[Json]:
    """Return the single events of this calendar that were made for a record, in order of their making."""
    rows = await space.search(Query(SELECT, PAGE, expand=EXPAND, filter=signed(word, record)))
    return [row for row in rows if (sign := sign_of(row)) and (sign.word, sign.record) == (word, record)]


async def _from_instances(space: Space, master: Json) -> tuple[frozenset[str], tuple[Json, ...]]:
    """Return what the master does not tell, from its occurrences: the days that are missing, and the edited ones.

    Raises:
        Retriable: Graph left some of them out.
    """
    series = _series(space, master)
    if series is None:
        return frozenset(), ()  # its view tells what is wrong with it
    planned = _planned(series, series.wall.date(), space.today + _AHEAD)
    last = date.fromisoformat(max(planned)[:_DAY]) if planned else series.wall.date()
    shown, edited = Shown(), dict[str, Json]()
    for since, before in _stretches(series.wall.date() - _SLACK, last + _SLACK):
        listing = await space.instances(str(master["id"]), Query(SELECT, PAGE), since, before)
        rows = await listing.rows()
        if not listing.is_whole:
            raise Retriable(f"Graph does not list all occurrences of “{master.get('subject')}”.")
        odd = [row for row in rows if not _take(shown, row, series)]  # of these, too, the view tells
        edited |= {str(row["id"]): row for row in rows if row in odd or row.get("type") == EXCEPTION}
    known = max({*shown.days, (space.today + _SURELY).isoformat()})
    return frozenset(day for day in planned - shown.days if day <= known), tuple(edited.values())


def _stretches(first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Cut a stretch of time into pieces that Graph answers (Microsoft Graph: List instances, about five years)."""
    while first < last:
        until = min(first + _AT_ONCE, last)
        yield _midnight(first), _midnight(until)
        first = until


async def instance(space: Space, master: str, which: str, series: Series) -> Json | None:
    """Return one occurrence as Outlook holds it, by the day on which it is planned; None if it is not there."""
    start, end = series.at(series.wall_of(which))
    moments = [when if isinstance(when, datetime) else _midnight(when) for when in (start, end)]
    listing = await space.instances(master, Query(SELECT, 50), moments[0] - _A_DAY, moments[1] + _A_DAY)
    return next((row for row in await listing.rows() if day_of(row, series) == which), None)
