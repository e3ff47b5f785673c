"""Content lines of iCalendar: escaped, folded by octets, ended by CRLF (RFC 5545, section 3.1).

icalendar writes them too, at twenty times the cost; the tests read with it what is written here.
"""

from __future__ import annotations

from domain.richtext.characters import clean

OCTETS = 75
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def text(value: str) -> str:
    """Return a value of type TEXT (section 3.3.11), without characters that no calendar may hold."""
    return clean(value).translate(_ESCAPED)


def line(name: str, value: str) -> str:
    """Return one content line, folded; `value` is escaped already."""
    whole = f"{name}:{value}"
    if len(whole) <= OCTETS and whole.isascii():
        return whole + "\r\n"
    return "\r\n ".join(_parts(whole.encode("utf-8"))) + "\r\n"


def _parts(whole: bytes) -> list[str]:
    """Return the parts of at most 75 octets, the leading space of all but the first counted."""
    parts: list[str] = []
    start = 0
    while start < len(whole):
        end = _cut(whole, start, start + OCTETS - bool(parts))
        parts.append(whole[start:end].decode("utf-8"))
        start = end
    return parts


def _cut(whole: bytes, start: int, end: int) -> int:
    """Return where to cut: never within a character, nor between a backslash and what it escapes."""
    if end >= len(whole):
        return len(whole)
    while whole[end] & 0xC0 == 0x80:
        end -= 1
    backslashes = len(whole[start:end]) - len(whole[start:end].rstrip(b"\\"))
    return end - backslashes % 2
