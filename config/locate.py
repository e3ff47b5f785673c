"""Finds the line of a TOML file that a key path points to, so that a message can name it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence

Path = tuple[str | int, ...]
Place = tuple[int, Path]

_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]*)
  | (?P<quoted> \"{3}(?:\\.|[^\\])*?\"{3,5} | '{3}.*?'{3,5} | "(?:\\.|[^"\\\n])*" | '[^'\n]*')
  | (?P<bare> [A-Za-z0-9_+:-]+)
  | (?P<mark> [\n\[\]{}=.,])
    """,
    re.VERBOSE | re.DOTALL,
)


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the 1-based line that comes closest to a key path in a valid TOML text, or None.

    That is the key itself, else the first one inside of it, else the table it belongs to.
    """
    best: tuple[int, int] | None = None
    for number, found in _Reader(text).places():
        length = min(len(found), len(path))
        if length and found[:length] == tuple(path[:length]) and (best is None or length > best[0]):
            best = (length, number)
    return best[1] if best else None


class _Reader:
    """Walks through a text that is known to be valid TOML; values matter only for what is inside of them."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._counts: dict[Path, int] = {}

    def places(self) -> Iterator[Place]:
        """Yield every header, key and item of an array with its line and full path."""
        table: Path = ()
        while (here := self._peek()) is not None:
            line, word = here
            if word == "\n":
                self._at += 1
            elif word == "[":
                table = self._header()
                yield line, table
            else:
                yield from self._pair(table)

    def _peek(self) -> tuple[int, str] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> tuple[int, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _is(self, *tokens: str) -> bool:
        here = self._peek()
        return here is None or here[1] in tokens

    def _header(self) -> Path:
        self._at += 1
        array = self._peek() is not None and self._is("[")
        self._at += array
        names = self._names("]")
        self._at += 1 + array
        return self._enter(names, array=array)

    def _enter(self, names: Sequence[str], *, array: bool) -> Path:
        """Return a header's path; arrays of tables are counted, and a later header means their latest item."""
        path: Path = ()
        for place, name in enumerate(names):
            path = (*path, name)
            if array and place == len(names) - 1:
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
        return path

    def _names(self, end: str) -> list[str]:
        names = []
        while not self._is(end, "\n"):
            _, word = self._next()
            if word != ".":
                names.append(_unquoted(word))
        return names

    def _pair(self, table: Path) -> Iterator[Place]:
        line = self._tokens[self._at][0]
        path = (*table, *self._names("="))
        self._at += 1
        yield line, path
        yield from self._value(path)

    def _value(self, path: Path) -> Iterator[Place]:
        if self._is("[") and self._peek():
            yield from self._items(path)
        elif self._is("{") and self._peek():
            yield from self._inline(path)
        else:
            while not self._is("\n", ",", "]", "}"):
                self._at += 1

    def _items(self, path: Path) -> Iterator[Place]:
        self._at += 1
        number = 0
        while not self._is("]"):
            line, word = self._tokens[self._at]
            if word in ("\n", ","):
                self._at += 1
                continue
            yield line, (*path, number)
            yield from self._value((*path, number))
            number += 1
        self._at += 1

    def _inline(self, path: Path) -> Iterator[Place]:
        self._at += 1
        while not self._is("}"):
            if self._is("\n", ","):
                self._at += 1
            else:
                yield from self._pair(path)
        self._at += 1


def _tokens(text: str) -> Iterator[tuple[int, str]]:
    line, last = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", last, match.start())
        last = match.start()
        if match.lastgroup != "comment":
            yield line, match.group()


def _unquoted(word: str) -> str:
    """Return a key without its quotes; TOML's own rules say what is between them."""
    return str(tomllib.loads(f"key = {word}")["key"]) if word[0] in "\"'" else word
