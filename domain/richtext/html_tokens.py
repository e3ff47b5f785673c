"""Cutting HTML and XML into tags and text with their offsets, in linear time whatever the input.

Tools send tag soup, and anybody can send an invitation: a tree-building parser costs quadratic time on deeply nested
or never closed tags, and forgets where in the source an element stood. Here nothing is nested and nothing recurses.
Declarations, comments and processing instructions are skipped, so entities of a DTD never exist.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

Attributes = Mapping[str, str]

VOID: frozenset[str] = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)

# Elements whose content is no text of the author's. A missing end tag makes the raw ones swallow the rest, as in
# browsers; of the others only the tag is skipped.
_RAW = frozenset({"script", "style", "title", "iframe", "noembed", "noframes"})
_SKIPPED = _RAW | {"head", "template", "svg", "math"}

_OPENING = re.compile(r"<(?=[A-Za-z/!?])")
_TAG = re.compile(
    r"<(/?)([A-Za-z][^\s/>]*+)"
    r"((?:[^=>]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')|=)*+)>"
)
_ATTRIBUTE = re.compile(r"([^\s=/>\"'][^\s=/>]*+)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s>]++)))?")


class Token(NamedTuple):
    """A piece of the source: ``source[start:end]``.

    ``name`` is the tag's, in lower case, or ""; ``body`` is the text as written (references unresolved) or the
    attributes of a start tag; ``void`` says that no end tag belongs to this start tag.
    """

    kind: Literal["text", "start", "end"]
    name: str
    body: str
    start: int
    end: int
    void: bool = False


def tokens(source: str) -> Iterator[Token]:
    """Cut a source into text, start tags and end tags, in order; scripts, styles and the like are left out."""
    position = 0
    missing: set[str] = set()
    while (opening := _OPENING.search(source, position)) is not None:
        start = opening.start()
        if start > position:
            yield Token("text", "", source[position:start], position, start)
        tag = _TAG.match(source, start)
        if tag is None:
            position = _after_declaration(source, start)
            if position == start:
                break  # a tag that never ends: the rest is text
            continue
        name, end = tag[2].lower(), tag.end()
        if tag[1]:
            yield Token("end", name, "", start, end)
        elif name in _SKIPPED:
            end = _after_skipped(source, name, end, missing)
        else:
            yield Token("start", name, tag[3], start, end, name in VOID or _closes_itself(tag[3]))
        position = end
    if position < len(source):
        yield Token("text", "", source[position:], position, len(source))


def _closes_itself(body: str) -> bool:
    """Tell ``<a x="y"/>`` from ``<a href=http://x/>``."""
    body = body.rstrip()
    return body.endswith("/") and body[-2:-1] in ("", " ", "\t", "\n", "\r", '"', "'")


def _after_declaration(source: str, start: int) -> int:
    """Skip a comment, a declaration, a processing instruction or a nameless end tag; else stay."""
    if source.startswith("<!--", start):
        end = source.find("-->", start + 4)
        return end + 3 if end >= 0 else len(source)
    if source.startswith(("<!", "<?", "</"), start):
        end = source.find(">", start)
        return end + 1 if end >= 0 else start
    return start


def _after_skipped(source: str, name: str, start: int, missing: set[str]) -> int:
    end = None if name in missing else re.compile(rf"</{name}\s*>", re.IGNORECASE).search(source, start)
    if end is not None:
        return end.end()
    missing.add(name)
    return len(source) if name in _RAW else start


def attributes(body: str) -> Attributes:
    """Read the attributes of a start tag; names in lower case, references resolved, the first of two alike wins."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(body):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), html.unescape(value))
    return found


def element_end(source: str, name: str, start: int) -> tuple[int, int] | None:
    """Find the first end tag of ``name`` after ``start``: where it begins and ends, or None."""
    end = re.compile(rf"</{re.escape(name)}\s*>", re.IGNORECASE).search(source, start)
    return (end.start(), end.end()) if end else None


def plain_text(source: str) -> str:
    """Read the bare text of a small piece of HTML, white space collapsed."""
    parts = [html.unescape(token.body) if token.kind == "text" else " " for token in tokens(source)]
    return " ".join("".join(parts).split())
