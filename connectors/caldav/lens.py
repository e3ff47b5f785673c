"""From an object of a collection to the fields of a record. Pure; :mod:`connectors.caldav.bodies` is the way back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from connectors.caldav.fields import (
    deadline_fields,
    event_fields,
    settle_event,
    settle_task,
    settled,
    task_fields,
)
from connectors.caldav.resource import Resource, entry_of
from connectors.caldav.zones import Zones
from connectors.contract import Remote
from domain.errors import SetAside
from domain.fields import RecordType
from domain.values import Fields, Value

Part = Literal["VEVENT", "VTODO"]


@dataclass(frozen=True, slots=True)
class Lens:
    """The views of one collection.

    Args:
        component: what it holds, events or tasks.
        zones: how times are told in it.
        deadlines: which tasks with a due date a calendar shows.
    """

    component: Part
    zones: Zones
    deadlines: Literal["milestones", "all", "none"] = "milestones"

    @property
    def on_calendar(self) -> bool:
        """Whether the collection holds events."""
        return self.component == "VEVENT"

    def view(self, remote: Remote) -> Fields:
        """Return what a remote shows.

        Raises:
            SetAside: the object is not what iCalendar allows.
        """
        resource: Resource = remote.raw
        try:
            return self.settle(remote.type, self._shown(remote.type, resource))
        except (ValueError, KeyError, IndexError, OverflowError, RecursionError) as odd:
            raise SetAside(
                f"{resource.name} cannot be understood: {odd}.",
                mend="Open it in a calendar program, look at its dates, and save it again; or delete it.",
            ) from odd

    def _shown(self, kind: RecordType, resource: Resource) -> dict[str, Value]:
        entry = entry_of(resource.text)
        if kind is RecordType.EVENT:
            return event_fields(entry, self.zones)
        if self.on_calendar:
            return deadline_fields(entry, self.zones)
        return {**task_fields(entry, self.zones), "parent": resource.parent}

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return fields as a collection can hold them together."""
        found = settled(fields)
        if kind is RecordType.EVENT:
            settle_event(found, self.zones)
        elif not self.on_calendar:
            settle_task(found, self.zones)
        return found

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Show every event in a calendar and every task in a task list; in a calendar also the chosen deadlines."""
        if not self.on_calendar:
            return kind is RecordType.TASK
        if kind is not RecordType.TASK:
            return kind is RecordType.EVENT
        if fields.get("due") is None or self.deadlines == "none":
            return False
        return self.deadlines == "all" or fields.get("kind") == "milestone"
