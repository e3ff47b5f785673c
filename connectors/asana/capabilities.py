"""What a project in Asana can hold."""

from __future__ import annotations

from dataclasses import replace

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import RecordType

TASKS = TypeCapabilities(
    fields={
        "kind": Held(note="a deadline is a milestone; approvals count as tasks"),
        "title": Held(),
        "notes": Held(note="headings of two levels, lists, links and emphasis; other nodes stay as they are in Asana"),
        "state": Held(),
        "completed_at": Held(Hold.READ, note="Asana sets it"),
        "assignees": Held(Hold.ONE, note="a task has one assignee"),
        "start": Held(note="only beside a due date and before it; milestones have none"),
        "due": Held(note="a day, or a day with a time"),
        "tags": Held(note="the tags of the workspace, by name"),
        "list": Held(note="the section; subtasks have none"),
        "parent": Held(note="subtasks, five levels deep"),
    },
    notifies=frozenset({"assignees"}),
)
"""Tasks, milestones and subtasks. Asana refuses no stale write, so each is preceded by a read."""

GATHERINGS = TypeCapabilities(
    fields={
        "title": Held(),
        "start": Held(note="the due date; of a series, that of its next date"),
        "end": Held(note="a line in the description, as are zone, place, join link and whether it is called off"),
        "zone": Held(),
        "location": Held(),
        "meeting_url": Held(),
        "status": Held(),
        "rrule": Held(note="one milestone for the whole series, as are its dates and what differs in some"),
        "rdates": Held(),
        "exdates": Held(),
        "overrides": Held(),
    },
    shadow=True,
)
"""Gatherings as milestones: shown where the space has `events_as`, and never read back."""

PROJECT = Capabilities(
    types={RecordType.TASK: TASKS},
    limits={
        "requests": "1,500 a minute on paid plans, 150 on free ones, per token",
        "page": "100 tasks",
        "changes since": "24 hours at most; after that everything is read",
    },
)
"""A space of Asana."""

WITH_GATHERINGS = replace(PROJECT, types={**PROJECT.types, RecordType.EVENT: GATHERINGS})
"""A space of Asana with `events_as = "milestones"`."""
