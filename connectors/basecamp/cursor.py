"""Where an incremental read resumes: how far the index was read, and which lists there were."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from connectors.basecamp.container import Scope

_VERSION = 1
OVERLAP = timedelta(minutes=10)
"""How far a read reaches back behind its mark: many records share one `updated_at`, and clocks are not exact."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """What one read leaves for the next.

    `marks` holds, per "type status" of the index, the latest `updated_at` seen there (text as Basecamp wrote it);
    what has none is read to its end. `told` are ids named as gone that the next read will meet again, with their
    `updated_at`, so that each is named once.
    """

    scope: Scope
    lists: Mapping[str, str]
    marks: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return the cursor as an opaque text."""
        held = {
            "v": _VERSION,
            "scope": _ids(self.scope),
            "lists": dict(self.lists),
            "marks": dict(self.marks),
            "told": dict(self.told),
        }
        return json.dumps(held, separators=(",", ":"))

    def since(self, key: str) -> datetime | None:
        """Return the instant down to which the index is read, or None for its end."""
        return reach_of(self.marks.get(key, ""))


def reach_of(mark: str) -> datetime | None:
    """Return the instant down to which a read from this mark on reaches back; None without a mark."""
    return datetime.fromisoformat(mark) - OVERLAP if mark else None


def cursor_from(text: str | None, scope: Scope) -> Cursor | None:
    """Return the cursor of an earlier read; None without one, or with one of another version or other tools."""
    try:
        held = json.loads(text or "null")
        if held["v"] != _VERSION or held["scope"] != _ids(scope):
            return None
        found = Cursor(scope, dict(held["lists"]), dict(held["marks"]), dict(held["told"]))
        if any((since := found.since(key)) and since.tzinfo is None for key in found.marks):
            return None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return found


def _ids(scope: Scope) -> list[str | None]:
    return [scope.project, scope.todoset, scope.schedule]
