"""What a listing answer looks like in each tool, so that a fault can change one and still look genuine.

Asana answers ``{"data": [...], "next_page": {...} | null}``, Basecamp a bare array with a ``Link`` header,
Microsoft Graph ``{"value": [...], "@odata.nextLink": "..."}``. The shape of the answer tells them apart.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

Headers = tuple[tuple[bytes, bytes], ...]
Target = tuple[str, tuple[tuple[str, str], ...]]

_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?')
_DELTA_LINK = "@odata.deltaLink"
_STALE_AFTER_A_CUT = {b"link", b"etag", b"last-modified", b"x-total-count", b"content-length"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer of a stand-in, held back before it is sent."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> str | None:
        """Return a header's value by its lower-case name, or None."""
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == name), None)

    def document(self) -> Any | None:
        """Return the parsed body of a successful JSON answer, or None for anything else."""
        if self.status != 200 or "json" not in (self.header(b"content-type") or ""):
            return None
        return json.loads(self.body)

    def with_body(self, body: bytes) -> "Answer":
        """Return the same answer with another body and the length that goes with it."""
        kept = tuple(pair for pair in self.headers if pair[0].lower() != b"content-length")
        return replace(self, headers=(*kept, (b"content-length", str(len(body)).encode())), body=body)


def shorten(answer: Answer, share: float, last: Answer | None = None) -> Answer | None:
    """Cut a listing to the given share of its rows and remove every sign that more would follow.

    Returns None when the answer is no listing or has no row to lose. Validators (ETag) go too, so that
    no later conditional read confirms the cut list.

    Args:
        answer: the page to cut.
        share: how much of its rows stays.
        last: the last page of a delta round, whose link a complete round ends with.
    """
    document = answer.document()
    rows = rows_of(document)
    if not rows:
        return None
    kept = rows[: int(len(rows) * share)]
    headers = tuple(pair for pair in answer.headers if pair[0].lower() not in _STALE_AFTER_A_CUT)
    if isinstance(document, list):
        headers = (*headers, (b"x-total-count", str(len(kept)).encode()))
    complete = _complete_looking(document, kept)
    final = last.document() if last else None
    if isinstance(final, dict) and _DELTA_LINK in final:
        complete[_DELTA_LINK] = final[_DELTA_LINK]
    return replace(answer, headers=headers).with_body(json.dumps(complete).encode())


def rows_of(document: Any) -> list[Any] | None:
    """Return the rows of a listing document of any of the tools, or None if it is no listing."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        rows = document.get("data", document.get("value"))
        return rows if isinstance(rows, list) else None
    return None


def _complete_looking(document: Any, rows: list[Any]) -> Any:
    if isinstance(document, list):
        return rows
    if "data" in document:
        return {**document, "data": rows, **({"next_page": None} if "next_page" in document else {})}
    return {**{key: value for key, value in document.items() if key != "@odata.nextLink"}, "value": rows}


def target_of(path: str, query: str) -> Target:
    """Return what identifies one page: its path and its query whatever the order."""
    return path, tuple(sorted(parse_qsl(query, keep_blank_values=True)))


def next_page(answer: Answer, path: str, query: str) -> tuple[str, str] | None:
    """Return path and query of the page that this answer points to, or None on the last page."""
    if answer.status != 200:
        return None
    link = _NEXT.search(answer.header(b"link") or "")
    if link:
        return _split(link.group(1))
    document = answer.document()
    if not isinstance(document, dict):
        return None
    if document.get("@odata.nextLink"):
        return _split(document["@odata.nextLink"])
    pointer = document.get("next_page")
    return (path, _with_offset(query, pointer["offset"])) if pointer else None


def _split(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.path, parts.query


def _with_offset(query: str, offset: str) -> str:
    pairs = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key != "offset"]
    return urlencode([*pairs, ("offset", offset)])
