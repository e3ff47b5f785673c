"""Notes as plain text: for calendars, mails and screens without formatting, and back from fields that hold no more."""

from __future__ import annotations

from domain.richtext.characters import clean
from domain.richtext.commonmark import is_plain, parse, render
from domain.richtext.tidy import tidy
from domain.richtext.tree import Block, CodeBlock, Document, Heading, List, Paragraph, Quote, Rule, Span, Spans


def to_plain(commonmark: str) -> str:
    """Give notes as people write them without formatting: bullets, numbers, quotes with ``>``, links with addresses."""
    if not commonmark or is_plain(commonmark):
        return commonmark
    return "\n".join(_lines(parse(commonmark).blocks, tight=False))


def from_plain(text: str) -> str:
    """Take plain text as notes that show it as it is: lines stay lines, nothing in it counts as formatting."""
    if not text or is_plain(text):
        return text
    return render(tidy(Document((Paragraph((Span(clean(text)),)),))))


def _lines(blocks: tuple[Block, ...], *, tight: bool) -> list[str]:
    lines: list[str] = []
    for block in blocks:
        if lines and not (tight and isinstance(block, List)):
            lines.append("")
        lines.extend(_block(block))
    return lines


def _block(block: Block) -> list[str]:
    match block:
        case Paragraph() | Heading():
            return _text(block.spans).split("\n")
        case Quote():
            return [f"> {line}".rstrip(" ") for line in _lines(block.blocks, tight=False)]
        case List():
            return _list(block)
        case CodeBlock():
            return block.text.split("\n")
        case Rule():
            return ["———"]


def _list(block: List) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(block.items, block.start):
        head = f"{number}. " if block.ordered else "• "
        first, *rest = _lines(item, tight=True) or [""]
        lines.append((head + first).rstrip(" "))
        lines.extend((" " * len(head) + line).rstrip(" ") for line in rest)
    return lines


def _text(spans: Spans) -> str:
    """Write spans without their marks, and behind a link its address."""
    parts: list[str] = []
    for span, after in zip(spans, (*spans[1:], Span("")), strict=True):
        parts.append(span.text)
        if span.href and after.href != span.href:
            parts.append(f" ({span.href.removeprefix('mailto:')})")
    return "".join(parts)
