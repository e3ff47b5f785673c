"""Reading CommonMark (with ``~~strikethrough~~``) into a document; markdown-it-py does the parsing.

HTML in the text is text: ``<b>`` stays the three characters it is. A soft line break is a space.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from domain.richtext.characters import clean, safe_href
from domain.richtext.tidy import tidy
from domain.richtext.tree import Block, CodeBlock, Document, Heading, List, Mark, Paragraph, Quote, Rule, Span

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BLOCK_NESTING = 40
"""Levels markdown-it goes down (a list costs two); text below would be skipped, so such notes are kept literally."""
_INLINE_NESTING = 8
"""Levels of square brackets in which markdown-it looks for links; the time for hostile text grows with it."""

_MARKUP = frozenset("\\`*_[<&~")
_OPENING: dict[str, Mark] = {"strong_open": "strong", "em_open": "emphasis", "s_open": "strike"}
_WORDS = frozenset({"text", "text_special"})
_TEXTS = {"text": "", "text_special": "", "softbreak": " ", "hardbreak": "\n"}
_CLOSING: dict[str, Mark] = {"strong_close": "strong", "em_close": "emphasis", "s_close": "strike"}


@dataclass(slots=True)
class _Open:
    """A block that is being read: its finished children, or for a list its finished items."""

    token: Token | None
    blocks: list[Block] = field(default_factory=list)
    items: list[tuple[Block, ...]] = field(default_factory=list)


def read_markdown(text: str) -> Document:
    """Parse any text as CommonMark; there is no text it refuses.

    Quotes and lists nested deeper than `domain.richtext.tree.MAX_DEPTH` are dissolved; beyond about twice that, the
    whole note is taken literally, line by line, so that nothing of it is lost.
    """
    text = clean(text)
    tokens: list[Token] = []
    environment: dict[str, object] = {}
    parser = _parser(_BLOCK_NESTING)
    parser.block.parse(text, parser, environment, tokens)
    if any(
        token.level >= _BLOCK_NESTING - 1 and token.type in {"blockquote_open", "list_item_open"} for token in tokens
    ):
        return tidy(Document((Paragraph((Span(text),)),)))
    return tidy(Document(_blocks(tokens, environment)))


@cache
def _parser(nesting: int, *, links: bool = True) -> MarkdownIt:
    from markdown_it import MarkdownIt

    class Parser(MarkdownIt):
        """markdown-it that leaves addresses alone: `safe_href` judges and spells them for every reader."""

        def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
            return url

        def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
            return True

    parser = Parser("commonmark", {"html": False, "maxNesting": nesting}).enable("strikethrough")
    return parser if links else parser.disable(["link", "image"])


def _blocks(tokens: Iterable[Token], environment: dict[str, object]) -> tuple[Block, ...]:
    stack = [_Open(None)]
    for token in tokens:
        if token.nesting > 0:
            stack.append(_Open(token))
        elif token.nesting < 0:
            _close(stack.pop(), stack[-1])
        elif token.type == "inline":
            stack[-1].blocks.append(Paragraph(_spans(token.content, environment)))
        elif token.type == "hr":
            stack[-1].blocks.append(Rule())
        else:
            stack[-1].blocks.append(CodeBlock(token.content, token.info.strip().split(" ")[0]))
    return tuple(stack[0].blocks)


def _close(done: _Open, parent: _Open) -> None:
    token = done.token
    if token is None:
        return
    if token.type == "list_item_open":
        parent.items.append(tuple(done.blocks))
    elif token.type == "blockquote_open":
        parent.blocks.append(Quote(tuple(done.blocks)))
    elif token.type == "bullet_list_open":
        parent.blocks.append(List(tuple(done.items)))
    elif token.type == "ordered_list_open":
        start = token.attrGet("start")
        parent.blocks.append(List(tuple(done.items), ordered=True, start=1 if start is None else int(start)))
    elif token.type == "heading_open":
        parent.blocks.extend(
            Heading(int(token.tag[1]), line.spans) for line in done.blocks if isinstance(line, Paragraph)
        )
    else:
        parent.blocks.extend(done.blocks)


def _spans(content: str, environment: dict[str, object]) -> tuple[Span, ...]:
    """Read the text of one paragraph; plain text does not need the parser."""
    if _MARKUP.isdisjoint(content) and "  \n" not in content:
        return (Span(content.replace("\n", " ")),)
    children: list[Token] = []
    parser = _parser(_INLINE_NESTING, links="](" in content or "references" in environment)
    parser.inline.parse(content, parser, environment, children)
    return tuple(_inline(children))


def _inline(tokens: Iterable[Token]) -> list[Span]:
    spans: list[Span] = []
    texts: list[str] = []
    marks: frozenset[Mark] = frozenset()
    href = ""
    for token in tokens:
        kind = token.type
        if kind in _TEXTS:
            # A character reference may spell a line feed; as in HTML, that is white space and no line break.
            texts.append(token.content.replace("\n", " ") if kind in _WORDS else _TEXTS[kind])
            continue
        if texts:
            spans.append(Span("".join(texts), marks, href))
            texts.clear()
        if kind in _OPENING:
            marks |= {_OPENING[kind]}
        elif kind in _CLOSING:
            marks -= {_CLOSING[kind]}
        elif kind == "code_inline":
            spans.append(Span(token.content, marks | {"code"}, href))
        elif kind == "image":
            spans.append(_image(token, marks, href))
        else:
            href = str(token.attrGet("href") or "")  # a link opens, or closes and has none
    spans.append(Span("".join(texts), marks, href))
    return spans


def _image(token: Token, marks: frozenset[Mark], href: str) -> Span:
    """Show a picture as a link to it, named by its alternative text."""
    source = safe_href(str(token.attrGet("src") or ""))
    words = "".join(span.text for span in _inline(token.children or []))
    return Span(words or source, marks, href or source)
