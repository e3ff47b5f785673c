"""The shape every rich text takes between two tools, small enough to compare with ``==``.

Inline text is a row of spans, not a tree of tags: a span carries its text, the set of its marks and its link.
So ``<b><i>x</i></b>`` and ``<i><b>x</b></i>`` are the same thing here, and comparing meaning is comparing values.
A line break is a line feed in a span's text. A mention is the plain text ``@Name``: written back as
text it reaches nobody's inbox.

`domain.richtext.tidy` brings any document into its normal form; readers return documents in that form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

Mark = Literal["strong", "emphasis", "strike", "code"]
Kind = Literal["paragraph", "heading", "quote", "list", "code", "rule"]

MAX_DEPTH = 16
"""How many quotes and lists may contain each other. Deeper ones are dissolved into the sixteenth: their text
stays, their indentation goes. No tool shows that many levels, and hostile input must not exhaust the stack."""

PLAIN: frozenset[Mark] = frozenset()


class Span(NamedTuple):
    """A run of text with one set of marks and at most one link (``href`` is empty where there is none)."""

    text: str
    marks: frozenset[Mark] = PLAIN
    href: str = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text between two blank lines."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Heading:
    """A title of level 1 to 6, on one line."""

    level: int
    spans: Spans


@dataclass(frozen=True, slots=True)
class Quote:
    """Blocks that somebody else said."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class List:
    """A bulleted list, or a numbered one that begins at ``start`` (0 to 999,999,999; 1 for bullets)."""

    items: tuple[tuple[Block, ...], ...]
    ordered: bool = False
    start: int = 1


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines to be shown exactly as they are; ``language`` is one word or empty."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across the page."""


Block = Paragraph | Heading | Quote | List | CodeBlock | Rule


@dataclass(frozen=True, slots=True)
class Document:
    """A whole note."""

    blocks: tuple[Block, ...] = ()


def mention(name: str) -> Span:
    """Name a person in a text without notifying them, whichever tool the text ends up in."""
    return Span("@" + " ".join(name.split()).removeprefix("@"))
