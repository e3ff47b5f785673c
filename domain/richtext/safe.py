"""Notes as HTML that may be put on a page: nothing in it runs, loads, or leads anywhere but where it says."""

from __future__ import annotations

import nh3

from domain.richtext.characters import SAFE_SCHEMES
from domain.richtext.commonmark import parse
from domain.richtext.html import from_html, to_html
from domain.richtext.tree import Document

_TAGS = {
    "a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s",
    "strong", "ul",
}  # fmt: skip
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    attributes={"a": {"href"}, "ol": {"start"}},
    url_schemes=set(SAFE_SCHEMES),
    link_rel="noopener noreferrer nofollow",
)


def safe_html(commonmark: str) -> str:
    """Show notes as HTML; bare web addresses become links."""
    return _shown(parse(commonmark))


def safe_html_from(html: str) -> str:
    """Show HTML that somebody else wrote, reduced to what notes can hold: no styles, pictures or scripts."""
    return _shown(from_html(html))


def _shown(document: Document) -> str:
    # What is written here is safe already. The sanitiser is the second lock, kept by people who do nothing else.
    return _CLEANER.clean(to_html(document))
