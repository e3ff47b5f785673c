"""What the calendar of a mailbox or a group can hold."""

from __future__ import annotations

from dataclasses import replace

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import RecordType

LONGEST_LINE = 255
"""How many characters Exchange keeps of a subject or a place."""

_EVENT = TypeCapabilities(
    fields={
        "title": Held(max_length=LONGEST_LINE),
        "notes": Held(note="formatting that HTML knows; joining details of a Teams meeting are left out and stay"),
        "start": Held(note="an instant, or a day for all-day events"),
        "end": Held(note="an event without a length is shown as half an hour"),
        "zone": Held(note="zones that Windows does not tell apart count as one; all-day events have none"),
        "location": Held(max_length=LONGEST_LINE),
        "meeting_url": Held(Hold.READ, note="the join link of a Teams meeting; `meetings` asks for one"),
        "attendees": Held(Hold.READ, note="e-mail addresses; copsync invites nobody"),
        "status": Held(Hold.READ, note="tentative where the time is shown as tentative"),
        "rrule": Held(note="what Outlook's patterns can say; other series are laid out for the coming twelve months"),
        "rdates": Held(note="as single events beside the series"),
        "exdates": Held(note="occurrences deleted in Outlook; a restored one stands beside the series"),
        "overrides": Held(note="period, title, notes and place of single occurrences"),
    },
    conditional=True,
)

_DEADLINE = TypeCapabilities(
    fields={
        "title": Held(max_length=LONGEST_LINE),
        "due": Held(Hold.DAY, note="the last day of an all-day event marked free"),
    },
    shadow=True,
    conditional=True,
)

CAPABILITIES = Capabilities(
    types={RecordType.EVENT: _EVENT, RecordType.TASK: _DEADLINE},
    limits={
        "requests": "10,000 in 10 minutes and 4 at once for one app and mailbox",
        "private events": "left alone and not mirrored",
    },
)
"""A calendar's events, and the deadlines that are shown in it."""

_GROUP_EVENT = replace(
    _EVENT,
    fields={
        **_EVENT.fields,
        "attendees": Held(Hold.READ, note="e-mail addresses, without those of the group and the service user"),
    },
    conditional=False,
)

GROUP_CAPABILITIES = Capabilities(
    types={RecordType.EVENT: _GROUP_EVENT, RecordType.TASK: replace(_DEADLINE, conditional=False)},
    limits={**CAPABILITIES.limits, "members who follow the group": "get an e-mail from Outlook at every change"},
)
"""The same in the calendar of a group. That its events are refused by an old version (If-Match) is written nowhere, so
each is read before it is changed.
"""
