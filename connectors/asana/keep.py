"""Keeps what copsync cannot write in a description: pictures, tables, mentions, tags of the future.

Asana replaces a description as a whole. So the places of such nodes are marked in the old text, the new text is
merged with the marked one word by word, and the marks give way to the nodes as Asana sent them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from merge3 import Merge3

from connectors.asana.richtext import from_asana, hold_asana, to_asana
from domain.richtext.outline import Node, Outline

_WRITTEN = frozenset(
    {"body", "strong", "b", "em", "i", "s", "u", "code", "a", "ul", "ol", "li", "h1", "h2", "hr", "pre", "blockquote"}
)
_ON_LINES_OF_THEIR_OWN = frozenset({"table", "object"})
_WITHOUT_WORDS = frozenset({"img", "object"})
_END = "</body>"
_WORDS = re.compile(r"\\?\n|[^\S\n]+|[^\s\\]+|\\")
_LINES = re.compile(r"\\?\n|[^\n\\]+|\\")
_LONG = 40_000  # comparing word by word takes too long from here on


@dataclass(frozen=True, slots=True)
class Kept:
    """A node as Asana sent it, and the word that marks its place."""

    name: str
    source: str
    start: int
    end: int
    mark: str

    @property
    def stands_alone(self) -> bool:
        """Whether it stands on lines of its own."""
        return self.name in _ON_LINES_OF_THEIR_OWN

    @property
    def reads_as(self) -> str:
        """What copsync would write for it: text, a link, or nothing."""
        return to_asana(from_asana(f"<body>{self.source}{_END}")).removeprefix("<body>").removesuffix(_END)

    @property
    def has_words(self) -> bool:
        """Whether all it says is in the notes, so that editing or deleting it there is meant for it."""
        return self.name not in _WITHOUT_WORDS and bool(self.reads_as)


def keeping(notes: str, present: str | None) -> str:
    """Return `html_notes` for new notes, with the nodes of the present ones that copsync cannot write.

    They stay where they are while the text around them does; a table whose words were edited gives way to the edited
    words, and a picture whose line is gone moves to the end.
    """
    nodes = _kept(present or "")
    if not nodes:
        return to_asana(notes)
    markup = _placed(hold_asana(notes), present or "", nodes) or to_asana(notes)
    return _with_missing(markup, [node for node in nodes if node.source not in markup])


def _kept(present: str) -> list[Kept]:
    """Find the outermost nodes that copsync cannot write."""
    found: list[Kept] = []
    word = "copsyncKeeps"
    while word in present:
        word += "x"
    for node in Outline(present).nodes:
        if _is_foreign(node) and (not found or node.start >= found[-1].end):
            source = present[node.start : node.end]
            found.append(Kept(node.name, source, node.start, node.end, f"{word}{len(found)}x"))
    return found


def _is_foreign(node: Node) -> bool:
    if node.name == "a":
        return node.attributes.get("data-asana-type") == "user"
    return bool(node.name) and node.name not in _WRITTEN


def _placed(wanted: str, present: str, nodes: Sequence[Kept]) -> str | None:
    """Return the wanted text with the nodes in their places, or None where no merge reads as what is wanted."""
    base, marked = from_asana(present), from_asana(_marked(present, nodes))
    for pieces in (_WORDS, _LINES) if len(base) + len(wanted) < _LONG else (_LINES,):
        markup = to_asana(_merged(*(pieces.findall(text) for text in (base, marked, wanted))))
        for node in nodes:
            if node.stands_alone:
                markup = markup.replace(f"\n{node.mark}", node.mark).replace(f"{node.mark}\n", node.mark)
            markup = markup.replace(node.mark, node.source)
        if from_asana(markup) == wanted:
            return markup
    return None


def _marked(present: str, nodes: Sequence[Kept]) -> str:
    parts: list[str] = []
    position = 0
    for node in nodes:
        parts += (present[position : node.start], f"\n{node.mark}\n" if node.stands_alone else node.mark)
        position = node.end
    return "".join((*parts, present[position:]))


def _merged(base: list[str], marked: list[str], wanted: list[str]) -> str:
    """Merge the marks into the wanted text; where both changed the same piece, the wanted one stands."""
    groups = list(Merge3(base, marked, wanted).merge_groups())
    return "".join(piece for group in groups for piece in group[3 if group[0] == "conflict" else 1])


def _with_missing(markup: str, missing: Sequence[Kept]) -> str:
    """Put back the nodes that found no place: over the link that stands for them, else at the end."""
    for node in missing:
        reads_as = node.reads_as
        if reads_as.startswith("<a ") and reads_as in markup:
            markup = markup.replace(reads_as, node.source, 1)
        elif not node.has_words:
            text = markup.removesuffix(_END)
            markup = f"{text}{'' if text == '<body>' else chr(10)}{node.source}{_END}"
    return markup
