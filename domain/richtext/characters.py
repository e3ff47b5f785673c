"""Characters and addresses that every tool can hold: what is dropped, folded or encoded before text travels.

Dropped: control characters and surrogates that XML 1.0 forbids (one of them makes Asana refuse the whole request),
the C1 controls and Unicode's noncharacters. Line and paragraph separators other than the line feed become spaces.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

SAFE_SCHEMES: Final = frozenset({"http", "https", "mailto", "tel", "webcal"})
MAX_HREF: Final = 8192
"""Longer addresses lose their link and keep their text: no browser or tool follows them."""

_NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
FORBIDDEN: Final = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff" + _NONCHARACTERS
"""The body of a regular-expression class of all characters that are dropped."""
SEPARATORS: Final = "\x0b\x0c\x85\u2028\u2029"
"""Likewise, of all characters that become a space."""

_FORBIDDEN = re.compile(f"[{FORBIDDEN}]")
_SEPARATORS = re.compile(f"[{SEPARATORS}]")
_LINE_ENDS = re.compile(r"\r\n?")
_ODD_WHITE_SPACE = re.compile(r"[^\S ]\s*|\s{2,}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_WEB_HOST = re.compile(r"[a-z]+://[^/?#]")
_BARE_ROOT = re.compile(r"(https?://[^/?#]+)/")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def clean(text: str) -> str:
    """Drop what no tool may receive; every line end becomes one line feed."""
    if text.isprintable():
        return text
    if "\r" in text:
        text = _LINE_ENDS.sub("\n", text)
    return _SEPARATORS.sub(" ", _FORBIDDEN.sub("", text))


def collapse(text: str) -> str:
    """Fold white space to what HTML would show: one space, one line feed, or two for a blank line.

    A single unusual space (no-break, thin, ideographic) between two words is kept: typography needs it.
    """
    return _ODD_WHITE_SPACE.sub(_collapsed, text)


def _collapsed(run: re.Match[str]) -> str:
    white = run[0]
    breaks = white.count("\n")
    if breaks:
        return "\n\n" if breaks > 1 else "\n"
    return white if len(white) == 1 and not white.isascii() else " "


def fold_spaces(text: str) -> str:
    """Turn no-break spaces into plain ones, for tools whose editors scatter them."""
    return text.replace("\xa0", " ")


@lru_cache(maxsize=2048)
def safe_href(href: str) -> str:
    """Give an address in one spelling that is safe to click, or "" when it is not.

    Kept are absolute addresses of the schemes in `SAFE_SCHEMES`; ``javascript:``, ``data:``, relative and overlong
    addresses are not. Characters outside RFC 3986 are percent-encoded (HTML sanitisers do the same), the scheme is
    lower case, and ``https://example.org/`` is spelled without its bare slash.
    """
    url = _FORBIDDEN.sub("", re.sub(r"[\t\n\r]", "", href)).strip()
    scheme = _SCHEME.match(url)
    if scheme is None or len(url) > MAX_HREF or scheme[1].lower() not in SAFE_SCHEMES:
        return ""
    url = scheme[1].lower() + quote(url[scheme.end(1) :], safe=";/?:@&=+$,-_.!~*'()#%")
    url = _LONE_PERCENT.sub("%25", url)
    if scheme[1].lower().startswith("http") and not _WEB_HOST.match(url):
        return ""
    root = _BARE_ROOT.fullmatch(url)
    return root[1] if root else url


def names_itself(text: str, href: str) -> bool:
    """Tell whether a link shows nothing but its own address, as tools make them of bare addresses."""
    return safe_href(text) == href or (href.startswith("mailto:") and href == safe_href("mailto:" + text))
