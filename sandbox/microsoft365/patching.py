"""From a checked request body to the details of an event, with the rules that Outlook keeps."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from sandbox.microsoft365.bodies import EMPTY, body_from
from sandbox.microsoft365.errors import GraphError, failed_validation, invalid
from sandbox.microsoft365.items import Details, When
from sandbox.microsoft365.zones import YEARS, parse_wall, windows_name

_MOST_ATTENDEES = 500
_NO_PLACE: dict[str, Any] = {
    "displayName": "",
    "locationType": "default",
    "uniqueIdType": "unknown",
    "address": {},
    "coordinates": {},
}
_DEFAULTS: dict[str, Any] = {
    "subject": "",
    "importance": "normal",
    "sensitivity": "normal",
    "showAs": "busy",
    "categories": [],
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "responseRequested": True,
    "allowNewTimeProposals": True,
    "hideAttendees": False,
    "location": _NO_PLACE,
    "locations": [],
    "attendees": [],
}


def new_details(values: Mapping[str, Any], *, meetings: bool, seed: str) -> Details:
    """Return the details of an event to be created.

    Args:
        values: the request body after its check.
        meetings: whether the mailbox may hold online meetings.
        seed: makes the address of an online meeting its own.
    """
    if "start" not in values or "end" not in values:
        raise failed_validation("an event needs a start and an end.")
    when = _when(values, None)
    blank = Details(when, dict(_DEFAULTS), EMPTY, {})
    return changed(blank, values, meetings=meetings, seed=seed)


def changed(details: Details, values: Mapping[str, Any], *, meetings: bool, seed: str) -> Details:
    """Return the details after a change; arguments as for a new event."""
    result = replace(
        details,
        when=_when(values, details.when),
        fields={**details.fields, **_fields(values)},
        extended={**details.extended, **_extended(values)},
    )
    if "body" in values:
        result = replace(result, body=body_from(values["body"]))
        if result.join_url and not result.body.holds_meeting(result.join_url):
            # Graph, Update event: a body without the meeting blob disables the online meeting.
            result = replace(result, join_url=None)
    return _with_meeting(result, values, seed) if meetings else result


def touched(values: Mapping[str, Any]) -> set[str]:
    """Return the properties that a change touches, with those that follow from them."""
    return set(values) | ({"location", "locations"} if values.keys() & {"location", "locations"} else set())


def _when(values: Mapping[str, Any], before: When | None) -> When:
    if before and not values.keys() & {"start", "end", "isAllDay"}:
        return before
    start, start_zone = (
        _moment(values["start"]) if "start" in values or not before else (before.start, before.start_zone)
    )
    end, end_zone = _moment(values["end"]) if "end" in values or not before else (before.end, before.end_zone)
    all_day = values.get("isAllDay", before.all_day if before else False)
    when = When(start, end, start_zone, end_zone, all_day)
    _check_order(when)
    if all_day:
        _check_all_day(when)
    return when


def _moment(sent: Mapping[str, Any]) -> tuple[Any, str]:
    if "dateTime" not in sent:
        raise failed_validation("a start or end needs a dateTime.")
    if "timeZone" not in sent:
        raise GraphError(400, "TimeZoneNotSupportedException", "A valid TimeZone value must be specified.")
    wall = parse_wall(sent["dateTime"])
    if wall.year not in YEARS:
        raise failed_validation("the year of a start or end is out of range.")
    return wall, windows_name(sent["timeZone"])


def _check_order(when: When) -> None:
    if when.ends <= when.starts:
        raise invalid("The end must be after the start.", "ErrorCalendarEndDateIsEarlierThanStartDate")


def _check_all_day(when: When) -> None:
    for name, wall in (("Start", when.start), ("End", when.end)):
        if wall.time() != time():
            raise invalid(f"The Event.{name} property of an all-day event has to be midnight.")
    if when.start_zone != when.end_zone:
        raise invalid("Start and end of an all-day event must be in the same time zone.")
    if when.end - when.start < timedelta(days=1):
        raise invalid("An all-day event lasts at least one day.")


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: values[name] for name in values.keys() & _DEFAULTS.keys()}
    for name in fields.keys() & {"subject", "responseRequested", "allowNewTimeProposals", "hideAttendees"}:
        fields[name] = _DEFAULTS[name] if fields[name] is None else fields[name]
    if "attendees" in fields:
        fields["attendees"] = _attendees(fields["attendees"])
    return fields | _places(values)


def _places(values: Mapping[str, Any]) -> dict[str, Any]:
    """Writing location replaces locations, and the other way round."""
    if "locations" in values:
        places = [_place(sent) for sent in values["locations"] if sent.get("displayName")]
        names = "; ".join(place["displayName"] for place in places)
        return {"location": places[0] if len(places) == 1 else _place({"displayName": names}), "locations": places}
    if "location" in values:
        place = _place(values["location"] or {})
        return {"location": place, "locations": [place] if place["displayName"] else []}
    return {}


def _place(sent: Mapping[str, Any]) -> dict[str, Any]:
    name = sent.get("displayName")
    if not name:
        return _NO_PLACE
    given = {key: value for key, value in sent.items() if value is not None}
    return {"locationType": "default", **given, "uniqueId": name, "uniqueIdType": "private"}


def _attendees(sent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(sent) > _MOST_ATTENDEES:
        raise invalid(f"An event has at most {_MOST_ATTENDEES} attendees.", "ErrorExceededMaxRecipientLimit")
    return [_attendee(attendee) for attendee in sent]


def _attendee(sent: dict[str, Any]) -> dict[str, Any]:
    address = sent.get("emailAddress", {}).get("address")
    if not address:
        raise failed_validation("an attendee needs an emailAddress with an address.")
    return {
        "type": sent.get("type", "required"),
        "status": {"response": "none", "time": "0001-01-01T00:00:00Z"},
        "emailAddress": {"name": sent["emailAddress"].get("name") or address, "address": address},
    }


def _extended(values: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for sent in values.get("singleValueExtendedProperties", ()):
        if "id" not in sent or "value" not in sent:
            raise failed_validation("an extended property needs an id and a value.")
        found[sent["id"]] = sent["value"]
    return found


def _with_meeting(details: Details, values: Mapping[str, Any], seed: str) -> Details:
    """Make it an online meeting if asked to; once it is one, the switch and the provider are ignored."""
    wanted = values.get("isOnlineMeeting") and values.get("onlineMeetingProvider") in (None, "teamsForBusiness")
    if not wanted or details.join_url:
        return details
    thread = hashlib.sha256(seed.encode()).hexdigest()[:40]
    join_url = f"https://teams.example.org/l/meetup-join/19%3ameeting_{thread}%40thread.v2/0"
    return replace(details, join_url=join_url, body=details.body.with_meeting(join_url))
