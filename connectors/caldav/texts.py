"""Texts as an iCalendar object can hold them."""

from __future__ import annotations

from domain.richtext.plain import from_plain, to_plain
from domain.values import Value


def plain(notes: Value) -> str:
    """Return notes as plain text shows them: formatting becomes characters."""
    return from_plain(to_plain(notes)) if isinstance(notes, str) else ""
