"""The text that is being gathered while HTML is read: its spans, and the line breaks that are due before the next."""

from __future__ import annotations

import re
from collections import Counter

from domain.richtext.tree import Mark, Span

_WHITE_SPACE = re.compile(r"[ \t\n\r\f]+")


class Gatherer:
    """Collects spans until a block ends. Line breaks are written late: those before the end of a block never are."""

    def __init__(self) -> None:
        self.href = ""
        self._spans: list[Span] = []
        self._breaks = 0
        self._break_href = ""
        self._cell_due = False
        self._marks: frozenset[Mark] = frozenset()
        self._counts: Counter[Mark] = Counter()
        self._opened: dict[str, list[frozenset[Mark]]] = {}

    def take(self) -> list[Span]:
        """Give the spans of the block that ends, and begin anew; open marks and links go on, as in browsers."""
        spans, self._spans = self._spans, []
        self._breaks, self._cell_due = 0, False
        return spans

    def words(self, text: str) -> None:
        """Add text in which white space means what it means in HTML."""
        text = _WHITE_SPACE.sub(" ", text)
        if not text.isspace():
            if text:
                self.add(text, self.href)
        elif self._spans and not self._breaks:
            self._spans.append(Span(text, self._marks, self.href))
        elif "\xa0" in text:
            self.line_break()  # Outlook writes an empty line as a no-break space of its own

    def lines(self, text: str) -> None:
        """Add text in which line feeds are line breaks."""
        for number, line in enumerate(text.split("\n")):
            if number:
                self.line_break()
            self.words(line)

    def add(self, text: str, href: str) -> None:
        """Add text as it is, on the line that is due."""
        if self._breaks:
            self._spans.append(Span("\n" * min(self._breaks, 2), self._marks, self._break_href))
        elif self._cell_due and self._spans:
            self._spans.append(Span(" | "))
        self._breaks, self._cell_due = 0, False
        self._spans.append(Span(text, self._marks, href))

    def line_break(self) -> None:
        """Begin a new line with the next text; two in a row end the paragraph."""
        if self._spans:
            self._break_href = self._break_href if self._breaks else self.href
            self._breaks += 1

    def boundary(self, lines: int) -> None:
        """Begin a new line (1) or paragraph (2) with the next text; boundaries that meet do not add up."""
        if self._spans and self._breaks < lines:
            self._break_href = self._break_href if self._breaks else self.href
            self._breaks = lines

    def cell(self) -> None:
        """Set the next text apart from what stands before it in its table row."""
        self._cell_due = not self._breaks

    def mark(self, tag: str, marks: frozenset[Mark]) -> None:
        """Obey a start tag that sets marks (none at all is remembered too, for its end tag)."""
        self._opened.setdefault(tag, []).append(marks)
        self._counts.update(marks)
        self._marks = frozenset(+self._counts)

    def unmark(self, tag: str) -> None:
        """Obey an end tag: end what the last start tag of this name began. Overlapping tags need no mending."""
        if self._opened.get(tag):
            self._counts.subtract(self._opened[tag].pop())
            self._marks = frozenset(+self._counts)
