"""One VEVENT as it is written: its times understood, its rule not yet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from domain.calendars.event import UNSTAMPED
from domain.calendars.lines import Line, text_of
from domain.calendars.moments import Clocks, Moment, after, read_length, read_moment, read_moments
from domain.calendars.texts import one_line, text_fields
from domain.calendars.tree import Block
from domain.values import Fields

_ONE_DAY = timedelta(days=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
_NUMBER = re.compile(r"\d{1,9}")

T = TypeVar("T")


class LineError(Exception):
    """A line that cannot be understood; `number` is where it stands in the file."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(reason)
        self.number = number
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Entry:
    """An event, a series' master, or (with a `recurrence`) one occurrence that differs."""

    number: int
    uid: str
    start: Moment
    end: Moment
    texts: Fields
    rules: tuple[tuple[int, str], ...] = ()
    further: tuple[tuple[Moment, Moment | None], ...] = ()
    excluded: tuple[Moment, ...] = ()
    recurrence: Moment | None = None
    sequence: int = 0
    revised: datetime | None = None

    @property
    def age(self) -> tuple[int, datetime, int]:
        """What tells the newer of two copies: revision, time of change, place in the file."""
        return self.sequence, self.revised or _NEVER, self.number


def title_of(block: Block) -> str:
    """Return what to call an event in a message."""
    title = text_of(block.value("SUMMARY")).strip() or text_of(block.value("UID")).strip()
    return f"“{title[:60]}”" if title else "an event without a title"


def entry_of(block: Block, clocks: Clocks, notes: list[str]) -> Entry:
    """Read a VEVENT; `notes` takes what is understood otherwise than it is written.

    Raises:
        LineError: a line on which it depends cannot be understood.
    """
    _check(block)
    first = block.first("DTSTART")
    if first is None:
        raise LineError(block.number, "it has no start (DTSTART)")
    start = _read(first, lambda line: read_moment(line, clocks))
    end = _read(first, lambda _: _end(block, start, clocks, notes))
    recurrence = block.first("RECURRENCE-ID")
    return Entry(
        number=block.number,
        uid=one_line(text_of(block.value("UID"))) or _made_up(block, start),
        start=start,
        end=end,
        texts=text_fields(block),
        rules=tuple((number, line.value.strip()) for number, line in block.all("RRULE")),
        further=_all(block, "RDATE", clocks),
        excluded=tuple(moment for moment, _ in _all(block, "EXDATE", clocks)),
        recurrence=_read(recurrence, lambda line: read_moment(line, clocks)) if recurrence else None,
        sequence=_sequence(block),
        revised=_revised(block),
    )


def _check(block: Block) -> None:
    if not block.closed:
        raise LineError(block.number, "the file ends within it")
    for number, _ in block.all("EXRULE"):
        raise LineError(number, "it excludes dates by a rule (EXRULE), which RFC 5545 no longer knows")
    for number, line in block.all("RECURRENCE-ID"):
        if (line.parameter("RANGE") or "").upper() == "THISANDFUTURE":
            raise LineError(number, "it changes an occurrence and all following ones at once (THISANDFUTURE)")


def _read(found: tuple[int, Line], reading: Callable[[Line], T]) -> T:
    number, line = found
    try:
        return reading(line)
    except (ValueError, OverflowError) as odd:
        raise LineError(number, str(odd)) from None


def _all(block: Block, name: str, clocks: Clocks) -> tuple[tuple[Moment, Moment | None], ...]:
    return tuple(one for found in block.all(name) for one in _read(found, lambda line: read_moments(line, clocks)))


def _end(block: Block, start: Moment, clocks: Clocks, notes: list[str]) -> Moment:
    """Return the end, which may be given as a length or not at all (RFC 5545, 3.6.1)."""
    usual = start if start.timed else after(start, _ONE_DAY)
    last, length = block.first("DTEND"), block.first("DURATION")
    if last is not None:
        end = _read(last, lambda line: read_moment(line, clocks))
    elif length is not None:
        end = _read(length, lambda line: after(start, read_length(line.value)))
    else:
        return usual
    if end.timed == start.timed and end.when > usual.when:
        return end
    if end.when != start.when or end.timed != start.timed:
        notes.append(f"Line {block.number}: {title_of(block)} does not end after it starts; its end is not used.")
    return usual


def _made_up(block: Block, start: Moment) -> str:
    """Return a UID for an event without one: the same as long as its start, title and rule stay."""
    told = "|".join((start.when.isoformat(), *map(block.value, ("SUMMARY", "RRULE", "RECURRENCE-ID"))))
    return f"unnamed-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _sequence(block: Block) -> int:
    value = block.value("SEQUENCE").strip()
    return int(value) if _NUMBER.fullmatch(value) else 0


def _revised(block: Block) -> datetime | None:
    for name in ("LAST-MODIFIED", "DTSTAMP"):
        value = block.value(name).strip()
        try:
            stamp = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            continue
        return stamp if stamp != UNSTAMPED else None
    return None
