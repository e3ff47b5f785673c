"""Writes items as VEVENTs. The one place where a calendar entry becomes iCalendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.calendars.lines import escaped, folded, joined
from domain.values import When
from sync.feeds.items import Item, Sort, Years

DOMAIN = "copsync"
FOR_EVER = 9999
"""The last year of a zone that a series may need without end."""
_UTC = "UTC"


def uid(item: Item) -> str:
    """Return the UID: the record's own, the same in every feed, and another one than that of a task.

    An occurrence that differs has the one of its series. Where a series is told time by time, each has one of its own,
    which outlives a change of the series' time of day.
    """
    alone = item.which if not item.times else ""
    part = alone if item.sort is Sort.GATHERING else "due"
    return f"{item.record}{f'-{part}' if part else ''}@{DOMAIN}"


def vevent(item: Item, years: Years) -> str:
    """Return an item's VEVENT, with CRLF line ends; of a series also those of the occurrences that differ.

    No METHOD, ORGANIZER, ATTENDEE or alarm: nobody is invited or reminded by a feed.
    """
    return "".join(_one(one, years) for one in (item, *item.edited))


def _one(item: Item, years: Years) -> str:
    return joined(
        folded(name, value)
        for name, value in (
            ("BEGIN", "VEVENT"),
            ("UID", escaped(uid(item))),
            ("DTSTAMP", _utc(item.changed)),
            ("LAST-MODIFIED", _utc(item.changed)),
            ("SEQUENCE", str(item.sequence)),
            *(item.times or _times(item, years)),
            ("SUMMARY", escaped(item.title)),
            *_texts(item),
            ("STATUS", item.status.value),
            ("TRANSP", "OPAQUE" if item.sort is Sort.GATHERING and not item.is_cancelled else "TRANSPARENT"),
            ("CATEGORIES", item.sort.value.capitalize()),
            ("END", "VEVENT"),
        )
    )


def _texts(item: Item) -> Iterator[tuple[str, str]]:
    """Yield where and what; the meeting's link stands in the description too, for most clients show it only there."""
    joining = f"Join: {item.link}" if item.link and item.link not in (item.location, item.notes) else ""
    described = "\n\n".join(filter(None, (joining, item.notes)))
    if item.location or item.link:
        yield "LOCATION", escaped(item.location or item.link)
    if described:
        yield "DESCRIPTION", escaped(described)
    if item.link and item.link.isascii():
        yield "CONFERENCE;VALUE=URI", item.link


def _times(item: Item, years: Years) -> Iterator[tuple[str, str]]:
    if not isinstance(item.start, datetime) or not isinstance(item.end, datetime):
        yield "DTSTART;VALUE=DATE", f"{_digits(item.start)}"
        yield "DTEND;VALUE=DATE", f"{_digits(item.end)}"
        return
    zone = zone_of(item, years)
    yield _instant("DTSTART", item.start, zone)
    if item.end > item.start:  # an entry without an end has no length (RFC 5545, section 3.6.1)
        yield _instant("DTEND", item.end, zone)


def zones_of(item: Item, years: Years) -> dict[str, Years]:
    """Return the zones that an item is written in, with the years for which each has to be explained."""
    lines = [line for one in (item, *item.edited) for line in one.times]
    if not lines:
        zone = zone_of(item, years)
        return {zone: years} if zone else {}
    found: dict[str, Years] = {}
    for name, value in lines:
        zone = name.partition(";TZID=")[2]
        if zone:
            first = min(int(one[:4]) for one in value.split(","))
            found[zone] = Years(min(first, found.get(zone, years).first), FOR_EVER)
    return found


def zone_of(item: Item, years: Years) -> str | None:
    """Return the zone whose wall time an item is written in, or None for UTC.

    UTC it is where the zone is, where a wall time would name two instants (clocks set back), and outside of the
    years that the feed explains.
    """
    if item.zone in (_UTC, "Etc/UTC") or not isinstance(item.start, datetime):
        return None
    zone = ZoneInfo(item.zone)
    walls = [moment.astimezone(zone) for moment in (item.start, item.end) if isinstance(moment, datetime)]
    plain = all(years.first <= wall.year <= years.last and not _is_unclear(wall) for wall in walls)
    return item.zone if plain else None


def _is_unclear(wall: datetime) -> bool:
    return wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset()


def _instant(name: str, moment: datetime, zone: str | None) -> tuple[str, str]:
    if zone is None:
        return name, _utc(moment)
    wall = moment.astimezone(ZoneInfo(zone))
    return f"{name};TZID={zone}", f"{_digits(wall)}T{wall:%H%M%S}"


def _utc(moment: datetime) -> str:
    here = moment.astimezone(UTC)
    return f"{_digits(here)}T{here:%H%M%S}Z"


def _digits(day: When) -> str:
    return f"{day.year:04}{day.month:02}{day.day:02}"
