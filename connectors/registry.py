"""Finds the installed tools and other extensions; anyone can add one without touching this repository."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import cast

from connectors.contract import Tool
from domain.errors import ConfigProblem

GROUP = "copsync.connectors"


def tool_names() -> list[str]:
    """Return the names of all installed tools, sorted."""
    return installed(GROUP)


@cache
def tool(name: str) -> Tool:
    """Return a tool by its name; only this tool's code is imported.

    Raises:
        ConfigProblem: no such tool is installed.
    """
    return cast("Tool", load(GROUP, name, "tool"))


def installed(group: str) -> list[str]:
    """Return the names of everything that is installed for a group of entry points, sorted."""
    return sorted({entry.name for entry in entry_points(group=group)})


def load(group: str, name: str, what: str) -> object:
    """Return what is installed under a name of a group; `what` says in messages what that is.

    Raises:
        ConfigProblem: nothing of that name is installed.
    """
    for entry in entry_points(group=group, name=name):
        return cast("object", entry.load())
    known = ", ".join(installed(group))
    raise ConfigProblem(f"There is no {what} named '{name}'.", mend=f"Use one of: {known}.")
