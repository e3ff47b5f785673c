"""Notes in Basecamp's rich text: a short list of HTML tags, one ``div`` of lines per stretch of text.

Written is only what every Basecamp takes ("Rich text": div, h1, br, strong, em, strike, a, pre, ol, ul, li,
blockquote); newer ones take more, and all of that is read. Held: bold, italic, strikethrough, links, one level of
headings, lists (also nested), quotes, preformatted blocks; a rule is written as a line of dashes and read as one.
Not held: inline code, deeper headings (they become bold lines), the number a list begins with, and paragraphs, code
or quotes inside list items (they become lines). Mentions and files are read as text and links, never written.
"""

from __future__ import annotations

from domain.richtext.commonmark import is_plain, parse, render
from domain.richtext.dialect import picture
from domain.richtext.html import Dialect, Reading, from_html, hold, to_html
from domain.richtext.html_tokens import Attributes, attributes, plain_text, tokens
from domain.richtext.tree import Span, mention

_RULE = "———"
_MENTION = "application/vnd.basecamp.mention"


def _attachment(found: Attributes, inner: str) -> Span:
    """Read a ``<bc-attachment>``: a mention by its name, a file as a link named by its caption or file name."""
    rendered = plain_text(inner)
    if found.get("content-type") == _MENTION:
        name = rendered or _alternative(inner)
        return mention(name) if name else Span("")
    href = found.get("href") or found.get("url") or ""
    return Span(found.get("caption") or found.get("filename") or rendered or href, href=href)


def _alternative(inner: str) -> str:
    words = (attributes(token.body).get("alt", "") for token in tokens(inner) if token.name == "img")
    return next((word for word in words if word), "")


DIALECT = Dialect(
    reading=Reading(folds_spaces=True, rule_text=_RULE, atoms={"bc-attachment": _attachment, "img": picture}),
    marks={"strong": "strong", "emphasis": "em", "strike": "strike"},
    headings=frozenset({1}),
    item_holds=frozenset({"paragraph", "list"}),
    quote_holds=frozenset({"paragraph", "list", "quote", "code"}),
    item_lines=True,
    numbering=False,
    joins_neighbours=True,
    paragraph="div",
    blank_line="<br><br>",
    bare=True,
    rule=_RULE,
)


def to_basecamp(commonmark: str) -> str:
    """Write notes for a rich field; nothing in it notifies anybody. Empty notes are the empty string."""
    return to_html(parse(commonmark), DIALECT)


def from_basecamp(html: str) -> str:
    """Read a rich field as CommonMark in normal form."""
    inner = html.removeprefix("<div>").removesuffix("</div>")
    if not inner or (is_plain(inner) and "\n" not in inner and inner != _RULE):
        return inner
    return render(from_html(html, DIALECT.reading))


def hold_basecamp(commonmark: str) -> str:
    """Tell what Basecamp can hold of notes: what `from_basecamp` gives after `to_basecamp`, without the detour."""
    return render(hold(parse(commonmark), DIALECT))
