"""Reports of runs as the flows receive them."""

from __future__ import annotations

from typing import Any

from sync.report import Report, empty_report


def report(**parts: Any) -> Report:
    """Return a report over two spaces, with some parts filled in."""
    made = empty_report("20261121-120000-abcdef", parts.pop("community", "data-practice"), ["asana", "basecamp"])
    for name, value in parts.items():
        setattr(made, name, value)
    return made


def conflict(*, undecided: bool, value: object = "Plan B") -> dict[str, Any]:
    """Return a conflict about a title."""
    kept, lost = {"space": "asana", "value": "Plan A"}, [{"space": "basecamp", "value": value}]
    return {"record": "task-1", "field": "title", "kept": kept, "lost": lost, "undecided": undecided}


def held(title: str = "Old plan") -> dict[str, Any]:
    """Return a deletion that a guard stopped."""
    reason = "11 of 20 items would be deleted."
    return {"space": "asana", "record": "task-1", "title": title, "guard": "deletions", "field": None, "reason": reason}


def question(title: str = "Call sponsor") -> dict[str, Any]:
    """Return a question about what is the same work."""
    return {"space": "basecamp", "title": title, "remotes": ["1"], "records": ["task-1"], "mend": "Make dates equal."}
