"""Feeds as another library reads them."""

from __future__ import annotations

from typing import Any

from icalendar import Calendar


def read(content: bytes | str) -> Any:
    """Read a calendar; icalendar's types say that any property may be anything."""
    return Calendar.from_ical(content)
