"""Turns a document into an Adaptive Card: the same words as everywhere else, and buttons for where it leads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from domain.announcements.card_rules import SCHEMA, VERSION, actions_of
from domain.richtext.tree import Block, CodeBlock, Document, Heading, List, Paragraph, Quote, Rule, Span, Spans

Json = dict[str, Any]


def card_of(document: Document, actions: Sequence[tuple[str, str]], fallback: str) -> Json:
    """Return the card; `fallback` is shown where cards cannot be."""
    return {
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "lang": "en",
        "fallbackText": fallback,
        "body": list(_blocks(document.blocks)),
        "actions": actions_of(actions),
    }


def _blocks(blocks: Iterable[Block], before: str = "") -> Iterator[Json]:
    for block in blocks:
        match block:
            case Heading():
                yield _text(block.spans, before, size="large" if block.level <= 2 else "medium", weight="bolder")
            case Paragraph():
                yield _text(block.spans, before)
            case Quote():
                yield from _blocks(block.blocks, before)
            case List():
                yield from _list(block)
            case CodeBlock():
                yield _text((Span(block.text, frozenset({"code"})),), before)
            case Rule():
                continue
        before = " " * len(before)


def _list(block: List) -> Iterator[Json]:
    for number, item in enumerate(block.items, block.start):
        spacing = "small" if number == block.start else "none"
        if len(item) > 1 and not block.ordered:
            yield from _entry(item)
            continue
        for place, one in enumerate(_blocks(item, f"{number}. " if block.ordered else "• ")):
            yield {**one, "spacing": "none" if place else spacing}


def _entry(item: Sequence[Block]) -> Iterator[Json]:
    """Return an item of several paragraphs: the first stands for it, and the others are quiet below."""
    for place, one in enumerate(_blocks(item)):
        yield {**one, "spacing": "small"} if not place else {**_quiet(one), "spacing": "none"}


def _quiet(block: Json) -> Json:
    return {**block, "inlines": [{**run, "isSubtle": True} for run in block["inlines"]]}


def _text(spans: Spans, before: str, **style: str) -> Json:
    runs = [_run(span, style) for span in spans if span.text]
    lead = [{"type": "TextRun", "text": before}] if before.strip() else []
    return {"type": "RichTextBlock", "inlines": [*lead, *runs] or [{"type": "TextRun", "text": " "}]}


def _run(span: Span, style: dict[str, str]) -> Json:
    run: Json = {"type": "TextRun", "text": span.text, **style}
    if "strong" in span.marks:
        run["weight"] = "bolder"
    if "emphasis" in span.marks:
        run["italic"] = True
    if "strike" in span.marks:
        run["strikethrough"] = True
    if "code" in span.marks:
        run["fontType"] = "monospace"
    if span.href.startswith(("http://", "https://")):
        run["selectAction"] = {"type": "Action.OpenUrl", "url": span.href}
    return run
