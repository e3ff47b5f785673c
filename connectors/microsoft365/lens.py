"""From an event of Outlook to the fields of a record. Pure; the way back is in :mod:`connectors.microsoft365.bodies`.

An event stands for an event, or for a deadline (a task), as its mark says; a series is told by its whole family (see
:mod:`connectors.microsoft365.series_lens`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.contract import Remote
from connectors.microsoft365.appointment import Appointment, appointment_of, is_series
from connectors.microsoft365.capabilities import LONGEST_LINE
from connectors.microsoft365.family import Family, family_of
from connectors.microsoft365.richtext import from_exchange, hold_exchange
from connectors.microsoft365.series_lens import RECURRING, SeriesLens, family_fields
from connectors.microsoft365.zones import Zones
from domain.errors import SetAside
from domain.fields import DEFAULTS, RecordType, recurs
from domain.values import Fields, Value

ONE_DAY = timedelta(days=1)
HALF_AN_HOUR = timedelta(minutes=30)
"""How long an event is shown that has no length, which Graph would refuse."""

_A_MOMENT = timedelta(seconds=1)
_BREAKS = re.compile(r"[\t\n\v\f\r]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def one_line(text: Value) -> str:
    """Return a text as Outlook's one-line fields show it: without line breaks and control characters."""
    shown = text if isinstance(text, str) else ""
    return shown if shown.isprintable() else _CONTROLS.sub("", _BREAKS.sub(" ", shown))


def _short(text: Value) -> str:
    line = one_line(text)
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def _notes(html: str) -> str:
    """Return the notes of a body; what it tells of a code block's language is not kept when it is written."""
    notes = from_exchange(html)
    return hold_exchange(notes) if "```" in notes else notes


@dataclass(frozen=True, slots=True)
class Lens:
    """The views of one calendar.

    Args:
        zones: how its time zones are named.
        home: the community's zone, in which a deadline's day is read.
        deadlines: which tasks with a due date are shown.
    """

    zones: Zones
    home: ZoneInfo
    deadlines: Literal["milestones", "all", "none"] = "milestones"

    @property
    def series(self) -> SeriesLens:
        """How series fit into this calendar."""
        return SeriesLens(self.zones, _short, hold_exchange)

    def view(self, remote: Remote) -> Fields:
        """Return what a remote shows.

        Raises:
            SetAside: a value is not what Graph's documentation says it is.
        """
        raw = remote.raw.master if isinstance(remote.raw, Family) else remote.raw
        try:
            if remote.type is RecordType.TASK:
                return self._deadline(appointment_of(raw))
            if is_series(raw):
                family = remote.raw if isinstance(remote.raw, Family) else family_of(raw)
                return family_fields(family, self.zones, self.read)
            return {**self.read(appointment_of(raw)), **{name: DEFAULTS[remote.type][name] for name in RECURRING}}
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as odd:
            name = raw.get("subject") or remote.id
            raise SetAside(
                f"“{name}” in Outlook cannot be understood: {odd!r}",
                mend="Open it in Outlook, look at its start and end, and save it again.",
            ) from odd

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return fields as a calendar can hold them together."""
        settled = dict(fields)
        for name in settled.keys() & {"title", "location"}:
            settled[name] = one_line(settled[name])
        if kind is RecordType.EVENT:
            if "notes" in settled:
                settled["notes"] = hold_exchange(str(settled["notes"] or ""))
            zone = settled.get("zone")
            self._settle_span(settled)
            if recurs(kind, settled) and settled.get("zone") is not None:
                settled["zone"] = zone  # a series is meant in the wall time of its zone
            settled = self.series.settle(settled)
        return settled

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Show every event, and of the tasks with a due date those that the community chose."""
        if kind is not RecordType.TASK:
            return kind is RecordType.EVENT
        if fields.get("due") is None or self.deadlines == "none":
            return False
        return self.deadlines == "all" or fields.get("kind") == "milestone"

    def read(self, shown: Appointment) -> dict[str, Value]:
        """Return the fields of one event, whatever it recurs by."""
        status = "cancelled" if shown.is_cancelled else "tentative" if shown.is_tentative else "confirmed"
        fields: dict[str, Value] = {
            "title": one_line(shown.subject),
            "notes": _notes(shown.html) if shown.html else "",
            "start": shown.start,
            "end": shown.end,
            "zone": shown.zone,
            "location": one_line(shown.place),
            "meeting_url": one_line(shown.join_url),
            "attendees": shown.attendees,
            "status": status,
        }
        self._settle_span(fields)
        return fields

    def _deadline(self, shown: Appointment) -> Fields:
        return {"title": one_line(shown.subject), "due": self._last_day(shown.start, shown.end)}

    def _last_day(self, start: date, end: date) -> date:
        """Return the day of a deadline, however a person stretched it or gave it a time."""
        if isinstance(start, datetime) and isinstance(end, datetime):
            return max(start, end - _A_MOMENT).astimezone(self.home).date()
        return max(start, end - ONE_DAY)

    def _settle_span(self, fields: dict[str, Value]) -> None:
        start, end = fields.get("start"), fields.get("end")
        if isinstance(start, datetime):
            if not isinstance(end, datetime) or end <= start:
                end = fields["end"] = start + HALF_AN_HOUR
            fields["zone"] = self._zone(fields.get("zone"), start, end)
        elif isinstance(start, date):
            if not isinstance(end, date) or isinstance(end, datetime) or end <= start:
                fields["end"] = start + ONE_DAY
            fields["zone"] = None

    def _zone(self, name: Value, start: datetime, end: datetime) -> str:
        """Return the zone to show; UTC for the hour that a zone has twice when clocks are set back."""
        shown = self.zones.shown(name)
        is_exact = self.zones.is_told_apart(start, shown) and self.zones.is_told_apart(end, shown)
        return shown if is_exact else self.zones.shown("UTC")
