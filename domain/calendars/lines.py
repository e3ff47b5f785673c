r"""Content lines of iCalendar, kept as they were written, so that a change touches no line but its own.

RFC 5545, 3.1: a line is folded by a line end and one space or tab, by careless writers also within a character.
Texts are escaped here and not by the icalendar library, whose order of replacements turns ``\N`` within a text
into a line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from domain.richtext.characters import clean

_RAW = re.compile(r"[^\n]*(?:\n[ \t][^\n]*)*(?:\n|\Z)")
_FOLD = re.compile(r"\r?\n[ \t]")
_NAME = re.compile(r"\ufeff?([A-Za-z0-9-]+)(?=[;:])")
_VALUES = r'(?:"[^"]*"|[^";:,]*)'
_PARAMETER = rf"[A-Za-z0-9-]+={_VALUES}(?:,{_VALUES})*"
_HEAD = re.compile(rf"\ufeff?[A-Za-z0-9-]+((?:;{_PARAMETER})*):")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"[\\;,\n]")
_COMMA = re.compile(r"(?<!\\)((?:\\\\)*),")
_OCTETS = 75
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Line:
    """One content line. `raw` is the line as it stands in the object, with its folds and its line end."""

    raw: str

    @cached_property
    def text(self) -> str:
        """The line without folds; bytes that are no UTF-8 are shown as replacement characters."""
        text = _FOLD.sub("", self.raw).rstrip("\r\n")
        return text if not _SURROGATE.search(text) else _mended(text)

    @cached_property
    def name(self) -> str:
        """The name in upper case; empty for a line that is none."""
        found = _NAME.match(self.raw if "\n " not in self.raw[:40] and "\n\t" not in self.raw[:40] else self.text)
        return found[1].upper() if found else ""

    @property
    def value(self) -> str:
        """What stands behind the parameters, still escaped."""
        return self._parts[1]

    def parameter(self, name: str) -> str | None:
        """Return a parameter's (first) value, or None."""
        found = re.search(rf";{name}=({_VALUES})", self._parts[0], re.IGNORECASE)
        return found[1].strip('"') if found else None

    @cached_property
    def _parts(self) -> tuple[str, str]:
        """The parameters as they stand there, and the value; a line whose parameters are broken has none."""
        found = _HEAD.match(self.text)
        return (found[1], self.text[found.end() :]) if found else ("", self.text.partition(":")[2])


def _mended(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def lines_of(text: str) -> list[Line]:
    """Cut an object into its content lines; joined again, they are the same text."""
    return [Line(raw) for raw in _RAW.findall(text) if raw]


def folded(name: str, value: str, end: str = "\r\n") -> Line:
    """Return a new line, folded at 75 octets and never within a character.

    Args:
        name: the name, with its parameters.
        value: the value, escaped.
        end: the line end of the object it is for.
    """
    text = f"{name}:{value}"
    if text.isascii():
        rows = [text[:_OCTETS], *(text[at : at + _OCTETS - 1] for at in range(_OCTETS, len(text), _OCTETS - 1))]
        return Line(f"{end} ".join(rows) + end)
    return Line(f"{end} ".join(_rows(text)) + end)


def _rows(text: str) -> list[str]:
    rows, row, size = [], "", 0
    for character in text:
        octets = len(character.encode("utf-8", "replace"))
        if size + octets > _OCTETS:
            rows.append(row)
            row, size = "", 1
        row += character
        size += octets
    return [*rows, row]


def text_of(value: str) -> str:
    """Return a TEXT value without its escapes (RFC 5545, 3.3.11)."""
    if "\\" not in value:
        return value
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)


def escaped(text: str) -> str:
    """Return a text as a TEXT value."""
    return _SPECIAL.sub(lambda found: "\\n" if found[0] == "\n" else f"\\{found[0]}", clean(text))


def list_of(value: str) -> list[str]:
    """Return the texts of a list such as CATEGORIES."""
    return [text_of(part) for part in _COMMA.sub("\\1\0", value).split("\0")]


def escaped_list(texts: Sequence[str]) -> str:
    """Return texts as the value of a list."""
    return ",".join(map(escaped, texts))


def joined(lines: Iterable[Line]) -> str:
    """Return the text of some lines."""
    return "".join(line.raw for line in lines)
