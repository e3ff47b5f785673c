"""Event bodies the way Exchange keeps them: sanitised, wrapped, never byte for byte what was sent."""

import html
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from typing import Any, Literal

import nh3

_TAGS = nh3.ALLOWED_TAGS | {"font", "u", "center", "big"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"class", "id", "style", "dir", "lang"},
    "font": {"face", "size", "color"},
}
_DROPPED = {"script", "style", "title"}
_BREAKING = {"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "hr"}
_PREVIEW = 255


@dataclass(frozen=True)
class Body:
    """A body: sanitised inner HTML or plain text, with LF line ends."""

    kind: Literal["html", "text"]
    source: str

    @cached_property
    def as_text(self) -> str:
        """The body as plain text with CRLF line ends."""
        plain = self.source if self.kind == "text" else _to_text(self.source)
        return plain.replace("\n", "\r\n")

    @cached_property
    def as_html(self) -> str:
        """The body as the HTML document Exchange answers."""
        if not self.source:
            return ""
        return _document(self.source if self.kind == "html" else _from_text(self.source))

    @property
    def preview(self) -> str:
        """The first 255 characters of the text."""
        return self.as_text.strip()[:_PREVIEW]

    def answer(self, *, text: bool) -> dict[str, Any]:
        """Return the itemBody for a reader who prefers text, or HTML."""
        content = self.as_text if text else self.as_html
        return {"contentType": "text" if text else "html", "content": content}

    def with_meeting(self, join_url: str) -> "Body":
        """Return the body with the block of joining details at its end."""
        inner = self.source if self.kind == "html" else _from_text(self.source)
        return Body("html", f"{inner}\n{_meeting_block(join_url)}".lstrip())

    def holds_meeting(self, join_url: str) -> bool:
        """Tell whether the block of joining details is still there."""
        return join_url in html.unescape(self.source)


EMPTY = Body("html", "")


def body_from(item_body: dict[str, Any] | None) -> Body:
    """Return what Exchange keeps of an itemBody; the content type is text unless named."""
    content = (item_body or {}).get("content") or ""
    content = content.replace("\r\n", "\n").replace("\r", "\n")
    if (item_body or {}).get("contentType") != "html":
        return Body("text", content) if content else EMPTY
    clean = nh3.clean(content, tags=_TAGS, attributes=_ATTRIBUTES, clean_content_tags=_DROPPED, link_rel=None).strip()
    return Body("html", clean)


def _document(inner: str) -> str:
    lines = (
        "<html><head>",
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
        "</head>",
        "<body>",
        inner,
        "</body>",
        "</html>",
        "",
    )
    return "\n".join(lines).replace("\n", "\r\n")


def _from_text(text: str) -> str:
    escaped = html.escape(text, quote=False).replace("\n", "<br>\n")
    return f'<font size="2"><span style="font-size:11pt"><div class="PlainText">{escaped}</div></span></font>'


def _meeting_block(join_url: str) -> str:
    url = html.escape(join_url)
    return (
        f'<div class="me-email-text"><hr><div>Microsoft Teams</div><div><a id="join" href="{url}">'
        "Join the meeting now</a></div><hr></div>"
    )


class _TextMaker(HTMLParser):
    """Collects text; block elements and <br> break lines, links keep their address, items get a star."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "li":
            self.parts.append("\n  * ")
        elif tag in _BREAKING or tag == "br":
            self._break(always=tag == "br")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKING:
            self._break()
        elif tag == "a" and self._links:
            link = self._links.pop()
            self.parts.append(f"<{link}>" if link and self.parts and self.parts[-1] != link else "")

    def handle_data(self, data: str) -> None:
        words = " ".join(data.split())
        before = " " if data[:1].isspace() and self.parts and not self.parts[-1].endswith(("\n", " ")) else ""
        after = " " if data[-1:].isspace() and words else ""
        self.parts.append(before + words + after)

    def _break(self, *, always: bool = False) -> None:
        if always or (self.parts and not "".join(self.parts[-2:]).endswith("\n")):
            self.parts.append("\n")


def _to_text(inner: str) -> str:
    maker = _TextMaker()
    maker.feed(inner)
    maker.close()
    lines = [line.rstrip() for line in "".join(maker.parts).strip().split("\n")]
    return "\n".join(lines) + "\n" if lines != [""] else ""
