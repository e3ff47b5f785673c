"""What one tool's rich text holds: how it is read, how it is written, and what is left of a note inside it.

A connector declares its tool here as data; `hold` then tells, without writing any HTML, what a note becomes in that
tool. The law every dialect obeys: reading what was written gives what the tool holds of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain, groupby
from typing import Literal

from domain.richtext.characters import fold_spaces, safe_href
from domain.richtext.html_tokens import Attributes
from domain.richtext.tidy import tidy_leaf
from domain.richtext.tree import (
    Block,
    CodeBlock,
    Document,
    Heading,
    Kind,
    List,
    Mark,
    Paragraph,
    Quote,
    Rule,
    Span,
    Spans,
)

Atom = Callable[[Attributes, str], Span]
"""Reads an element as a whole: its attributes and its inner source give a span of text, empty to drop it."""

ALL_KINDS: frozenset[Kind] = frozenset({"paragraph", "heading", "quote", "list", "code", "rule"})

MARK_OF_TAG: Mapping[str, Mark] = {
    "b": "strong", "strong": "strong",
    "i": "emphasis", "em": "emphasis", "cite": "emphasis", "dfn": "emphasis", "var": "emphasis",
    "s": "strike", "strike": "strike", "del": "strike",
    "code": "code", "kbd": "code", "samp": "code", "tt": "code",
}  # fmt: skip
"""The tags that mean a mark. ``u`` and ``ins`` are missing: CommonMark has no underline, their text stays plain."""


def address(attributes: Attributes) -> str:
    """Read where an ``<a>`` leads; "" makes it plain text. Replaced where a tool writes mentions as links."""
    return attributes.get("href", "")


def picture(attributes: Attributes, _inner: str) -> Span:
    """Read an ``<img>`` as a link named by its alternative text, or as that text where the address is not safe."""
    source = safe_href(attributes.get("src", ""))
    return Span(attributes.get("alt", "").strip() or source, href=source)


@dataclass(frozen=True, slots=True)
class Reading:
    """How a tool's HTML is read.

    ``newlines``: line feeds in text are line breaks (else they are spaces, as in HTML). ``folds_spaces``: no-break
    spaces are spaces. ``rule_text``: a paragraph of just this text is a rule. ``atoms``: elements read as a whole.
    """

    newlines: bool = False
    folds_spaces: bool = False
    rule_text: str = ""
    marks: Mapping[str, Mark] = field(default_factory=lambda: MARK_OF_TAG)
    address: Callable[[Attributes], str] = address
    atoms: Mapping[str, Atom] = field(default_factory=lambda: {"img": picture})


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a tool's rich text can express and how it is spelled. The defaults are ordinary, generous HTML.

    ``marks``: the tag of each mark the tool holds. ``headings``: the levels it holds; others become bold paragraphs.
    ``holds``: the kinds of block at the top; ``item_holds`` and ``quote_holds``: those inside list items and quotes.
    ``item_lines``: paragraphs of one item become lines of one paragraph. ``numbering``: lists keep their first number.
    ``joins_neighbours``: two lists of one kind, or two quotes, that touch are one.

    Spelling: ``paragraph`` is the tag around text ("" for none); ``blank_line``, if given, stands between paragraphs
    that share one such element; ``bare`` paragraphs in items and quotes go without the element; ``seam`` stands
    between text and other blocks; ``rule`` is a tag, or a line of text that stands for it.
    """

    reading: Reading = field(default_factory=Reading)
    marks: Mapping[Mark, str] = field(
        default_factory=lambda: {"strong": "strong", "emphasis": "em", "strike": "s", "code": "code"}
    )
    headings: frozenset[int] = frozenset(range(1, 7))
    holds: frozenset[Kind] = ALL_KINDS
    item_holds: frozenset[Kind] = ALL_KINDS
    quote_holds: frozenset[Kind] = ALL_KINDS
    item_lines: bool = False
    numbering: bool = True
    joins_neighbours: bool = False
    paragraph: str = "p"
    blank_line: str = ""
    bare: bool = False
    seam: str = ""
    line_break: str = "<br>"
    rule: str = "<hr>"
    links_addresses: bool = True


HTML = Dialect()
"""Ordinary HTML with all that notes can hold."""

Place = Literal["body", "item", "quote"]


def hold(document: Document, dialect: Dialect) -> Document:
    """Tell what is left of a note (in normal form) in a tool: its view of it. Holding that again changes nothing."""
    return Document(tuple(_held(document.blocks, dialect, "body")))


def _held(blocks: Iterable[Block], dialect: Dialect, place: Place) -> list[Block]:
    kinds = {"body": dialect.holds, "item": dialect.item_holds, "quote": dialect.quote_holds}[place]
    out = list(chain.from_iterable(_block(block, dialect, place, kinds) for block in blocks))
    if place == "item" and dialect.item_lines:
        out = _joined_lines(out)
    return _joined_neighbours(out) if dialect.joins_neighbours else out


