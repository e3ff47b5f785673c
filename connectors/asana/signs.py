"""How copsync knows the milestones again that stand for gatherings.

Asana keeps no mark that an account with a token could read, so the description holds one: a line by which a task is
the sign of a gathering. Whoever takes the line out has a milestone of their own; a sign has another remote id than the
task behind it, so that neither is ever taken for the other.
"""

from __future__ import annotations

import re
from html import escape, unescape
from typing import Any

MARK = re.compile(r"Kept in step by copsync \[(event-[^\]\s<]{1,200})\][^\n<]*")
"""The line in a description."""

_SIGN = ":gathering"


def mark_line(record: str) -> str:
    """Return the line for a record."""
    return f"Kept in step by copsync [{escape(record)}]; without this line the milestone is your own."


def sign_id(gid: str) -> str:
    """Return the remote id under which a task stands for a gathering; without the line, it is a task under its gid."""
    return gid + _SIGN


def task_id(remote: str) -> str:
    """Return the gid of the task behind a remote id."""
    return remote.removesuffix(_SIGN)


def other_id(remote: str) -> str:
    """Return the id of the same task when somebody takes our line out of it, or puts one in."""
    gid = task_id(remote)
    return gid if gid != remote else sign_id(gid)


def gathering_in(html_notes: Any) -> str | None:
    """Return the id of the record that a description stands for, or None where our line is not in it."""
    if not isinstance(html_notes, str) or "copsync" not in html_notes:
        return None
    found = MARK.search(html_notes)
    return unescape(found[1]) if found else None
