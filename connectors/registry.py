"""Finds the installed tools; anyone can add one without touching this repository."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import cast

from connectors.contract import Tool
from domain.errors import ConfigProblem

GROUP = "copsync.connectors"


def tool_names() -> list[str]:
    """Return the names of all installed tools, sorted."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


@cache
def tool(name: str) -> Tool:
    """Return a tool by its name; only this tool's code is imported.

    Raises:
        ConfigProblem: no such tool is installed.
    """
    for entry in entry_points(group=GROUP, name=name):
        return cast("Tool", entry.load())
    known = ", ".join(tool_names())
    raise ConfigProblem(f"There is no tool named '{name}'.", mend=f"Use one of: {known}.")
