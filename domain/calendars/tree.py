"""A calendar file as components with numbered lines: whatever can be made of it, and what could not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from domain.calendars.lines import Line, lines_of

_FOLD = re.compile(rb"\r?\n[ \t]")
MAX_DEPTH = 16
"""How deep components may stand in each other; RFC 5545 needs four."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(slots=True)
class Block:
    """Everything between a BEGIN and its END. `number` is the line of its BEGIN in the file, counted from 1."""

    name: str
    number: int
    lines: list[tuple[int, Line]] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    closed: bool = False

    def all(self, *names: str) -> list[tuple[int, Line]]:
        """Return this component's own lines of some names, with their numbers."""
        return [(number, line) for number, line in self.lines if line.name in names]

    def first(self, name: str) -> tuple[int, Line] | None:
        """Return the first line of a name."""
        return next(iter(self.all(name)), None)

    def value(self, name: str) -> str:
        """Return the value of the first line of a name, still escaped; empty if there is none."""
        found = self.first(name)
        return found[1].value if found else ""

    def text(self) -> str:
        """Return the component as it stands in the file."""
        inner = "".join(line.raw for _, line in self.lines) + "".join(block.text() for block in self.blocks)
        return f"BEGIN:{self.name}\r\n{inner}END:{self.name}\r\n"

    def size(self) -> int:
        """Return how many lines it has, with those of its components."""
        return len(self.lines) + sum(block.size() for block in self.blocks)

    def within(self, *names: str) -> Iterator[Block]:
        """Yield the components of some names directly inside."""
        return (block for block in self.blocks if block.name in names)


def decoded(data: bytes) -> tuple[str, str]:
    """Return the text of a file, and its encoding: UTF-8 unless the bytes say otherwise.

    Careless writers fold within a character: whether it is UTF-8 shows only without the folds.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _one_line_end(data.decode(encoding, "replace").lstrip("\ufeff")), encoding
    try:
        _FOLD.sub(b"", data).decode("utf-8")
    except UnicodeDecodeError:
        return _one_line_end(data.decode("cp1252", "replace")), "cp1252"
    return _one_line_end(data.decode("utf-8", "surrogateescape")), "utf-8"


def _one_line_end(text: str) -> str:
    return text if "\n" in text else text.replace("\r", "\n")


def blocks_of(text: str) -> Block:
    """Return a file as the components in it: calendars, or bare components, below a block without a name.

    What stands deeper than `MAX_DEPTH` counts as lines of the component around it.
    """
    root = Block("", 1)
    open_ones, number = [root], 1
    for line in lines_of(text):
        if line.name == "BEGIN" and len(open_ones) <= MAX_DEPTH:
            made = Block(line.value.strip().upper(), number)
            open_ones[-1].blocks.append(made)
            open_ones.append(made)
        elif line.name == "END":
            _close(open_ones, line.value.strip().upper())
        elif line.text.strip():
            open_ones[-1].lines.append((number, line))
        number += line.raw.count("\n")
    return root


def _close(open_ones: list[Block], name: str) -> None:
    """Close the innermost component of that name, and with it what somebody forgot to close inside."""
    for place in range(len(open_ones) - 1, 0, -1):
        if open_ones[place].name == name:
            open_ones[place].closed = True
            del open_ones[place:]
            return
