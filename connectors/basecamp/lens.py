"""From a row of Basecamp to the fields of a record. Pure; the way back is in :mod:`connectors.basecamp.bodies`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.basecamp.items import Raw, Row, attendees, digest, is_recurring, moment, person_ids
from connectors.basecamp.options import SpaceOptions
from connectors.basecamp.places import SEPARATOR, Place
from connectors.basecamp.repeating import fields_of, series_of
from connectors.basecamp.richtext import from_basecamp, hold_basecamp
from connectors.basecamp.texts import fold, line
from connectors.contract import Remote
from domain.errors import SetAside
from domain.fields import RecordType, recurs
from domain.values import Fields, Value, instant

UNTITLED = "Untitled"
_OF_SERIES = ("zone", "rdates", "exdates", "overrides")
MILESTONE = "milestone"
ONE_DAY = timedelta(days=1)

_LONGEST_LINK = 2500  # "Schedule entries: Create a schedule entry"
_LINK = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lens:
    """The views of one space: what its lists mean is set by the admin. `zone` is the community's."""

    options: SpaceOptions
    zone: ZoneInfo = field(default=ZoneInfo("UTC"))

    def remote(self, kind: RecordType, row: Row, place: Place | None = None) -> Remote:
        """Return a row as a remote."""
        changed = moment(row, "updated_at")
        return Remote(
            id=str(row["id"]),
            version=digest(kind, row, self.shown_place(place) if place else _creators_clock(row)),
            type=kind,
            raw=Raw(row, place),
            modified_at=instant(changed) if changed else None,
        )

    def view(self, remote: Remote) -> Fields:
        """Return what a remote shows.

        Raises:
            SetAside: a value is not what Basecamp's documentation says it is.
        """
        raw: Raw = remote.raw
        try:
            shown = self._task(raw) if remote.type is RecordType.TASK else _event(raw.row, self.zone)
        except (KeyError, TypeError, ValueError, AttributeError) as odd:
            name = raw.row.get("title") or remote.id
            raise SetAside(
                f"“{name}” in Basecamp cannot be understood: {odd!r}",
                mend="Open it in Basecamp, look at its dates, and save it again.",
            ) from odd
        return self._settled(remote.type, shown)

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return fields as Basecamp can hold them together."""
        notes = fields.get("notes")
        held = {**fields, "notes": hold_basecamp(notes)} if isinstance(notes, str) else fields
        return self._settled(kind, held)

    def _settled(self, kind: RecordType, fields: Fields) -> Fields:
        """Apply the rules between fields; notes that come from Basecamp are in its own form already."""
        settled = dict(fields)
        if not str(settled.get("title", UNTITLED) or "").strip():
            settled["title"] = UNTITLED
        if kind is RecordType.TASK:
            self._settle_task(settled)
        else:
            _settle_event(settled)
        return settled

    def shown_place(self, place: Place) -> tuple[str, str | None]:
        """Return the kind and the list of what lies in a place: (kind, list)."""
        if place.name is not None and fold(place.name) == fold(self.options.deadlines):
            return MILESTONE, None
        return "task", self._canonical(place.path)

    def path_for(self, fields: Fields) -> str:
        """Return the name of the list in which a task or milestone with these fields belongs."""
        if fields.get("kind") == MILESTONE:
            return self.options.deadlines
        return str(fields.get("list") or self.options.default_list)

    def _task(self, raw: Raw) -> dict[str, Value]:
        row, done = raw.row, bool(raw.row["completed"])
        kind, where = self.shown_place(raw.place) if raw.place else ("task", None)
        completion = row.get("completion") or {}
        return {
            "kind": kind,
            "title": line(row["content"]),
            "notes": from_basecamp(row["description"] or ""),
            "state": "done" if done else "open",
            "completed_at": _instant(completion["created_at"]) if done and completion else None,
            "assignees": person_ids(row["assignees"]),
            "start": _day(row["starts_on"]),
            "due": _day(row["due_on"]),
            "list": where,
        }

    def _settle_task(self, fields: dict[str, Value]) -> None:
        start, due = fields.get("start"), fields.get("due")
        if start is not None and not _fits(start, due):
            fields["start"] = None  # without a due date Basecamp makes it a range of one day
        if fields.get("kind") == MILESTONE:
            fields.pop("list", None)
        elif "list" in fields:
            fields["list"] = self._canonical(fields["list"])

    def _canonical(self, name: Value) -> str | None:
        """Return a list's name; None for those whose name carries a meaning in this space."""
        if not isinstance(name, str):
            return None
        folded, deadlines = fold(name), fold(self.options.deadlines)
        taken = folded in ("", fold(self.options.default_list), deadlines)
        return None if taken or folded.startswith(f"{deadlines}{SEPARATOR}") else name


def _event(row: Row, community: ZoneInfo) -> dict[str, Value]:
    all_day = row["all_day"] is True
    read = _first_day if all_day else _instant
    start, end = read(row["starts_at"]), read(row["ends_at"])
    end = end + ONE_DAY if all_day else end  # the last day counts in Basecamp, and not in a record
    shown: dict[str, Value] = {
        "title": line(row["summary"]),
        "notes": from_basecamp(row["description"] or ""),
        "start": start,
        "end": end,
        "rrule": None,
        "meeting_url": line(row.get("join_url")),
        "attendees": attendees(row),
    }
    return {**shown, **fields_of(series_of(row, start, end, community))} if is_recurring(row) else shown


def _creators_clock(row: Row) -> str | None:
    """Return the zone by which a repeating entry is read."""
    creator = row.get("creator")
    return str(creator.get("time_zone")) if is_recurring(row) and isinstance(creator, dict) else None


def _settle_event(fields: dict[str, Value]) -> None:
    start, end = fields.get("start"), fields.get("end")
    if isinstance(start, datetime) and isinstance(end, datetime):
        fields["end"] = max(start, end)
    elif isinstance(start, date) and isinstance(end, date) and not isinstance(start, datetime):
        fields["end"] = end if isinstance(end, datetime) else max(start + ONE_DAY, end)
    if not recurs(RecordType.EVENT, fields):
        for name in _OF_SERIES:
            fields.pop(name, None)  # single entries have no zone either ("Schedule entries")
    if "meeting_url" in fields:
        fields["meeting_url"] = _held_link(fields["meeting_url"])


def _held_link(value: Value) -> str:
    """Return a join link that Basecamp takes; any other stays in the record only."""
    fits = isinstance(value, str) and len(value) <= _LONGEST_LINK and _LINK.fullmatch(value)
    return str(value) if fits else ""


def _fits(start: Value, due: Value) -> bool:
    if not isinstance(start, date) or not isinstance(due, date):
        return False
    if isinstance(start, datetime) == isinstance(due, datetime):
        return start <= due
    return _date(start) <= _date(due)


def _date(value: date) -> date:
    return value.date() if isinstance(value, datetime) else value


def _instant(value: Any) -> datetime:
    return instant(datetime.fromisoformat(value))


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if value else None


def _first_day(value: Any) -> date:
    """Return the day of a bound of an all-day entry, which is a bare date ("Schedule entries")."""
    return date.fromisoformat(str(value)[:10])


def raw_of(remote: Remote) -> Raw:
    """Return what lies behind one of our remotes."""
    raw: Raw = remote.raw
    return raw
