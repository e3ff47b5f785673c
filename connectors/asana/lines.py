"""The lines in a milestone's description that tell when and where its gathering is.

What people write above and below them is theirs and stays as it is, byte for byte.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

from connectors.asana.mapping import clean
from connectors.asana.signs import MARK, mark_line
from domain.errors import Stale
from domain.values import Fields, Value

SAYS = frozenset({"start", "end", "zone", "location", "meeting_url", "status"})
"""The fields that the lines tell."""

_LINE = re.compile(r"(?:^|(?<=>))(?:When|Where|Join|Status): ")
_ONE_DAY = timedelta(days=1)


def description(record: str, view: Fields, zone: ZoneInfo) -> str:
    """Return the description of a new milestone."""
    return f"<body>{_lines(record, view, zone)}</body>"


def renewed(html_notes: str, record: str, view: Fields, zone: ZoneInfo) -> str:
    """Return a description with our lines as they are to be now, in their place, and everything else as it is.

    Raises:
        Stale: somebody took our line out.
    """
    mark = MARK.search(html_notes)
    if mark is None:
        raise Stale("The milestone no longer says that it stands for a gathering.")
    return html_notes[: _beginning(html_notes, mark.start())] + _lines(record, view, zone) + html_notes[mark.end() :]


def _beginning(html_notes: str, mark: int) -> int:
    """Return where our lines begin: those right above the mark that begin with one of our words."""
    begin = mark
    while begin and html_notes[begin - 1] == "\n":
        above = html_notes.rfind("\n", 0, begin - 1) + 1
        ours = _LINE.search(html_notes[above : begin - 1])
        if ours is None:
            break
        begin = above + ours.start()
    return begin


def _lines(record: str, view: Fields, zone: ZoneInfo) -> str:
    where, link = _words(view.get("location")), str(view.get("meeting_url") or "")
    lines = [
        f"When: {_when(view, zone)}",
        f"Where: {where}" if where else "",
        f"Join: {_linked(link)}" if link else "",
        "Status: called off" if view.get("status") == "cancelled" else "",
        mark_line(record),
    ]
    return "\n".join(line for line in lines if line)


def _words(text: Value) -> str:
    return escape(clean(str(text or "")).strip(), quote=False)


def _linked(url: str) -> str:
    """Return an address as a link where Asana takes it for one."""
    words = clean(url).strip()
    is_link = words.startswith(("https://", "http://")) and not re.search(r"\s", words)
    return f'<a href="{escape(words)}">{escape(words, quote=False)}</a>' if is_link else escape(words, quote=False)


def _when(view: Fields, home: ZoneInfo) -> str:
    start, end = view.get("start"), view.get("end")
    if isinstance(start, datetime) and isinstance(end, datetime):
        zone = ZoneInfo(str(view.get("zone") or home.key))
        first, last = start.astimezone(zone), end.astimezone(zone)
        until = f"{last:%H:%M}" if last.date() == first.date() else f"{_day(last)}, {last:%H:%M}"
        return f"{_day(first)}, {first:%H:%M} to {until} ({zone.key})"
    if isinstance(start, date) and isinstance(end, date):
        last_day = max(start, end - _ONE_DAY)
        return _day(start) if last_day == start else f"{_day(start)} to {_day(last_day)}"
    return "not yet known"


def _day(day: date) -> str:
    return f"{('Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun')[day.weekday()]} {day:%Y-%m-%d}"
