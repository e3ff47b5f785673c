"""Strict reading of request bodies: names, types and enumerations of the resources a client may write.

The service ignores some mistakes; the stand-in refuses them all, so that a client learns of them here.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sandbox.microsoft365.errors import GraphError, invalid, unreadable

Check = Callable[[str, Any], Any]

_GUID = r"\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}"
_PROPERTY_ID = re.compile(rf"([A-Z]\w+) (?:({_GUID}) (Name \S.*|Id 0x[0-9A-Fa-f]+)|(0x[0-9A-Fa-f]+))")
_MAPI_TYPES = {"Binary", "Boolean", "CLSID", "Currency", "Double", "Integer", "Long", "Short", "String", "SystemTime"}


def text(path: str, value: Any) -> str:
    """Accept a string."""
    if not isinstance(value, str):
        raise unreadable(f"The property '{path}' must be a string.")
    return value


def flag(path: str, value: Any) -> bool:
    """Accept a boolean."""
    if not isinstance(value, bool):
        raise unreadable(f"The property '{path}' must be true or false.")
    return value


def integer(path: str, value: Any) -> int:
    """Accept a 32 bit integer."""
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**31:
        raise unreadable(f"The property '{path}' must be an integer.")
    return value


def day(path: str, value: Any) -> date:
    """Accept a date such as 2026-03-02."""
    try:
        if len(text(path, value)) == len("2026-03-02"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise unreadable(f"The property '{path}' must be a date such as 2026-03-02.")


def short_text(limit: int) -> Check:
    """Accept a string of limited length."""

    def check(path: str, value: Any) -> str:
        if len(text(path, value)) > limit:
            raise invalid(f"'{path}' is longer than {limit} characters.", "ErrorPropertyValidationFailure")
        return str(value)

    return check


def one_of(*names: str) -> Check:
    """Accept one of the members of an enumeration, in its own spelling."""

    def check(path: str, value: Any) -> str:
        if text(path, value) not in names:
            raise unreadable(f"Requested value '{value}' of '{path}' is none of {', '.join(names)}.")
        return str(value)

    return check


def array(of: Check) -> Check:
    """Accept an array."""

    def check(path: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise unreadable(f"The property '{path}' must be an array.")
        return [of(path, entry) for entry in value]

    return check


def nullable(of: Check) -> Check:
    """Accept null too."""
    return lambda path, value: None if value is None else of(path, value)


def record(
    type_name: str, checks: Mapping[str, Check], *, read_only: frozenset[str] = frozenset()
) -> Callable[[str, Any], dict[str, Any]]:
    """Accept an object of a closed type; OData annotations are passed over."""

    def check(path: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise unreadable(f"'{path or type_name}' must be an object of type '{type_name}'.")
        found: dict[str, Any] = {}
        for name, content in value.items():
            if name in checks:
                found[name] = checks[name](f"{path}/{name}" if path else name, content)
            elif not name.startswith("@odata."):
                raise _unknown(type_name, name, read_only)
        return found

    return check


def _unknown(type_name: str, name: str, read_only: frozenset[str]) -> GraphError:
    if name in read_only:
        return invalid(f"The property '{name}' is read-only and cannot be set.", "ErrorInvalidPropertySet")
    return unreadable(f"The property '{name}' does not exist on type '{type_name}' or cannot be written.")


def property_id(path: str, value: Any) -> str:
    """Accept the id of an extended property; the GUID comes back in lower case, the name as it was."""
    match = _PROPERTY_ID.fullmatch(text(path, value))
    if match is None or match[1] not in _MAPI_TYPES:
        raise invalid(
            f"'{value}' is no id of an extended property, such as 'String {{GUID}} Name Example'.",
            "ErrorInvalidProperty",
        )
    return str(value).replace(match[2], match[2].lower()) if match[2] else str(value)


_DAYS = one_of("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_PATTERN = {
    "type": one_of("daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly", "relativeYearly"),
    "interval": integer,
    "month": integer,
    "dayOfMonth": integer,
    "daysOfWeek": array(_DAYS),
    "firstDayOfWeek": _DAYS,
    "index": one_of("first", "second", "third", "fourth", "last"),
}
_RANGE = {
    "type": one_of("endDate", "noEnd", "numbered"),
    "startDate": day,
    "endDate": nullable(day),
    "recurrenceTimeZone": nullable(text),
    "numberOfOccurrences": integer,
}
_RECURRENCE = record(
    "microsoft.graph.patternedRecurrence",
    {
        "pattern": record("microsoft.graph.recurrencePattern", _PATTERN),
        "range": record("microsoft.graph.recurrenceRange", _RANGE),
    },
)
_TIME = record("microsoft.graph.dateTimeTimeZone", {"dateTime": text, "timeZone": text})
_ADDRESS = dict.fromkeys(("street", "city", "state", "countryOrRegion", "postalCode"), nullable(text))


def _number(path: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise unreadable(f"The property '{path}' must be a number.")
    return value


_COORDINATES = dict.fromkeys(("accuracy", "altitude", "altitudeAccuracy", "latitude", "longitude"), nullable(_number))
_LOCATION = record(
    "microsoft.graph.location",
    {
        "displayName": nullable(text),
        "locationEmailAddress": nullable(text),
        "locationUri": nullable(text),
        "locationType": one_of(
            *("default", "conferenceRoom", "homeAddress", "businessAddress", "geoCoordinates", "streetAddress"),
            *("hotel", "restaurant", "localBusiness", "postalAddress"),
        ),
        "address": nullable(record("microsoft.graph.physicalAddress", _ADDRESS)),
        "coordinates": nullable(record("microsoft.graph.outlookGeoCoordinates", _COORDINATES)),
    },
    read_only=frozenset({"uniqueId", "uniqueIdType"}),
)
_ATTENDEE = record(
    "microsoft.graph.attendee",
    {
        "type": one_of("required", "optional", "resource"),
        "emailAddress": record("microsoft.graph.emailAddress", {"address": text, "name": nullable(text)}),
    },
    read_only=frozenset({"status", "proposedNewTime"}),
)
_EVENT: dict[str, Check] = {
    "subject": nullable(short_text(255)),
    "body": nullable(
        record(
            "microsoft.graph.itemBody",
            {"contentType": one_of("text", "html"), "content": nullable(text)},
        )
    ),
    "start": _TIME,
    "end": _TIME,
    "isAllDay": flag,
    "location": nullable(_LOCATION),
    "locations": array(_LOCATION),
    "attendees": array(_ATTENDEE),
    "recurrence": nullable(_RECURRENCE),
    "showAs": one_of("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
    "sensitivity": one_of("normal", "personal", "private", "confidential"),
    "importance": one_of("low", "normal", "high"),
    "categories": array(short_text(255)),
    "isReminderOn": flag,
    "reminderMinutesBeforeStart": integer,
    "responseRequested": nullable(flag),
    "allowNewTimeProposals": nullable(flag),
    "hideAttendees": nullable(flag),
    "isOnlineMeeting": flag,
    "onlineMeetingProvider": one_of("unknown", "skypeForBusiness", "skypeForConsumer", "teamsForBusiness"),
    "singleValueExtendedProperties": array(
        record("microsoft.graph.singleValueLegacyExtendedProperty", {"id": property_id, "value": text})
    ),
}
READ_ONLY = frozenset(
    {
        *("id", "changeKey", "iCalUId", "createdDateTime", "lastModifiedDateTime", "bodyPreview", "isOrganizer"),
        *("isCancelled", "isDraft", "type", "seriesMasterId", "originalStart", "originalStartTimeZone", "webLink"),
        *("originalEndTimeZone", "organizer", "responseStatus", "onlineMeeting", "onlineMeetingUrl"),
        *("hasAttachments", "cancelledOccurrences", "exceptionOccurrences", "instances", "calendar"),
    }
)
"""Properties of an event that the service fills (Graph: event resource type)."""

new_event = record("microsoft.graph.event", {**_EVENT, "transactionId": nullable(text)}, read_only=READ_ONLY)
"""Check of an event to be created."""

event_change = record("microsoft.graph.event", _EVENT, read_only=READ_ONLY | {"transactionId"})
"""Check of a change to an event."""

new_calendar = record(
    "microsoft.graph.calendar",
    {
        "name": text,
        "color": one_of(
            *("auto", "lightBlue", "lightGreen", "lightOrange", "lightGray", "lightYellow", "lightTeal"),
            *("lightPink", "lightBrown", "lightRed", "maxColor"),
        ),
    },
    read_only=frozenset({"id", "changeKey", "owner", "canEdit", "canShare", "isDefaultCalendar", "hexColor"}),
)
"""Check of a calendar to be created."""
