"""Calendar files from anywhere: everything that can be understood, and a reason with its line for what cannot.

Understood as well: bare line feeds, folds within a character, other encodings, missing ends and UIDs, Windows time
zones, VTIMEZONE components that contradict their name, several calendars in a file, and components without one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from domain.calendars.assemble import recurring, single
from domain.calendars.entry import Entry, LineError, entry_of, title_of
from domain.calendars.event import CalendarEvent, Read, Refusal
from domain.calendars.lines import text_of
from domain.calendars.moments import Clocks
from domain.calendars.tree import Block, blocks_of, decoded

_OTHERS = ("VTODO", "VJOURNAL", "VFREEBUSY", "VALARM", "VTIMEZONE", "VAVAILABILITY", "VPOLL")
_MEND = "Correct it in the calendar program it comes from, and export it again."


@dataclass(slots=True)
class _Reading:
    """What has been found so far."""

    home: ZoneInfo
    entries: list[Entry] = field(default_factory=list)
    titles: dict[int, str] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    others: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    name: str = ""
    calendars: int = 0

    def refuse(self, number: int, what: str, reason: str, mend: str = _MEND) -> None:
        """Keep why something is left out."""
        self.refusals.append(Refusal(number, what, reason, mend))


def read(data: bytes, home: ZoneInfo) -> Read:
    """Read the bytes of a file, a feed or a CalDAV object. Never fails: what cannot be read is among the refusals.

    Args:
        data: the file as it is.
        home: the community's zone; it stands for floating times and for zones that nobody knows.
    """
    text, encoding = decoded(data)
    reading = _Reading(home)
    if encoding != "utf-8":
        reading.notes.append(f"The file is not in UTF-8; it was read as {encoding}.")
    root = blocks_of(text)
    _walk(reading, root, None)
    if not reading.calendars and not reading.entries and not reading.others and not reading.refusals:
        begin = text.strip()[:40].split("\n")[0]
        reading.refuse(1, "the file", f"it is no calendar; it begins with “{begin}”", "Export it as iCalendar (.ics).")
    events = sorted(_events(reading), key=lambda event: event.line)
    refusals = tuple(sorted(reading.refusals, key=lambda refusal: refusal.line))
    return Read(tuple(events), refusals, tuple(reading.notes), dict(reading.others), reading.name)


def _walk(reading: _Reading, block: Block, clocks: Clocks | None) -> None:
    if block.name == "VCALENDAR" or clocks is None:
        clocks = Clocks(reading.home, block)
        reading.calendars += block.name == "VCALENDAR"
        reading.name = reading.name or text_of(block.value("NAME") or block.value("X-WR-CALNAME")).strip()
    for inner in block.blocks:
        if inner.name == "VEVENT":
            _take(reading, inner, clocks)
        elif inner.name in _OTHERS:
            reading.others[inner.name].append(inner.number)
        else:
            _walk(reading, inner, clocks)
    if block is clocks.calendar:
        where = reading.home.key
        reading.notes += [f"“{name}” is no known time zone; it was read as {where}." for name in sorted(clocks.unknown)]


def _take(reading: _Reading, block: Block, clocks: Clocks) -> None:
    reading.titles[block.number] = title_of(block)
    try:
        reading.entries.append(entry_of(block, clocks, reading.notes))
    except LineError as odd:
        reading.refuse(odd.number, title_of(block), odd.reason)


def _events(reading: _Reading) -> Iterator[CalendarEvent]:
    by_uid: dict[str, list[Entry]] = defaultdict(list)
    for entry in reading.entries:
        by_uid[entry.uid].append(entry)
    for entries in by_uid.values():
        yield from _of_one_uid(reading, entries)


def _of_one_uid(reading: _Reading, entries: list[Entry]) -> Iterator[CalendarEvent]:
    masters = [entry for entry in entries if entry.recurrence is None]
    edited = _newest_of_each(reading, [entry for entry in entries if entry.recurrence is not None])
    master = max(masters, key=lambda entry: entry.age, default=None)
    for older in masters:
        if older is not master:
            _left_out(reading, older)
    if master is None:
        yield from _alone(reading, edited)
        return
    recurs = edited or master.rules or master.further
    try:
        yield recurring(master, edited, reading.notes) if recurs else single(master, master.uid)
    except LineError as odd:
        reading.refuse(odd.number, reading.titles[master.number], odd.reason)


def _newest_of_each(reading: _Reading, edited: list[Entry]) -> list[Entry]:
    newest: dict[object, Entry] = {}
    for entry in sorted(edited, key=lambda one: one.age):
        place = entry.recurrence.when if entry.recurrence else None
        if place in newest:
            _left_out(reading, newest[place])
        newest[place] = entry
    return sorted(newest.values(), key=lambda one: one.number)


def _left_out(reading: _Reading, older: Entry) -> None:
    reading.refuse(
        older.number,
        reading.titles[older.number],
        f"another event has the same UID “{older.uid[:60]}” and is newer",
        "If both are meant, give each a UID of its own.",
    )


def _alone(reading: _Reading, edited: list[Entry]) -> Iterator[CalendarEvent]:
    """Yield occurrences whose series is not in the file, such as a single invitation, as events of their own."""
    for entry in edited:
        place = entry.recurrence.when.isoformat() if entry.recurrence else ""
        try:
            yield single(entry, f"{entry.uid}/{place}")
        except LineError as odd:
            reading.refuse(odd.number, reading.titles[entry.number], odd.reason)
