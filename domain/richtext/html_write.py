"""Writing a document in a tool's dialect: what the tool holds of it, spelled with the tags the tool accepts."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from domain.richtext.characters import safe_href
from domain.richtext.dialect import HTML, Dialect, Place, hold
from domain.richtext.spans import nested
from domain.richtext.tree import Block, CodeBlock, Document, Heading, List, Paragraph, Quote, Rule, Span, Spans

_ADDRESS = re.compile(r"https?://[^\s<>\"'`|\\^{}\[\]]*[^\s<>\"'`|\\^{}\[\].,;:!?()]")


def to_html(document: Document, dialect: Dialect = HTML) -> str:
    """Write all that the dialect holds of a document; every tag is closed, every text escaped, also for XML."""
    return "".join(_blocks(hold(document, dialect).blocks, dialect, "body"))


def _blocks(blocks: Sequence[Block], dialect: Dialect, place: Place) -> Iterator[str]:
    """Write blocks, with the dialect's seam between text and other blocks."""
    seam = dialect.seam if place == "body" else ""
    was_text: bool | None = None
    for is_text, run in groupby(blocks, key=lambda block: _is_text(block, dialect)):
        if seam and was_text is not None:
            yield seam
        was_text = is_text
        if is_text:
            yield from _paragraphs(list(run), dialect, place)
        else:
            yield from (_block(block, dialect) for block in run)


def _is_text(block: Block, dialect: Dialect) -> bool:
    return isinstance(block, Paragraph) or (isinstance(block, Rule) and bool(dialect.reading.rule_text))


def _paragraphs(blocks: list[Block], dialect: Dialect, place: Place) -> Iterator[str]:
    texts = [_inline(block.spans, dialect) if isinstance(block, Paragraph) else dialect.rule for block in blocks]
    tag = dialect.paragraph
    if place != "body" and (dialect.bare or (place == "item" and len(texts) == 1)):
        tag = ""
    start, end = (f"<{tag}>", f"</{tag}>") if tag else ("", "")
    if dialect.blank_line:
        texts = [dialect.blank_line.join(texts)]
    return (start + text + end for text in texts)


def _block(block: Block, dialect: Dialect) -> str:
    match block:
        case Heading():
            return f"<h{block.level}>{_inline(block.spans, dialect)}</h{block.level}>"
        case Quote():
            return f"<blockquote>{''.join(_blocks(block.blocks, dialect, 'quote'))}</blockquote>"
        case List():
            return _list(block, dialect)
        case CodeBlock():
            return f"<pre>{html.escape(block.text, quote=False)}</pre>"
        case Paragraph():
            return "".join(_paragraphs([block], dialect, "body"))
        case Rule():
            return dialect.rule


def _list(block: List, dialect: Dialect) -> str:
    tag = "ol" if block.ordered else "ul"
    start = f' start="{block.start}"' if block.start != 1 else ""
    items = (f"<li>{''.join(_blocks(item, dialect, 'item'))}</li>" for item in block.items)
    return f"<{tag}{start}>{''.join(items)}</{tag}>"


def _inline(spans: Spans, dialect: Dialect) -> str:
    out: list[str] = []
    linked = [False, *(bool(span.href) for span in spans), False]
    number = 0
    for step, wrap, span in nested(spans):
        if step == "text":
            number += 1
            plain = dialect.links_addresses and not span.href
            out.append(_text(span, dialect, (linked[number - 1], linked[number + 1]) if plain else None))
        elif wrap.kind == "link":
            out.append(f'<a href="{html.escape(wrap.href)}">' if step == "open" else "</a>")
        else:
            out.append(f"<{'/' if step == 'close' else ''}{dialect.marks[wrap.kind]}>")
    return "".join(out)


def _text(span: Span, dialect: Dialect, beside_links: tuple[bool, bool] | None) -> str:
    if "code" in span.marks:
        tag = dialect.marks["code"]
        return f"<{tag}>{html.escape(span.text, quote=False)}</{tag}>"
    if beside_links is not None and "://" in span.text:
        text = _linked(span.text, *beside_links)
    else:
        text = html.escape(span.text, quote=False)
    return text if dialect.line_break == "\n" else text.replace("\n", dialect.line_break)


def _linked(text: str, after_link: bool, before_link: bool) -> str:  # noqa: FBT001 - the two ends, in order
    """Make bare web addresses clickable, unless they touch a link; reading takes such links for plain text again."""
    parts: list[str] = []
    position = 0
    for match in _ADDRESS.finditer(text):
        touches = (after_link and match.start() == 0) or (before_link and match.end() == len(text))
        href = "" if touches else safe_href(match[0])
        if href:
            parts.append(html.escape(text[position : match.start()], quote=False))
            parts.append(f'<a href="{html.escape(href)}">{html.escape(match[0], quote=False)}</a>')
            position = match.end()
    parts.append(html.escape(text[position:], quote=False))
    return "".join(parts)
