"""Files and mentions inside of rich text: kept when somebody changes the text around them elsewhere."""

from __future__ import annotations

import re

from connectors.basecamp.richtext import from_basecamp, to_basecamp

_ELEMENT = re.compile(r"<bc-attachment\b[^>]*/>|<bc-attachment\b[^>]*>.*?</bc-attachment>", re.DOTALL)
_WRAP = re.compile(r"<div>(.*)</div>", re.DOTALL)
_MARKER = "\x00{}\x00"


def keep_attachments(html: str, before: str) -> str:
    """Return new rich text with the files and mentions of the text it replaces.

    Other tools show them as text ("@Ben", a link). Where that text is still there, the element takes its place
    again; where it is not, the element goes to the end, for a file must not be lost because its name was not typed.
    """
    elements: list[str] = _ELEMENT.findall(before)
    left: list[str] = []
    for number, element in enumerate(elements):
        replaced = _in_place(html, element, _MARKER.format(number))
        if replaced is None:
            left.append(element)
        else:
            html = replaced
    for number, element in enumerate(elements):
        html = html.replace(_MARKER.format(number), element)
    return html + (f"<div>{''.join(left)}</div>" if left else "")


def _in_place(html: str, element: str, marker: str) -> str | None:
    """Put a marker where an element reads as text, or return None when it is not there."""
    shown = _unwrapped(to_basecamp(from_basecamp(element)))
    if not shown:
        return None
    boundary = r"(?!\w)" if shown[-1].isalnum() else ""
    found = re.search(re.escape(shown) + boundary, html)
    return html[: found.start()] + marker + html[found.end() :] if found else None


def _unwrapped(html: str) -> str:
    wrap = _WRAP.fullmatch(html)
    return wrap.group(1) if wrap else html
