"""The quotes, lists and items that are open while HTML is read, however badly they are nested."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from domain.richtext.tree import MAX_DEPTH, Block, List, Quote

Name = Literal["quote", "list", "item"]


@dataclass(slots=True)
class _Frame:
    """An open container. ``blocks`` takes the content of a quote or item, and the finished list of a list.

    A container below `MAX_DEPTH` is not ``real``: what is put into it goes to the last real one around it. An
    ``implied`` list stands around items that came without one.
    """

    name: Name
    blocks: list[Block]
    items: list[list[Block]] = field(default_factory=list)
    ordered: bool = False
    start: int = 1
    real: bool = True
    implied: bool = False


class Containers:
    """Builds the blocks of a document from opening and closing containers and putting blocks into them.

    Every call takes constant time, amortised: end tags that match nothing are ignored without a search.
    """

    def __init__(self) -> None:
        self.root: list[Block] = []
        self._frames: list[_Frame] = []
        self._places: dict[Name, list[int]] = {"quote": [], "list": [], "item": []}
        self._depth = 0

    @property
    def inside(self) -> bool:
        """Whether any container is open."""
        return bool(self._frames)

    def put(self, block: Block) -> None:
        """Add a finished block; directly inside a list it makes an item."""
        self._enter_item()
        self._target().append(block)

    def open_quote(self) -> None:
        """Begin a quote."""
        self._enter_item()
        real = self._depth < MAX_DEPTH
        self._push(_Frame("quote", [] if real else self._target(), real=real))

    def open_list(self, *, ordered: bool, start: int = 1) -> None:
        """Begin a list; directly inside another list it belongs to the item before it."""
        if self._in_list():
            self._open_item(again=True)
        self._push(_Frame("list", self._target(), [], ordered, start, real=self._depth < MAX_DEPTH))

    def next_item(self) -> None:
        """Begin an item, ending the one before; outside of any list, also begin a bulleted list."""
        items, lists = self._places["item"], self._places["list"]
        if items and items[-1] > lists[-1]:
            self._close_down_to(items[-1])
        if not self._in_list():
            self._push(_Frame("list", self._target(), real=self._depth < MAX_DEPTH, implied=True))
        self._open_item()

    def close(self, name: Name) -> None:
        """End the innermost container of this name and all inside it; an item only within its own list."""
        places, lists = self._places[name], self._places["list"]
        if places and not (name == "item" and lists[-1] > places[-1]):
            self._close_down_to(places[-1])

    def finish(self) -> list[Block]:
        """End all that is open and give the blocks of the document."""
        self._close_down_to(0)
        return self.root

    def _in_list(self) -> bool:
        return bool(self._frames) and self._frames[-1].name == "list"

    def _enter_item(self) -> None:
        """Make room for a block: a list takes it as an item, unless the list is only implied by its items."""
        if self._in_list():
            if self._frames[-1].implied:
                self._close_down_to(len(self._frames) - 1)
            else:
                self._open_item()

    def _open_item(self, *, again: bool = False) -> None:
        frame = self._frames[-1]
        if frame.real:
            if not (again and frame.items):
                frame.items.append([])
            self._push(_Frame("item", frame.items[-1]))
        else:
            self._push(_Frame("item", frame.blocks, real=False))

    def _target(self) -> list[Block]:
        return self._frames[-1].blocks if self._frames else self.root

    def _push(self, frame: _Frame) -> None:
        self._places[frame.name].append(len(self._frames))
        self._frames.append(frame)
        self._depth += frame.real and frame.name != "item"

    def _close_down_to(self, height: int) -> None:
        while len(self._frames) > height:
            frame = self._frames.pop()
            self._places[frame.name].pop()
            if frame.real and frame.name != "item":
                self._depth -= 1
                self._finish(frame)

    def _finish(self, frame: _Frame) -> None:
        if frame.name == "quote":
            self._target().extend([Quote(tuple(frame.blocks))] if frame.blocks else [])
        elif frame.items:
            frame.blocks.append(List(tuple(tuple(item) for item in frame.items), frame.ordered, frame.start))
