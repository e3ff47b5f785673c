"""LinkedIn's "little" text: what must be escaped so that it stays text, and how it is read back.

An unescaped reserved character is no error: LinkedIn answers that all is well and shows the text only up to it
("little text format"; the cut is told by those who publish through it). So everything is escaped, and what was
published is read back.
"""

from __future__ import annotations

import re

RESERVED = "\\|{}@[]()<>#*_~"
_SPECIAL = re.compile("[" + re.escape(RESERVED) + "]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_HASHTAG = re.compile(r"(?<![^\s(])#(\w{1,100})")
_TEMPLATE = re.compile(r"\{hashtag\|\\?#\|([^}|]*)\}")


def escape(text: str) -> str:
    r"""Return a text as little text: words with a # in front become hashtags, everything else stays as it is."""
    parts: list[str] = []
    end = 0
    for tag in _HASHTAG.finditer(text):
        parts += [_plain(text[end : tag.start()]), "{hashtag|\\#|", _plain(tag[1]), "}"]
        end = tag.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text)


def unescape(little: str) -> str:
    """Return the text that a little text shows."""
    return _ESCAPED.sub(r"\1", _TEMPLATE.sub(r"#\1", little))
