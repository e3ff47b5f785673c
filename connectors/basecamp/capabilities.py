"""What a Basecamp project can hold."""

from __future__ import annotations

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import RecordType

SERIES = "read from entries that repeat; written as single entries, twelve months ahead"
PACE = "50 requests in 10 seconds per address, shared by everything behind it; copsync keeps below it"

_TASK = TypeCapabilities(
    fields={
        "kind": Held(note="a milestone is a to-do in the list named by `deadlines`"),
        "title": Held(note='an empty title shows as "Untitled"'),
        "notes": Held(note="formatting that Basecamp knows; files and mentions in the text stay"),
        "state": Held(),
        "completed_at": Held(Hold.READ, note="Basecamp sets it when the to-do is ticked off"),
        "assignees": Held(note="people who are on the project"),
        "start": Held(Hold.DAY, note="only together with a due date"),
        "due": Held(Hold.DAY),
        "list": Held(note='to-do lists, and groups as "List / Group"; a milestone has none'),
    },
    restores=True,
)

_EVENT = TypeCapabilities(
    fields={
        "title": Held(note='an empty title shows as "Untitled"'),
        "notes": Held(note="formatting that Basecamp knows; files and mentions in the text stay"),
        "start": Held(),
        "end": Held(),
        "zone": Held(note="of entries that repeat; single ones have none"),
        "rrule": Held(note=SERIES),
        "rdates": Held(note="as single entries"),
        "exdates": Held(note="the entry of that date goes to the trash"),
        "overrides": Held(note="in the entry of that date"),
        "meeting_url": Held(note="the join link: a web address of at most 2500 characters"),
        "attendees": Held(Hold.READ, note="participants by e-mail, or by name where the e-mail is hidden"),
    },
    restores=True,
    discussed=True,
)

_LIMITS = {"requests": PACE, "series": SERIES}

CAPABILITIES = Capabilities(types={RecordType.TASK: _TASK, RecordType.EVENT: _EVENT}, limits=_LIMITS)
"""A project's to-dos and its schedule."""

TASKS_ONLY = Capabilities(types={RecordType.TASK: _TASK}, limits=_LIMITS)
"""A project whose schedule is not mirrored."""
