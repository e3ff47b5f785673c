"""Asana's events, taken as hints: which tasks to read again, and whether that is enough."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connectors.asana.raw import Raw, gid_of

_ARRIVING = frozenset({"added", "undeleted"})


@dataclass(slots=True)
class Hints:
    """What a batch of events amounts to.

    Events carry no values, may come twice or never (Asana: Events), and one edit makes several; so only the tasks
    they name are kept. `changed` maps them to whether they, with their subtasks, may be new here; `gone` were
    deleted last. `everything` asks for a full read, `project` to look whether the project itself is still there.
    """

    changed: dict[str, bool] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    everything: bool = False
    project: bool = False

    def take(self, events: Iterable[Raw], project: str) -> None:
        """Add events, in their order."""
        for event in events:
            resource = event.get("resource")
            gid = gid_of(resource)
            if gid is None or not isinstance(resource, Mapping):
                continue
            kind, action = resource.get("resource_type"), event.get("action")
            if kind == "task":
                self._task(gid, str(action))
            elif kind == "section" and action == "changed":
                self.everything = True  # renamed: every task in it shows another list, and none of them says so
            elif gid == project:
                self.project = True

    def _task(self, gid: str, action: str) -> None:
        if action == "deleted":
            self.gone.add(gid)
            self.changed.pop(gid, None)
        else:
            self.gone.discard(gid)
            self.changed[gid] = self.changed.get(gid, False) or action in _ARRIVING


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the event stream of a project resumes, and how many calls its last full read took."""

    project: str
    sync: str
    calls: int

    def __str__(self) -> str:
        return json.dumps({"project": self.project, "sync": self.sync, "calls": self.calls})


def read_cursor(text: str | None, project: str) -> Cursor | None:
    """Read a cursor back; None if it is none for this project, so that everything is read."""
    try:
        found = json.loads(text) if text else None
    except ValueError:
        return None
    if not isinstance(found, dict) or found.get("project") != project:
        return None
    sync, calls = found.get("sync"), found.get("calls")
    return Cursor(project, sync, calls) if isinstance(sync, str) and isinstance(calls, int) else None
