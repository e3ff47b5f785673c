"""Where the elements of an HTML source stand, for those who must change one part and keep the rest byte for byte."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from domain.richtext.html_tokens import Attributes, attributes, tokens


@dataclass(slots=True)
class Node:
    """An element, or with the name "" a run of text: ``source[start:end]``, and for elements ``inner_start:inner_end``.

    ``parent`` is the number of the element around it in `Outline.nodes`, -1 at the top.
    """

    name: str
    body: str
    parent: int
    start: int
    inner_start: int
    inner_end: int
    end: int

    @property
    def attributes(self) -> Attributes:
        """The element's attributes, by lower-case name."""
        return attributes(self.body)


class Outline:
    """All elements and runs of text of a source, in the order of their starts; made in linear time."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.nodes: list[Node] = []
        self._read()
        self._text_starts = [
            node.start for node in self.nodes if not node.name and node.body.replace("&nbsp;", " ").strip()
        ]

    def _read(self) -> None:
        stack: list[int] = []
        places: dict[str, list[int]] = {}
        for token in tokens(self.source):
            if token.kind == "end":
                if places.get(token.name):
                    self._close(stack, places, places[token.name][-1], token.start, token.end)
                continue
            node = Node(
                token.name, token.body, stack[-1] if stack else -1, token.start, token.end, token.end, token.end
            )
            self.nodes.append(node)
            if token.kind == "start" and not token.void:
                places.setdefault(token.name, []).append(len(stack))
                stack.append(len(self.nodes) - 1)
        self._close(stack, places, 0, len(self.source), len(self.source))

    def _close(self, stack: list[int], places: dict[str, list[int]], height: int, start: int, end: int) -> None:
        """End open elements down to ``height``; those without an end tag of their own end where the last one begins."""
        while len(stack) > height:
            node = self.nodes[stack.pop()]
            places[node.name].pop()
            node.inner_end, node.end = start, end if len(stack) == height else start

    def ancestors(self, number: int) -> Iterator[int]:
        """Give an element's or text's own number and those of the elements around it, innermost first."""
        while number >= 0:
            yield number
            number = self.nodes[number].parent

    def has_text(self, start: int, end: int) -> bool:
        """Tell whether any text but white space begins between two offsets."""
        place = bisect_left(self._text_starts, start)
        return place < len(self._text_starts) and self._text_starts[place] < end

    def cover(self, first: int, last: int) -> tuple[int, int]:
        """Give the offsets of the smallest run of whole siblings that holds both nodes and all between them."""
        above = set(self.ancestors(last))
        common = next((number for number in self.ancestors(first) if number in above), -1)
        left = self._child_of(common, first)
        right = self._child_of(common, last)
        return self.nodes[left].start, self.nodes[right].end

    def _child_of(self, parent: int, number: int) -> int:
        if number == parent:
            return number
        return next(inner for inner in self.ancestors(number) if self.nodes[inner].parent == parent)
