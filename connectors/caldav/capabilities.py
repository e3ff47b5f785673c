"""What a calendar and a task list of a CalDAV server can hold."""

from __future__ import annotations

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import RecordType

_PLAIN = "plain text (DESCRIPTION); formatting stays in the other tools until somebody edits the text here"

EVENTS = TypeCapabilities(
    fields={
        "title": Held(note="SUMMARY"),
        "notes": Held(note=_PLAIN),
        "start": Held(note="an instant, or a day for all-day events"),
        "end": Held(),
        "zone": Held(note="IANA names; the hour that comes twice is told in UTC"),
        "location": Held(note="LOCATION"),
        "meeting_url": Held(note="CONFERENCE where the event has one, else URL"),
        "attendees": Held(Hold.READ, note="e-mail addresses; copsync invites nobody"),
        "status": Held(note="STATUS"),
        "rrule": Held(note="RRULE"),
        "rdates": Held(note="RDATE"),
        "exdates": Held(note="EXDATE"),
        "overrides": Held(note="components with RECURRENCE-ID; who takes part in one occurrence only is left as it is"),
    },
    conditional=True,
    trash=False,
)

DEADLINES = TypeCapabilities(
    fields={
        "title": Held(note="SUMMARY"),
        "due": Held(Hold.DAY, note="the last day of an all-day event that is free time"),
    },
    shadow=True,
    conditional=True,
    trash=False,
)

TASKS = TypeCapabilities(
    fields={
        "kind": Held(note="a milestone has the category MILESTONE"),
        "title": Held(note="SUMMARY"),
        "notes": Held(note=_PLAIN),
        "state": Held(note="STATUS, COMPLETED and PERCENT-COMPLETE together; a cancelled task counts as done"),
        "completed_at": Held(Hold.READ, note="COMPLETED"),
        "start": Held(note="DTSTART; beside a due date only before it, and of its sort"),
        "due": Held(note="DUE; a day, or an instant"),
        "tags": Held(note="CATEGORIES"),
        "parent": Held(note="RELATED-TO, within the list"),
    },
    conditional=True,
    trash=False,
)

_LIMITS = {
    "requests": "4 at once",
    "recurring tasks": "left alone and not mirrored",
    "series by several rules, or with EXRULE or THISANDFUTURE": "left alone and not mirrored",
    "private entries": "left alone and not mirrored",
}

CALENDAR = Capabilities(types={RecordType.EVENT: EVENTS, RecordType.TASK: DEADLINES}, limits=_LIMITS)
"""A space with `calendar`: its events, and the deadlines that are shown in it."""

TASK_LIST = Capabilities(types={RecordType.TASK: TASKS}, limits=_LIMITS)
"""A space with `tasks`."""

CAPABILITIES = Capabilities(types={RecordType.EVENT: EVENTS, RecordType.TASK: TASKS}, limits=_LIMITS)
"""Both sorts of spaces, for the documentation."""
