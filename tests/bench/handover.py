"""Hands a memory tool from the process that made it to the one that is measured, as one file of bytes.

The file is a row of marshalled values: what is known of the tool, its log, then its items by the thousand. Both
processes run on the same interpreter, so its own fastest format will do.
"""

from __future__ import annotations

import gc
import marshal
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from connectors.memory.tool import Container, Item, MemoryTool
from domain.fields import RecordType

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Handed:
    """A tool, and what the space bound to it calls its binding."""

    tool: MemoryTool
    binding: str


def write(handed: Handed, path: Path) -> None:
    """Write a tool's people, log and items."""
    container = handed.tool.container()
    rows = [
        (identity, item.type.value, item.revision, item.body, item.modified, item.by, item.mark)
        for identity, item in container.items.items()
    ]
    with path.open("wb") as file:
        marshal.dump((handed.binding, handed.tool.people, handed.tool.next_id), file)
        marshal.dump((len(container.log), len(rows)), file)
        marshal.dump(container.log, file)
        for start in range(0, len(rows), CHUNK):
            marshal.dump(rows[start : start + CHUNK], file)


def read(path: Path, *, items: bool = True) -> Handed:
    """Read a tool; without `items` it knows only where its log ends, all that a run without a listing asks for.

    What belongs to the tool would live on another machine, so the garbage collector does not look at it again.
    """
    gc.disable()
    with path.open("rb") as file:
        binding, people, next_id = marshal.load(file)
        length, count = marshal.load(file)
        container = _items(file, count) if items else Container(log_begins=length)
    gc.freeze()
    gc.enable()
    return Handed(MemoryTool(people=people, next_id=next_id, containers={"default": container}), binding)


def _items(file: IO[bytes], count: int) -> Container:
    container = Container(log=marshal.load(file))
    for _ in range(0, count, CHUNK):
        for identity, kind, *rest in marshal.load(file):
            container.items[identity] = Item(RecordType(kind), *rest)
    return container
