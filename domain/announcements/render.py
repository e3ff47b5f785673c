"""Puts a story into the form of its place: within its length, its markup and its rule about links, or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import nh3

from domain.announcements.card_rules import MOST_BYTES, check_card
from domain.announcements.cards import card_of
from domain.announcements.channel import Abilities, Form
from domain.announcements.message import digest_of
from domain.announcements.story import Story
from domain.announcements.templates import Templates
from domain.errors import SetAside
from domain.richtext.commonmark import render as commonmark
from domain.richtext.html import Dialect, to_html
from domain.richtext.plain import to_plain
from domain.richtext.tidy import tidy
from domain.richtext.tree import Block, CodeBlock, Document, Heading, List, Paragraph, Quote, Rule, Span, Spans

LEAD = 200
"""Characters that a LinkedIn group shows of a post before "see more"."""
LONGEST_TITLE = 80
"""Of a title where text is all there is, so that the time stands within those."""
TEAMS = Dialect(headings=frozenset({1, 2, 3}), links_addresses=False)
"""What messages in Teams and in mails show."""
_CLEANER = nh3.Cleaner(
    tags={"a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "hr", "li", "ol", "p", "pre", "s", "strong", "ul"},
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes={"http", "https"},
    link_rel="noopener noreferrer nofollow",
)
_STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 40em; margin: 0 auto; padding: 1em; overflow-wrap: anywhere; }
h2 { font-size: 1.5em; line-height: 1.25; margin: 0.5em 0 0.75em; }
h3 { font-size: 1.1em; line-height: 1.3; margin: 1.5em 0 0.4em; }
ul, ol { margin: 0; padding-left: 1.25em; }
li { margin: 0.4em 0; }
p { margin: 1.2em 0 0; }
"""
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_MEND = "Shorten the template of this message, or let it list less."


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in one form. `body` is what the place takes; `text` says the same in plain text."""

    title: str
    text: str
    body: str
    card: Mapping[str, Any] | None = None
    link: str = ""

    @property
    def digest(self) -> str:
        """The digest of what is sent."""
        return digest_of(self.body if self.card is None else self.card)


def render(story: Story, abilities: Abilities, templates: Templates) -> Rendered:
    """Word a story and put it into a form.

    Raises:
        ConfigProblem: the template is broken.
        SetAside: what comes of it is empty, too long for the place, or a card that breaks the rules.
    """
    shortened = _shortened(story) if abilities.form is Form.TEXT else story
    document = templates.document(shortened, abilities.form.value, one_link=abilities.one_link)
    if abilities.one_link:
        document = with_one_link(document, story.link)
    is_card = abilities.form is Form.CARD
    text = to_plain(commonmark(templates.document(shortened, Form.TEXT.value) if is_card else document))
    if not text.strip():
        raise SetAside("The template says nothing.", mend="Let it say something, or take the file away.")
    body, card = text, None
    if abilities.form is Form.HTML:
        body = _CLEANER.clean(to_html(document, TEAMS))
    elif abilities.form is Form.MARKDOWN:
        body = commonmark(document)
    elif is_card:
        card = card_of(document, story.actions, text)
        check_card(card, min(abilities.max_length, MOST_BYTES))
    size = len(body.encode()) if abilities.form is Form.HTML else len(body)
    if size > abilities.max_length:
        raise SetAside(f"The message is too long ({size}, at most {abilities.max_length}).", mend=_MEND)
    return Rendered(story.title, text, body, card, story.link)


def render_to_fit(tell: Callable[[int], Story], abilities: Abilities, templates: Templates) -> Rendered:
    """Render what lists things, with fewer entries where it is too long: whole entries, never half a text.

    Raises:
        ConfigProblem: the template is broken.
        SetAside: even the shortest is too long.
    """
    *longer, shortest = (10, 6, 3, 1)
    for most in longer:
        try:
            return render(tell(most), abilities, templates)
        except SetAside:
            continue
    return render(tell(shortest), abilities, templates)


def page(rendered: Rendered) -> str:
    """Return HTML as a page of its own, such as a mail."""
    title = nh3.clean_text(rendered.title)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="color-scheme" content="light dark">\n<style>{_STYLE}</style></head>\n'
        f"<body>\n<main>\n{rendered.body}\n</main>\n</body>\n</html>"
    )


def _shortened(story: Story) -> Story:
    title = story.values.get("title")
    if not isinstance(title, str) or len(title) <= LONGEST_TITLE:
        return story
    cut = title[: LONGEST_TITLE - 1].rsplit(" ", 1)[0].rstrip() or title[: LONGEST_TITLE - 1]
    return replace(story, values={**story.values, "title": f"{cut}…"})


def with_one_link(document: Document, keep: str) -> Document:
    """Return a document with one link at most, the one that counts; bare addresses in texts go."""
    wanted = keep or next((span.href for span in _all_spans(document.blocks) if span.href), "")
    links = _Links(wanted)
    return tidy(Document(tuple(links.block(one) for one in document.blocks)))


def _all_spans(blocks: Iterable[Block]) -> list[Span]:
    found: list[Span] = []
    for block in blocks:
        match block:
            case Paragraph() | Heading():
                found += block.spans
            case Quote():
                found += _all_spans(block.blocks)
            case List():
                found += [span for item in block.items for span in _all_spans(item)]
            case CodeBlock() | Rule():
                pass
    return found


@dataclass(slots=True)
class _Links:
    """Keeps the first link to one address and drops every other."""

    wanted: str
    is_there: bool = False

    def block(self, block: Block) -> Block:
        match block:
            case Paragraph():
                return Paragraph(self._spans(block.spans))
            case Heading():
                return Heading(block.level, self._spans(block.spans))
            case Quote():
                return Quote(tuple(self.block(one) for one in block.blocks))
            case List():
                return replace(block, items=tuple(tuple(self.block(one) for one in item) for item in block.items))
            case CodeBlock():
                return CodeBlock(_ADDRESS.sub("…", block.text), block.language)
            case Rule():
                return block

    def _spans(self, spans: Spans) -> Spans:
        return tuple(self._span(span) for span in spans)

    def _span(self, span: Span) -> Span:
        if not span.href:
            return Span(_ADDRESS.sub("…", span.text), span.marks)
        if span.href == self.wanted and not self.is_there:
            self.is_there = True
            return span
        return Span(_ADDRESS.sub("…", span.text), span.marks)