def _block(block: Block, dialect: Dialect, place: Place, kinds: frozenset[Kind]) -> list[Block]:
    match block:
        case Paragraph():
            spans = _spans(block.spans, dialect)
            is_rule = place == "body" and spans == (Span(dialect.reading.rule_text),)
            return [Rule()] if is_rule else _changed(block, Paragraph(spans))
        case Heading():
            return _heading(block, dialect, kinds)
        case CodeBlock():
            return _code(block, dialect, kinds)
        case Quote() if "quote" not in kinds:
            return _held(block.blocks, dialect, place)
        case Quote():
            inner = _held(block.blocks, dialect, "quote")
            return [Quote(tuple(inner))] if inner else []
        case List() if "list" not in kinds:
            return _dissolved(block, dialect, place)
        case List():
            items = tuple(tuple(_held(item, dialect, "item")) for item in block.items)
            return [List(items, block.ordered, block.start if dialect.numbering else 1)]
        case Rule():
            return [block] if "rule" in kinds else []


def _changed(old: Block, new: Block) -> list[Block]:
    return [old] if new == old else tidy_leaf(new)


def _heading(block: Heading, dialect: Dialect, kinds: frozenset[Kind]) -> list[Block]:
    spans = _spans(block.spans, dialect)
    if "heading" in kinds and block.level in dialect.headings:
        return _changed(block, Heading(block.level, spans))
    if "strong" in dialect.marks:
        spans = tuple(Span(span.text, span.marks | {"strong"}, span.href) for span in spans)
    return tidy_leaf(Paragraph(spans))


def _code(block: CodeBlock, dialect: Dialect, kinds: frozenset[Kind]) -> list[Block]:
    text = fold_spaces(block.text) if dialect.reading.folds_spaces else block.text
    if "code" in kinds:
        return tidy_leaf(CodeBlock(text))
    return tidy_leaf(Paragraph(_spans((Span(text, frozenset({"code"})),), dialect)))


def _dissolved(block: List, dialect: Dialect, place: Place) -> list[Block]:
    """Write a list where no list may stand: as lines that begin with a bullet or a number."""
    out: list[Block] = []
    for number, item in enumerate(block.items, block.start if dialect.numbering else 1):
        marker = Span(f"{number}. " if block.ordered else "• ")
        held = _held(item, dialect, place)
        first = held[0] if held else None
        if isinstance(first, Paragraph):
            out += [*tidy_leaf(Paragraph((marker, *first.spans))), *held[1:]]
        else:
            out += [*tidy_leaf(Paragraph((marker,))), *held]
    return _joined_lines(out)


def _spans(spans: Spans, dialect: Dialect) -> Spans:
    """Drop the marks a tool lacks, and fold the spaces it folds; what it holds as it is, comes back as it is."""
    kept = frozenset(dialect.marks)
    folds = dialect.reading.folds_spaces
    if all(span.marks <= kept and not (folds and "\xa0" in span.text) for span in spans):
        return spans
    text = fold_spaces if folds else str
    return tuple(Span(text(span.text), span.marks & kept, span.href) for span in spans)


def _joined_lines(blocks: list[Block]) -> list[Block]:
    """Make one paragraph of several in a row, a line of each."""
    out: list[Block] = []
    for is_text, run in groupby(blocks, key=lambda block: isinstance(block, Paragraph)):
        if not is_text:
            out.extend(run)
            continue
        paragraphs = list(run)
        rows = [(*block.spans, Span("\n")) for block in paragraphs if isinstance(block, Paragraph)]
        out.extend(paragraphs if len(rows) == 1 else tidy_leaf(Paragraph(tuple(chain.from_iterable(rows)))))
    return out


def _joined_neighbours(blocks: list[Block]) -> list[Block]:
    """Make one of several lists of one kind, or several quotes, in a row."""
    out: list[Block] = []
    for kind, group in groupby(blocks, key=_neighbourhood):
        run = list(group)
        first = run[0]
        if kind == "quote":
            inner = list(chain.from_iterable(block.blocks for block in run if isinstance(block, Quote)))
            out.append(Quote(tuple(_joined_neighbours(inner) if len(run) > 1 else inner)))  # at the seam too
        elif isinstance(first, List):
            items = tuple(chain.from_iterable(block.items for block in run if isinstance(block, List)))
            out.append(List(items, first.ordered, first.start))
        else:
            out.extend(run)
    return out


def _neighbourhood(block: Block) -> str:
    if isinstance(block, List):
        return "numbers" if block.ordered else "bullets"
    return "quote" if isinstance(block, Quote) else ""
