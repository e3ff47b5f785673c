"""What of people's texts may go where others fetch, copy and keep it: nothing that holds anybody's address."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

HIDDEN = "…"

_WORD = re.compile(r"\S*@\S*")
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+")
_IN_LINK = re.compile(r"@(?:[^\s@/?#&.]+\.)+(?:[A-Za-z]{2,}|xn--[A-Za-z0-9-]+)(?![A-Za-z0-9-])", re.IGNORECASE)
_LINK = re.compile(r"https?://", re.IGNORECASE)


def without_addresses(text: str) -> str:
    """Return a text in which e-mail addresses are hidden; links stay whole, or go if they hold one."""
    return _WORD.sub(lambda found: _hidden(found.group()), text) if "@" in text else text


def _hidden(word: str) -> str:
    return link_without_address(word) or HIDDEN if _LINK.match(word) else _ADDRESS.sub(HIDDEN, word)


def link_without_address(link: str) -> str:
    """Return a link to a website, or nothing if it is none or names a person.

    Links of Teams meetings hold an "@" followed by a name that is no domain; they stay.
    """
    if not is_link(link):
        return ""
    try:
        named = "@" in urlsplit(link).netloc
    except ValueError:
        return ""
    return "" if named or _IN_LINK.search(unquote(link)) else link


def is_link(text: str) -> bool:
    """Tell whether a text is the address of a website, and nothing else."""
    return bool(_LINK.match(text)) and text.split() == [text]
