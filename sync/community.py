"""A community as a run sees it: its spaces bound to connectors, its policy, its members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from connectors.contract import Connection, Connector, LaysOut
from domain.lens import Space, never_laid_out
from domain.policy import Policy


@dataclass(frozen=True, slots=True)
class KnownMember:
    """A member whom the admin wrote down; `ids` maps a tool's or a space's name to the person's id there."""

    email: str
    name: str = ""
    role: str = "member"
    ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoundSpace:
    """A space with its connector. `binding` changes when the space is bound to something else."""

    name: str
    tool: str
    connector: Connector
    connection: Connection
    binding: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Community:
    """Everything a run needs to know of a community. Its spaces stand in the order of the configuration.

    `keeps` is how long it is remembered what happened.
    """

    id: str
    name: str
    zone: ZoneInfo
    policy: Policy
    spaces: Sequence[BoundSpace]
    members: Sequence[KnownMember] = ()
    keeps: timedelta = timedelta(days=365)

    def space(self, name: str) -> BoundSpace:
        """Return a space by its name."""
        return next(space for space in self.spaces if space.name == name)

    def planner_spaces(self, persons: Mapping[str, frozenset[str]]) -> list[Space]:
        """Return the spaces as the planner knows them; `persons` are the members that can be named in each."""
        return [
            Space(
                name=space.name,
                capabilities=space.connector.capabilities,
                zone=self.zone,
                settle=space.connector.settle,
                admits=space.connector.admits,
                lays_out=space.connector.lays_out if isinstance(space.connector, LaysOut) else never_laid_out,
                persons=persons.get(space.name, frozenset()),
                read_only=space.read_only,
            )
            for space in self.spaces
        ]
