"""The normal form of whole documents: what two notes must share to mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from domain.richtext.characters import clean
from domain.richtext.spans import one_line, tidy_spans
from domain.richtext.tree import MAX_DEPTH, Block, CodeBlock, Document, Heading, List, Paragraph, Quote

MAX_START = 999_999_999
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,40}")


def tidy(document: Document) -> Document:
    """Give the one document that stands for all that mean the same; applying it twice changes nothing.

    Empty paragraphs, headings, quotes and code blocks go; blank lines split paragraphs; headings lie on one line;
    empty list items stay, because the numbers of the others depend on them.
    """
    return Document(tuple(tidy_blocks(document.blocks, 0)))


def tidy_blocks(blocks: Iterable[Block], depth: int) -> list[Block]:
    """Do the same for the blocks inside ``depth`` quotes and lists."""
    out: list[Block] = []
    for block in blocks:
        match block:
            case Quote() | List() if depth >= MAX_DEPTH:
                out.extend(tidy_blocks(_content(block), depth))
            case Quote():
                inner = tidy_blocks(block.blocks, depth + 1)
                out.extend([Quote(tuple(inner))] if inner else [])
            case List():
                out.extend(_list(block, depth))
            case _:
                out.extend(tidy_leaf(block))
    return out


def tidy_leaf(block: Block) -> list[Block]:
    """Do the same for one block that holds no others; it may become none, and a paragraph may become several."""
    if isinstance(block, Paragraph):
        return [Paragraph(row) for row in tidy_spans(block.spans)]
    if isinstance(block, Heading):
        spans = one_line(block.spans)
        return [Heading(min(max(block.level, 1), 6), spans)] if spans else []
    if isinstance(block, CodeBlock):
        text = clean(block.text).strip("\n")
        language = block.language if _LANGUAGE.fullmatch(block.language) else ""
        return [CodeBlock(text, language)] if text.strip() else []
    return [block]


def _content(block: Quote | List) -> list[Block]:
    return list(block.blocks) if isinstance(block, Quote) else [inner for item in block.items for inner in item]


def _list(block: List, depth: int) -> list[Block]:
    items = tuple(tuple(tidy_blocks(item, depth + 1)) for item in block.items)
    start = min(max(block.start, 0), MAX_START) if block.ordered else 1
    return [List(items, block.ordered, start)] if items else []
