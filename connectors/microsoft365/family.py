"""The events that together stand for one series: a master, what differs from it, and single events beside it. Pure.

Outlook keeps most series as one master. What its patterns cannot say of single occurrences stands beside it as single
events ("parts"); a series of which the rule itself cannot be said is laid out in single events altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b

from connectors.contract import Remote
from connectors.microsoft365.appointment import CANCELLED, EXCEPTIONS, Json, etag_of, remote_of
from connectors.microsoft365.marks import PART, Sign, sign_of
from connectors.microsoft365.moments import read_day, read_instant
from connectors.microsoft365.recurrence import from_graph
from connectors.microsoft365.zones import Zones, clock_of
from domain.errors import SetAside
from domain.fields import RecordType
from domain.recurrence.expand import slots, starts_on_rule
from domain.recurrence.series import Series, make_series
from domain.recurrence.walls import to_wall

BEFORE, AFTER = timedelta(days=31), timedelta(days=400)
"""How far around today a listing looks at occurrences one by one; farther ones are seen by the master's version."""

_TO_NEXT_DAY = timedelta(hours=13)
"""What turns midnight of a zone, told in UTC, into its day: from New Zealand's summer (11:00) to Hawaii (10:00)."""

_NO_END = {"type": "noEnd"}
_SECONDS = len("2026-03-10T17:00:00")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T[\d:.]*Z?)?$")


@dataclass(frozen=True, slots=True)
class Family:
    """A master as a direct read shows it, with its deleted occurrences by day and the parts beside it."""

    master: Json
    cancelled: frozenset[str] = frozenset()
    exceptions: tuple[Json, ...] = ()
    parts: tuple[Json, ...] = ()

    @property
    def sign(self) -> Sign | None:
        """What our property says on the master."""
        return sign_of(self.master)

    @property
    def has_parts(self) -> bool:
        """Tell whether the master notes that there are single events beside it."""
        return bool(self.sign and self.sign.note.get("parts"))


def family_of(master: Json, parts: Iterable[Json] = ()) -> Family:
    """Return the family of a master, as far as the master itself tells it."""
    return Family(master, cancelled_days(master) or frozenset(), exceptions_of(master) or (), tuple(parts))


def series_of(master: Json, zones: Zones) -> Series:
    """Return the series of a master, without what differs in single occurrences.

    A pattern need not fall on the day on which Outlook lets a series start; the first day on which it falls is then
    its start.

    Raises:
        SetAside: it is not what Graph's documentation says.
        KeyError, TypeError, ValueError, AttributeError: likewise.
    """
    recurrence = master["recurrence"]
    if master["isAllDay"]:
        start: date = read_day(master["start"])
        end, zone = read_day(master["end"]), None
    else:
        start, end = read_instant(master["start"]), read_instant(master["end"])
        zone = zones.shown(recurrence["range"].get("recurrenceTimeZone") or master.get("originalStartTimeZone"))
    series = make_series(start, end, zone, from_graph(recurrence))
    return series if starts_on_rule(series) else _from_first(series, recurrence)


def _from_first(series: Series, recurrence: Json) -> Series:
    limits = recurrence["range"]
    endless = make_series(series.start, series.end, series.zone, from_graph({**recurrence, "range": _NO_END}))
    first = next((wall for wall in slots(endless) if wall > endless.wall), None)
    if first is None or (limits["type"] == "endDate" and first.date() > date.fromisoformat(limits["endDate"][:10])):
        raise SetAside("A series in Outlook never takes place.", mend="Correct or delete it in Outlook.")
    start, end = series.at(first)
    return make_series(start, end, series.zone, from_graph(recurrence))


def day_of(row: Json, series: Series) -> str:
    """Return which occurrence a row of Outlook is: by the day on which it was planned, in the series' zone.

    Outlook's series take place once a day at most.

    Raises:
        KeyError, TypeError, ValueError: it is not what the documentation says.
    """
    told = row.get("originalStart")
    if not isinstance(told, str):
        told = read_day(row["start"]).isoformat() if series.all_day else read_instant(row["start"]).isoformat()
    moment = datetime.fromisoformat(told[:_SECONDS]).replace(tzinfo=UTC)
    day = _day_of_midnight(moment, row) if series.all_day else to_wall(moment, series.clock).date()
    return day.isoformat()


def _day_of_midnight(moment: datetime, row: Json) -> date:
    """Return the day that begins at an instant: in UTC, in the zone of the event, or in some mailbox's."""
    for clock in (UTC, clock_of(row.get("originalStartTimeZone"))):
        begun = moment.astimezone(clock)
        if begun.time() == time():
            return begun.date()
    return (moment + _TO_NEXT_DAY).date()


def cancelled_days(master: Json) -> frozenset[str] | None:
    """Return the days of the deleted occurrences, None where the master does not tell them in a way that is known.

    Raises:
        TypeError: it is not what the documentation says.
    """
    told = master.get(CANCELLED)
    if told is None:
        return None
    found = [_DAY.search(str(one)) for one in told]
    return frozenset(one[1] for one in found if one) if all(found) else None


def exceptions_of(master: Json) -> tuple[Json, ...] | None:
    """Return the edited occurrences, None where the master does not tell them."""
    told = master.get(EXCEPTIONS)
    return tuple(told) if isinstance(told, list) else None


def part_days(rows: Iterable[Json]) -> Mapping[str, Json]:
    """Return single events by the occurrence they stand for; of several, the first."""
    found: dict[str, Json] = {}
    for row in rows:
        sign = sign_of(row)
        if sign and isinstance(sign.note.get("at"), str):
            found.setdefault(str(sign.note["at"]), row)
    return found


def is_part(row: Json) -> bool:
    """Tell whether a single event stands beside a series for one of its occurrences."""
    sign = sign_of(row)
    return sign is not None and sign.word == PART


def window(today: date) -> tuple[date, date]:
    """Return the days between which a listing looks at occurrences one by one, the end exclusive."""
    return today - BEFORE, today + AFTER


def family_version(
    master: Json, cancelled: Iterable[str], exceptions: Mapping[str, str], parts: Iterable[Json], today: date
) -> str:
    """Return a version that moves with everything that belongs to a series, as far as a listing shows it.

    Args:
        master: the master; the version begins with its etag.
        cancelled: days of deleted occurrences.
        exceptions: etags of edited ones, by day.
        parts: the single events beside it.
        today: by which the days are chosen.
    """
    first, last = (day.isoformat() for day in window(today))
    told = [f"-{day}" for day in cancelled if first <= day < last]
    told += [f"{day}={etag}" for day, etag in exceptions.items() if first <= day < last]
    told += [f"+{row['id']}={etag_of(row)}" for row in parts]
    if not told:
        return etag_of(master)
    return f"{etag_of(master)} {blake2b(chr(10).join(sorted(told)).encode(), digest_size=8).hexdigest()}"


def master_etag(version: str) -> str:
    """Return the etag of the master in a version."""
    return version.partition(" ")[0]


def remote_of_family(family: Family, zones: Zones, today: date, mark: str | None = None) -> Remote:
    """Return a series as a remote."""
    try:
        series = series_of(family.master, zones)
        etags = {day_of(row, series): etag_of(row) for row in family.exceptions}
        version = family_version(family.master, family.cancelled, etags, family.parts, today)
    except (SetAside, KeyError, TypeError, ValueError, AttributeError):
        version = etag_of(family.master)  # its view tells what is wrong with it
    plain = remote_of(family.master, RecordType.EVENT, mark)
    return replace(plain, version=version, raw=family)
