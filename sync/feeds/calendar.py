"""A whole calendar: its head, the time zones it uses, and its entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from hashlib import blake2b

from domain.calendars.lines import escaped, folded, joined
from domain.calendars.vtimezone import definition
from sync.feeds.items import AFTER, BEFORE, Audience, Item, Years
from sync.feeds.vevent import DOMAIN, FOR_EVER, vevent, zones_of

PRODUCT = "-//copsync//calendar feed//EN"
REFRESH = "PT1H"


class Kind(StrEnum):
    """What a feed holds: the gatherings, the deadlines, or everything that concerns one member."""

    CALENDAR = "calendar"
    DEADLINES = "deadlines"
    DUTIES = "duties"
    EVERYTHING = "everything"


_NAMES = {
    Kind.CALENDAR: "{}",
    Kind.DEADLINES: "{} – deadlines",
    Kind.DUTIES: "{} – my duties",
    Kind.EVERYTHING: "{}",
}


def years(today: date) -> Years:
    """Return the years that the calendars of a day explain."""
    return Years((today - BEFORE).year, (today + AFTER).year)


def head(audience: Audience, kind: Kind, member: str | None) -> bytes:
    """Return what stands before the time zones: how the calendar is called and how often to look at it again.

    The UID is named, for a random one would make every answer another one. There is no METHOD: Outlook takes a feed
    with one for an invitation. X-… are what clients knew before RFC 7986.
    """
    name = escaped(_NAMES[kind].format(audience.name))
    whose = blake2b("\0".join((audience.id, kind, member or "")).encode(), digest_size=16).hexdigest()
    lines = (
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", PRODUCT),
        ("CALSCALE", "GREGORIAN"),
        ("UID", f"{whose}@{DOMAIN}"),
        ("NAME", name),
        ("X-WR-CALNAME", name),
        ("X-WR-TIMEZONE", audience.zone.key),
        ("REFRESH-INTERVAL;VALUE=DURATION", REFRESH),
        ("X-PUBLISHED-TTL", REFRESH),
    )
    return joined(folded(*one) for one in lines).encode("utf-8")


def foot() -> bytes:
    """Return the last line."""
    return folded("END", "VCALENDAR").raw.encode("utf-8")


def zones(used: Iterable[Mapping[str, Years]]) -> bytes:
    """Return a VTIMEZONE for each zone that entries are written in, right for all the years in which they need it."""
    needed: dict[str, Years] = {}
    for one in used:
        for name, span in one.items():
            known = needed.setdefault(name, span)
            if span is not known and (span.first < known.first or span.last > known.last):
                needed[name] = Years(min(known.first, span.first), max(known.last, span.last))
    return "".join(
        definition(name, span.first, None if span.last == FOR_EVER else span.last)
        for name, span in sorted(needed.items())
    ).encode("utf-8")


def whole(audience: Audience, items: Iterable[Item], today: date) -> bytes:
    """Return a calendar of all the given items, for a file."""
    covered, ordered = years(today), sorted(items, key=Item.order)
    entries = "".join(vevent(item, covered) for item in ordered).encode("utf-8")
    return head(audience, Kind.EVERYTHING, None) + zones(zones_of(item, covered) for item in ordered) + entries + foot()
