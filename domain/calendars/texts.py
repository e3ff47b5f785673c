"""Texts, addresses and people of calendar entries, as records hold them."""

from __future__ import annotations

import re

from domain.calendars.lines import text_of
from domain.calendars.tree import Block
from domain.richtext.characters import clean
from domain.richtext.plain import from_plain
from domain.values import Value

STATUS_OF = {"TENTATIVE": "tentative", "CANCELLED": "cancelled"}

_WHITE = re.compile(r"[\t\n]+")
_SPACE = re.compile(r"\s+")
_MAILTO = "mailto:"


def one_line(text: Value) -> str:
    """Return a text as a field of one line can hold it."""
    return _WHITE.sub(" ", clean(text)).strip() if isinstance(text, str) else ""


def address(text: Value) -> str:
    """Return a text as a URI can hold it."""
    return _SPACE.sub("", clean(text)) if isinstance(text, str) else ""


def text_fields(block: Block) -> dict[str, Value]:
    """Return what an event says beside its times."""
    return {
        "title": one_line(text_of(block.value("SUMMARY"))),
        "notes": from_plain(text_of(block.value("DESCRIPTION"))),
        "location": one_line(text_of(block.value("LOCATION"))),
        "meeting_url": address(block.value("CONFERENCE") or block.value("URL")),
        "attendees": _attendees(block),
        "status": STATUS_OF.get(block.value("STATUS").strip().upper(), "confirmed"),
    }


def _attendees(block: Block) -> frozenset[str]:
    values = (line.value.strip().casefold() for _, line in block.all("ATTENDEE"))
    return frozenset(filter(None, (one.removeprefix(_MAILTO).strip() for one in values if one.startswith(_MAILTO))))
