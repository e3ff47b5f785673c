"""What Basecamp keeps of the HTML it is sent, and what it shows of what it kept."""

import re
from collections.abc import Callable
from html import escape

import nh3

# "Rich text": these and nothing else; every other tag goes, its text stays.
_TAGS = {
    "div", "h1", "br", "strong", "em", "strike", "a", "pre", "ol", "ul", "li", "blockquote",
    "bc-attachment",
}  # fmt: skip
_ATTRIBUTES = {"*": set[str](), "a": {"href"}, "bc-attachment": {"sgid", "caption", "presentation"}}
_BLOCK = re.compile(r"<(?:div|h1|pre|ol|ul|blockquote)\b")
_ATTACHMENT = re.compile(r"(<bc-attachment\b[^>]*>).*?</bc-attachment>", re.DOTALL)
_SGID = re.compile(r'sgid="([^"]*)"')


def clean(html: str) -> str:
    """What is stored: allowed tags only, attachments without their rendering, wrapped in a block."""
    kept = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, link_rel=None).strip()
    kept = _ATTACHMENT.sub(r"\1</bc-attachment>", kept)
    return kept if not kept or _BLOCK.match(kept) else f"<div>{kept}</div>"


def mentions(html: str) -> set[str]:
    """The handles of everything attached, people among them."""
    return {sgid for tag in _ATTACHMENT.findall(html) for sgid in _SGID.findall(tag)}


def expand(html: str, name_of: Callable[[str], str | None]) -> str:
    """What is answered: a mention carries the person's avatar and first name ("Rich text").

    Args:
        html: as stored.
        name_of: the name behind a handle, or None when it is no person's.
    """

    def figure(found: re.Match[str]) -> str:
        sgid = _SGID.search(found.group(1))
        name = name_of(sgid.group(1)) if sgid else None
        return _mention(found.group(1), name) if name else found.group(0)

    return _ATTACHMENT.sub(figure, html)


def _mention(opening: str, name: str) -> str:
    first = escape(name.split()[0])
    tag = opening.removesuffix(">") + ' content-type="application/vnd.basecamp.mention">'
    figure = f'<figure><img src="about:blank" class="avatar"><figcaption>{first}</figcaption></figure>'
    return f"{tag}{figure}</bc-attachment>"
