"""Finds the line of a TOML file that a key path points to, so that a message can name it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*("[^"]+"|'[^']+'|[A-Za-z0-9_.-]+)\s*=""")


def line_of(text: str, path: Sequence[str | int]) -> int | None:
    """Return the 1-based line that comes closest to a key path, or None."""
    best: tuple[int, int] | None = None
    for number, found in _paths(text):
        shared = _shared(found, tuple(path))
        if shared == len(found) and shared and (best is None or shared > best[0]):
            best = (shared, number)
    return best[1] if best else None


def _shared(found: Path, wanted: Path) -> int:
    count = 0
    for one, other in zip(found, wanted, strict=False):
        if one != other:
            break
        count += 1
    return count


def _paths(text: str) -> Iterator[tuple[int, Path]]:
    """Yield every header and key with its line and full path; arrays of tables are counted."""
    table: Path = ()
    counts: dict[Path, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _enter(header.group(2), counts, array=header.group(1) == "[[")
            yield number, table
        elif key:
            yield number, (*table, *_names(key.group(1)))


def _enter(name: str, counts: dict[Path, int], *, array: bool) -> Path:
    path: Path = ()
    names = _names(name)
    for place, part in enumerate(names):
        path = (*path, part)
        if array and place == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _names(text: str) -> list[str]:
    return [part.strip().strip("\"'") for part in text.split(".")]
