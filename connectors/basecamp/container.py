"""The project a space is bound to: whether it can be used, and which of its tools hold to-dos and entries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from connectors.basecamp.client import Client
from connectors.basecamp.items import Row
from connectors.basecamp.options import SpaceOptions
from connectors.contract import Finding
from domain.errors import Paused

_TITLES = {"todoset": "To-dos", "schedule": "Schedule"}
_INACTIVE = "Account Inactive"


@dataclass(frozen=True, slots=True)
class Scope:
    """What is mirrored of a project, by ids; `schedule` is None where events are not mirrored."""

    project: str
    todoset: str
    schedule: str | None


@dataclass(slots=True)
class Container:
    """Finds out what is mirrored, and says why not where it cannot be."""

    client: Client
    options: SpaceOptions
    _scope: Scope | None = None

    async def scope(self) -> Scope:
        """Return the scope; asks Basecamp at first use only."""
        return self._scope or await self.reach()

    async def reach(self) -> Scope:
        """Ask Basecamp for the project and return what is mirrored of it.

        Raises:
            Paused: the project is gone, put away or not accessible, or a tool is missing.
        """
        status, row = await self.client.read_anew("projects", self.options.project)
        problems = [found for found in problems_of(status, row, self.options) if found.level == "error"]
        if problems:
            self._scope = None
            raise Paused(problems[0].message, mend=problems[0].mend)
        self._scope = _scope(row, self.options)
        return self._scope


def problems_of(status: int, row: Row, options: SpaceOptions) -> Sequence[Finding]:
    """Return what keeps a project from being mirrored: how Basecamp answered for it, its status and its tools."""
    unread = _unreadable(status, row, options.project)
    if unread is not None:
        return [unread]
    if row.get("status", "active") != "active":
        where = "in the trash" if row["status"] == "trashed" else str(row["status"])
        return [
            Finding(
                "error",
                f"The Basecamp project “{row.get('name')}” is {where}; nothing in it is read or changed.",
                "Bring it back in Basecamp, or remove the space from copsync.toml.",
            )
        ]
    wanted = ["todoset", "schedule"] if options.events else ["todoset"]
    return [found for name in wanted if (found := _missing(row, name, options)) is not None]


def _unreadable(status: int, answer: Mapping[str, Any], project: str) -> Finding | None:
    if status == HTTPStatus.OK:
        return None
    if answer.get("reason") == _INACTIVE:
        return Finding(
            "error",
            "This Basecamp account is not active: its trial or subscription has ended.",
            "Reactivate the account in Basecamp, or remove its connection and spaces from copsync.toml.",
        )
    if status == HTTPStatus.FORBIDDEN:
        what = f"The user of this connection may not read the Basecamp project {project}"
    else:
        what = f"Basecamp shows no project {project} to the user of this connection (answer {status})"
    return Finding(
        "error",
        f"{what}; nothing is taken for deleted.",
        "Check `project` (the number in the address of the project's page), and add the user of the token to the "
        "project under “Set up people”.",
    )


def _missing(row: Row, name: str, options: SpaceOptions) -> Finding | None:
    title, chosen = _TITLES[name], _chosen(name, options)
    enabled = [str(tool.get("id")) for tool in _enabled(row, name)]
    if chosen is not None and chosen not in enabled:
        known = ", ".join(enabled) or "none"
        return _tool(row, f"has no {title} with the id {chosen} switched on", f"Set `{name}` to one of: {known}.")
    if not enabled:
        mend = f"Switch on {title} in the project's menu under “Change tools”."
        extra = " Or set `events = false` in this space to leave events out." if name == "schedule" else ""
        return _tool(row, f"has {title} switched off", mend + extra)
    if chosen is None and len(enabled) > 1:
        return _tool(row, f"has several tools of the kind {title}", f"Set `{name}` to one of: {', '.join(enabled)}.")
    return None


def _tool(row: Row, what: str, mend: str) -> Finding:
    return Finding("error", f"The Basecamp project “{row.get('name')}” {what}.", mend)


def _scope(row: Row, options: SpaceOptions) -> Scope:
    todoset = _tool_id(row, "todoset", options)
    schedule = _tool_id(row, "schedule", options) if options.events else None
    return Scope(str(row["id"]), todoset, schedule)


def _tool_id(row: Row, name: str, options: SpaceOptions) -> str:
    """Return a tool's id, by its `name`: people rename the title ("Projects: Get a project")."""
    chosen = _chosen(name, options)
    return chosen or next(str(tool["id"]) for tool in _enabled(row, name))


def _enabled(row: Row, name: str) -> list[Row]:
    return [tool for tool in _dock(row) if tool.get("name") == name and tool.get("enabled", True)]


def _chosen(name: str, options: SpaceOptions) -> str | None:
    return options.todoset if name == "todoset" else options.schedule


def _dock(row: Row) -> list[Row]:
    dock = row.get("dock")
    return [tool for tool in dock if isinstance(tool, dict)] if isinstance(dock, list) else []
