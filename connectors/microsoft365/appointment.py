"""An event as Graph answers it, read without the SDK's models: those take some 5 ms for each one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.contract import Remote
from connectors.microsoft365.marks import PROPERTY, mark_of
from connectors.microsoft365.moments import read_day, read_instant, read_stamp
from domain.fields import RecordType

Json = Mapping[str, Any]

SELECT = (
    *("id", "type", "subject", "body", "isAllDay", "start", "end", "originalStartTimeZone", "location", "attendees"),
    *("isOnlineMeeting", "onlineMeeting", "onlineMeetingUrl", "isCancelled", "isOrganizer", "showAs", "sensitivity"),
    *("iCalUId", "transactionId", "lastModifiedDateTime", "recurrence", "seriesMasterId", "originalStart"),
)
"""The properties that are read."""

CANCELLED = "cancelledOccurrences"
ALONE = (*SELECT, CANCELLED)
"""The properties that are read of one event; only then a master names the occurrences that were deleted."""

EXPAND = f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"
"""Adds our mark, which Graph does not show by itself."""

EXCEPTIONS = "exceptionOccurrences"
"""Adds a master's edited occurrences, likewise."""

FURTHER_EXCEPTIONS = f"{EXCEPTIONS}@odata.nextLink"
"""Where the rest of them is, if they are too many for one answer (OData: expanded collections)."""

SINGLE, MASTER, OCCURRENCE, EXCEPTION = "singleInstance", "seriesMaster", "occurrence", "exception"


@dataclass(frozen=True, slots=True)
class Appointment:
    """What an event shows. `start` and `end` are both days (the end exclusive) or both instants in UTC."""

    subject: str
    html: str
    start: date
    end: date
    zone: str | None
    place: str
    join_url: str
    attendees: frozenset[str]
    is_cancelled: bool
    is_tentative: bool


def appointment_of(raw: Json) -> Appointment:
    """Read an event.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: it is not what the documentation says.
    """
    read = read_day if raw["isAllDay"] else read_instant
    body = raw.get("body") or {}
    return Appointment(
        subject=raw.get("subject") or "",
        html=body.get("content") or "",
        start=read(raw["start"]),
        end=read(raw["end"]),
        zone=raw.get("originalStartTimeZone"),
        place=(raw.get("location") or {}).get("displayName") or "",
        join_url=(raw.get("onlineMeeting") or {}).get("joinUrl") or raw.get("onlineMeetingUrl") or "",
        attendees=_addresses(raw.get("attendees") or ()),
        is_cancelled=raw.get("isCancelled") is True,
        is_tentative=raw.get("showAs") == "tentative",
    )


def _addresses(attendees: Any) -> frozenset[str]:
    found = (((one.get("emailAddress") or {}).get("address") or "").strip().casefold() for one in attendees)
    return frozenset(address for address in found if address)


def without(raw: Json, named: frozenset[str]) -> Json:
    """Return an event without those among its attendees who bear these addresses, also in its edited occurrences."""
    shown, attendees, edited = raw, raw.get("attendees"), raw.get(EXCEPTIONS)
    if isinstance(attendees, list):
        shown = {**shown, "attendees": [one for one in attendees if _address_of(one) not in named]}
    if isinstance(edited, list):
        shown = {**shown, EXCEPTIONS: [without(one, named) if isinstance(one, dict) else one for one in edited]}
    return shown


def _address_of(attendee: Any) -> str | None:
    found = attendee.get("emailAddress") if isinstance(attendee, dict) else None
    address = found.get("address") if isinstance(found, dict) else None
    return address.strip().casefold() if isinstance(address, str) else None


def is_series(raw: Json) -> bool:
    """Tell whether an event is the master of a recurring series."""
    return raw.get("type") == MASTER or bool(raw.get("recurrence"))


def is_of_series(raw: Json) -> bool:
    """Tell whether an event is one occurrence of a series, which is part of its master."""
    return raw.get("type") in (OCCURRENCE, EXCEPTION)


def is_private(raw: Json) -> bool:
    """Tell whether a person marked an event as not for everybody."""
    return (raw.get("sensitivity") or "normal") != "normal"


def is_somebody_elses(raw: Json) -> bool:
    """Tell whether the mailbox was only invited: what is changed in its copy is overwritten by the organiser's."""
    return raw.get("isOrganizer") is False


def is_mirrored(raw: Json) -> bool:
    """Tell whether an event is in the scope of a space."""
    mark = mark_of(raw)
    is_repeated_deadline = mark is not None and mark[0] is RecordType.TASK and is_series(raw)
    return not (is_of_series(raw) or is_private(raw) or is_somebody_elses(raw) or is_repeated_deadline)


def is_online(raw: Json) -> bool:
    """Tell whether an event is an online meeting."""
    return raw.get("isOnlineMeeting") is True or bool(raw.get("onlineMeeting"))


def etag_of(raw: Json) -> str:
    """Return the version: Exchange moves it with every change of the event."""
    return str(raw["@odata.etag"])


def remote_of(raw: Json, kind: RecordType | None = None, mark: str | None = None) -> Remote:
    """Return an event as a remote.

    Args:
        raw: the event; the answer to a write does not show our mark.
        kind: what the event is known to stand for; without it, its mark decides.
        mark: the record it is known to stand for.
    """
    marked = mark_of(raw)
    return Remote(
        id=str(raw["id"]),
        version=etag_of(raw),
        type=kind or (marked[0] if marked else RecordType.EVENT),
        raw=raw,
        modified_at=read_stamp(raw.get("lastModifiedDateTime")),
        mark=mark or (marked[1] if marked else None),
    )
