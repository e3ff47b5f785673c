"""What is sent to Graph: a whole new event, or the properties that change. Pure.

Never with attendees (Outlook would write to them, and nothing can stop it) and always without a reminder.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from connectors.contract import Write
from connectors.microsoft365.lens import ONE_DAY, Lens
from connectors.microsoft365.marks import mark_property, transaction_id
from connectors.microsoft365.moments import write_day, write_instant
from connectors.microsoft365.recurrence import to_graph
from connectors.microsoft365.richtext import to_exchange
from domain.errors import SetAside
from domain.fields import RecordType
from domain.parts import occurrence_of
from domain.recurrence.series import series_from_fields
from domain.values import Fields, Value

Body = dict[str, Any]

TEAMS = "teamsForBusiness"
"""The provider of online meetings (Microsoft Graph: event, onlineMeetingProvider)."""

_SPAN = frozenset({"start", "end", "zone", "rrule"})


def new_event(lens: Lens, write: Write) -> Body:
    """Return the body that creates an event, which can be sent twice without making two.

    Raises:
        SetAside: there is no day to show it on.
    """
    return {
        **changes(lens, write.type, write.view, write.view),
        **_html(write.view.get("notes")),
        **({"showAs": "free"} if write.type is RecordType.TASK else {}),
        "isReminderOn": False,
        "transactionId": transaction_id(write.key),
        "singleValueExtendedProperties": [mark_property(write.type, write.mark)],
    }


def online_meeting(write: Write) -> Body:
    """Return what makes a new gathering a Teams meeting; nothing where people meet elsewhere, or all day.

    A series has one meeting; where it is laid out in single events, each would have its own, so they get none.
    """
    is_gathering = write.type is RecordType.EVENT and occurrence_of(write.mark) is None
    if not is_gathering or write.known.get("meeting_url") or not isinstance(write.view.get("start"), datetime):
        return {}
    return {"isOnlineMeeting": True, "onlineMeetingProvider": TEAMS}


def changes(lens: Lens, kind: RecordType, fields: Fields, view: Fields) -> Body:
    """Return the properties that set some fields; notes are left to the caller, who has to see the old ones.

    Start, end and zone always go together, because each is understood by the others.
    """
    body: Body = {}
    if "title" in fields:
        body["subject"] = fields["title"] or ""
    if kind is RecordType.TASK:
        return body | (_deadline(lens, view.get("due")) if "due" in fields else {})
    if "location" in fields:
        body["location"] = {"displayName": fields["location"] or ""}
    return body | (span(lens, view) | recurrence(lens, view) if _SPAN & fields.keys() else {})


def recurrence(lens: Lens, view: Fields) -> Body:
    """Return the property by which an event recurs, nothing for one that takes place once.

    Raises:
        SetAside: Outlook has no pattern for it.
    """
    series = series_from_fields(view)
    if series is None:
        return {}
    return {"recurrence": to_graph(series, lens.zones.windows(series.zone or lens.home.key))}


def html_body(content: str) -> Body:
    """Return the property that holds the notes."""
    return {"body": {"contentType": "html", "content": content}}


def _html(notes: Value) -> Body:
    return html_body(to_exchange(notes)) if isinstance(notes, str) and notes else {}


def _deadline(lens: Lens, due: Value) -> Body:
    if not isinstance(due, date):
        raise _without_a_day()
    day = due.astimezone(lens.home).date() if isinstance(due, datetime) else due
    return _all_day(lens, day, day + ONE_DAY)


def span(lens: Lens, view: Fields) -> Body:
    """Return the properties that say when an event takes place.

    Raises:
        SetAside: it has no date.
    """
    start, end, zone = view.get("start"), view.get("end"), view.get("zone")
    if isinstance(start, datetime) and isinstance(end, datetime):
        clock, windows = lens.zones.clock(zone), lens.zones.windows(zone)
        return {
            "isAllDay": False,
            "start": write_instant(start, clock, windows),
            "end": write_instant(end, clock, windows),
        }
    if isinstance(start, date) and isinstance(end, date):
        return _all_day(lens, start, end)
    raise _without_a_day()


def _all_day(lens: Lens, first: date, after: date) -> Body:
    """Return the span of whole days; in the community's zone, so that every Outlook shows them on these days."""
    windows = lens.zones.windows(lens.home.key)
    return {"isAllDay": True, "start": write_day(first, windows), "end": write_day(after, windows)}


def _without_a_day() -> SetAside:
    return SetAside(
        "An item without a date cannot be shown in a calendar.", mend="Give it a date in the tool it comes from."
    )
