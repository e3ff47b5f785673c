"""Where a to-do lies: a list, a group of a list, or the to-do set itself; and the table of all such places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.basecamp.texts import fold, line

SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class Place:
    """One place for to-dos. The to-do set itself has no name; a group knows the name of its list."""

    id: str
    name: str | None = None
    group: str | None = None

    @property
    def path(self) -> str | None:
        """The name by which records know the place: "List", "List / Group", or None for the to-do set."""
        return self.name if self.group is None else f"{self.name}{SEPARATOR}{self.group}"


@dataclass(slots=True)
class Places:
    """The active places of one to-do set, by id."""

    todoset: str
    by_id: dict[str, Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.by_id.setdefault(self.todoset, Place(self.todoset))

    def __iter__(self) -> Iterator[Place]:
        """Yield the lists and groups, without the to-do set itself."""
        return (place for place in self.by_id.values() if place.name is not None)

    def add_list(self, row: Mapping[str, Any]) -> Place:
        """Note a to-do list and return its place."""
        return self._add(Place(str(row["id"]), _name(row)))

    def add_group(self, row: Mapping[str, Any], parent: Place) -> Place:
        """Note a group of a list and return its place."""
        return self._add(Place(str(row["id"]), parent.name, _name(row)))

    def add_all(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Note lists and groups in any order; those of other to-do sets are left out."""
        found = list(rows)
        for row in found:
            if parent_id(row) == self.todoset:
                self.add_list(row)
        for row in found:
            parent = self.by_id.get(parent_id(row) or "")
            if parent is not None and parent.name is not None:
                self.add_group(row, parent)

    def of(self, row: Mapping[str, Any]) -> Place | None:
        """Return the place of a to-do, or None when it lies outside of what is known."""
        return self.by_id.get(parent_id(row) or "")

    def named(self, path: str) -> Place | None:
        """Return the list or group of that name: spelled so, else but for case and white space; the oldest first."""
        candidates = sorted(self, key=lambda place: (len(place.id), place.id))
        exact = (place for place in candidates if place.path == path)
        alike = (place for place in candidates if fold(place.path or "") == fold(path))
        return next(exact, None) or next(alike, None)

    def table(self) -> dict[str, str]:
        """Return id -> path of every list and group, to compare two reads by."""
        return {place.id: place.path or "" for place in self}

    def _add(self, place: Place) -> Place:
        self.by_id[place.id] = place
        return place


def parent_id(row: Mapping[str, Any]) -> str | None:
    """Return the id of what a recording lies in."""
    parent = row.get("parent")
    return str(parent["id"]) if isinstance(parent, dict) and "id" in parent else None


def _name(row: Mapping[str, Any]) -> str:
    return line(row.get("name") or row.get("title"))
