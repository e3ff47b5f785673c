"""Notes in Asana's rich text: well-formed XML in a ``<body>``, few tags, line breaks as they are (Asana: Rich text).

Held: bold, italic, strikethrough, monospace, links, lists (also nested), two levels of headings, quotes of plain
lines, preformatted blocks, rules. Not held: deeper headings (they become bold lines), the number a list begins with,
and paragraphs, code or quotes inside list items (they become lines). Read but never written: underline, tables,
pictures, mentions.
"""

from __future__ import annotations

from domain.richtext.commonmark import is_plain, parse, render
from domain.richtext.html import Dialect, Reading, from_html, hold, to_html
from domain.richtext.html_tokens import Attributes
from domain.richtext.tree import Span

_ASSET = "https://app.asana.com/app/asana/-/get_asset?asset_id="


def _address(attributes: Attributes) -> str:
    """Read a mention of a person as plain text: its address is a page of Asana that says nothing elsewhere."""
    return "" if attributes.get("data-asana-type") == "user" else attributes.get("href", "")


def _picture(attributes: Attributes, _inner: str) -> Span:
    """Read a picture as a link to its lasting address; ``src`` and often ``alt`` hold one that expires in minutes."""
    words = attributes.get("alt", "").strip()
    words = "image" if not words or "://" in words else words
    gid = attributes.get("data-asana-gid") or attributes.get("data-gid") or ""
    return Span(words, href=_ASSET + gid if gid.isalnum() else "")


DIALECT = Dialect(
    reading=Reading(newlines=True, address=_address, atoms={"img": _picture}),
    headings=frozenset({1, 2}),
    # Asana refuses the whole request over a heading, quote or code block in a list item, or a list in a quote.
    item_holds=frozenset({"paragraph", "list"}),
    quote_holds=frozenset({"paragraph"}),
    item_lines=True,
    numbering=False,
    joins_neighbours=True,
    paragraph="",
    blank_line="\n\n",
    seam="\n",
    line_break="\n",
    rule="<hr/>",
)


def to_asana(commonmark: str) -> str:
    """Write notes for ``html_notes`` or ``html_text``: XML that Asana accepts, and mentions that notify nobody."""
    return f"<body>{to_html(parse(commonmark), DIALECT)}</body>"


def from_asana(html_notes: str) -> str:
    """Read ``html_notes`` or ``html_text`` as CommonMark in normal form; tags of the future keep their text."""
    inner = html_notes.removeprefix("<body>").removesuffix("</body>")
    if not inner or is_plain(inner):
        return inner
    return render(from_html(html_notes, DIALECT.reading))


def hold_asana(commonmark: str) -> str:
    """Tell what Asana can hold of notes: what `from_asana` gives after `to_asana`, without the detour."""
    return commonmark if is_plain(commonmark) else render(hold(parse(commonmark), DIALECT))
