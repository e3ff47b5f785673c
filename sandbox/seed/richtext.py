"""Writes the seed's notes the way each tool's own editor would, from a small part of Markdown."""

from collections.abc import Mapping
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark")
_INLINE: Mapping[str, str] = {
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
    "link_close": "</a>",
    "softbreak": " ",
}
_LISTS: Mapping[str, str] = {
    "bullet_list_open": "<ul>",
    "bullet_list_close": "</ul>",
    "ordered_list_open": "<ol>",
    "ordered_list_close": "</ol>",
    "list_item_open": "<li>",
    "list_item_close": "</li>",
}
_ASANA = {
    **_INLINE,
    **_LISTS,
    "heading_open": "<h2>",
    "heading_close": "</h2>\n",
    "paragraph_close": "\n\n",
    "bullet_list_close": "</ul>\n",
    "ordered_list_close": "</ol>\n",
    "blockquote_open": "<em>",
    "blockquote_close": "</em>\n",
    "code_open": "<code>",
    "code_close": "</code>",
}
_BASECAMP = {
    **_INLINE,
    **_LISTS,
    "heading_open": "<h1>",
    "heading_close": "</h1>",
    "paragraph_open": "<div>",
    "paragraph_close": "</div>",
    "blockquote_open": "<blockquote>",
    "blockquote_close": "</blockquote>",
}
_OUTLOOK = {
    **_INLINE,
    **_LISTS,
    "heading_open": "<h2>",
    "heading_close": "</h2>\r\n",
    "paragraph_open": "<p>",
    "paragraph_close": "</p>\r\n",
    "blockquote_open": "<blockquote>",
    "blockquote_close": "</blockquote>\r\n",
}


def for_asana(markdown: str) -> str:
    """Return well-formed rich text for Asana: one body, line breaks as they are ("Rich text")."""
    return f"<body>{_render(markdown, _ASANA).strip()}</body>"


def for_basecamp(markdown: str) -> str:
    """Return the HTML Basecamp's editor sends: blocks in div, an empty line as two breaks ("Rich text")."""
    return _render(markdown, _BASECAMP).replace("</div><div>", "<br><br>")


def for_outlook(markdown: str) -> str:
    """Return a body as Outlook's editor writes it."""
    return f"<html><body>{_render(markdown, _OUTLOOK)}</body></html>"


def _render(markdown: str, dialect: Mapping[str, str]) -> str:
    return "".join(_token(token, dialect) for token in _MARKDOWN.parse(markdown))


def _token(token: Token, dialect: Mapping[str, str]) -> str:
    if token.type == "inline":
        return "".join(_token(child, dialect) for child in token.children or ())
    if token.type == "text":
        return escape(token.content, quote=False)
    if token.type == "code_inline":
        return dialect.get("code_open", "") + escape(token.content, quote=False) + dialect.get("code_close", "")
    if token.type == "link_open":
        return f'<a href="{escape(str(token.attrs["href"]))}">'
    return "" if token.hidden else dialect.get(token.type, "")
