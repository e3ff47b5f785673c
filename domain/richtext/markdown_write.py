"""Writing a document as CommonMark in its normal form: one text for one meaning, and reading it gives the document.

Choices of the form: ``#`` headings, ``-`` bullets (``*`` beside or directly inside another bulleted list),
``1.`` numbers (``1)`` beside another numbered list), ``**strong**``, ``_emphasis_``, ``~~strike~~``, fenced code,
``---`` rules (``___`` at the start of a list item), line breaks as a backslash at the end of the line.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.richtext.spans import nested
from domain.richtext.tree import Block, CodeBlock, Document, Heading, List, Paragraph, Quote, Rule, Span, Spans

_DELIMITERS = {"strong": "**", "emphasis": "_", "strike": "~~"}

# What would be read as markup inside a line. "_" is harmless only between two letters or digits, "<" only where no
# tag or address can follow, "~" only alone.
_MARKUP = re.compile(r"[\\`*\[]|(?<![^\W_])_|_(?![^\W_])|~(?![^~])|(?<![^~])~|<(?=[A-Za-z/!?])|&(?=#?[0-9A-Za-z]+;)")
# What would be read as the start of a block.
_BLOCK_START = re.compile(
    r"(?P<mark>[-+](?=[ \t]|$)|-(?=[-\t ]*$)|=(?==*$)|>|#{1,6}(?=[ \t]|$))"
    r"|(?P<number>[0-9]{1,9})(?P<dot>[.)](?=[ \t]|$))"
)
_CLOSING_HASHES = re.compile(r"(?:^|(?<=[ \t]))#(?=#*$)")
_BACKTICKS = re.compile("`+")


def write_markdown(document: Document) -> str:
    """Write a document that is in its normal form; the text ends without a line feed."""
    return "\n".join(_blocks(document.blocks, _ANYWHERE))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where blocks stand: whether they make up a list item, and the bullet of that item ("" for a number)."""

    item: bool = False
    bullet: str = ""


_ANYWHERE = _Place()


def _blocks(blocks: tuple[Block, ...], place: _Place) -> list[str]:
    lines: list[str] = []
    before: Block | None = None
    marker = ""
    for block in blocks:
        if isinstance(block, List):
            marker = _marker(block, before, marker, place)
        if before is not None and not (place.item and _follows_closely(before, block)):
            lines.append("")
        lines.extend(_block(block, marker, place if before is None else _ANYWHERE))
        before = block
    return lines


def _marker(block: List, before: Block | None, last: str, place: _Place) -> str:
    """Choose a marker that neither joins two lists into one nor makes a row of bullets look like a rule."""
    beside = last if isinstance(before, List) and before.ordered == block.ordered else ""
    if block.ordered:
        return ")" if beside == "." else "."
    inside = place.bullet if before is None else ""
    return "*" if "-" in (beside, inside) else "-"


def _follows_closely(before: Block, block: Block) -> bool:
    """Tell whether a list may follow a paragraph without a blank line and still be a list."""
    if not (isinstance(before, Paragraph) and isinstance(block, List)):
        return False
    return bool(block.items[0]) and (not block.ordered or block.start == 1)


def _block(block: Block, marker: str, place: _Place) -> list[str]:
    match block:
        case Paragraph():
            return [
                _BLOCK_START.sub(_escape_start, line, count=1) if _starts_oddly(line) else line
                for line in _inline(block.spans).split("\n")
            ]
        case Heading():
            return ["#" * block.level + " " + _CLOSING_HASHES.sub(r"\\#", _inline(block.spans))]
        case Quote():
            return [f"> {line}" if line else ">" for line in _blocks(block.blocks, _ANYWHERE)]
        case List():
            return _list(block, marker)
        case CodeBlock():
            fence = "`" * max(3, 1 + _longest_backticks(block.text))
            return [fence + block.language, *block.text.split("\n"), fence]
        case Rule():
            return ["___" if place.item else "---"]


def _list(block: List, marker: str) -> list[str]:
    lines: list[str] = []
    place = _Place(item=True, bullet="" if block.ordered else marker)
    for number, item in enumerate(block.items, block.start):
        head = f"{min(number, 999_999_999)}{marker} " if block.ordered else f"{marker} "
        first, *others = _blocks(item, place) or [""]
        lines.append(head + first if first else head.rstrip())
        if others:
            indent = " " * len(head)
            lines.extend(indent + line if line else "" for line in others)
    return lines


def _starts_oddly(line: str) -> bool:
    return line[:1] in "-+=>#0123456789" and _BLOCK_START.match(line) is not None


def _escape_start(start: re.Match[str]) -> str:
    return start["number"] + "\\" + start["dot"] if start["number"] else "\\" + start[0]


def _longest_backticks(text: str) -> int:
    return max((len(run[0]) for run in _BACKTICKS.finditer(text)), default=0)


@dataclass(slots=True)
class _Item:
    """A piece of a line: text to be escaped, something already written, or a delimiter that opens or closes."""

    kind: Literal["text", "raw", "open", "close"]
    text: str
    in_link: bool = False
    encode_first: bool = False
    encode_last: bool = False

    @property
    def first(self) -> str:
        """The first character as it will be written; escapes and references begin with punctuation."""
        encoded = self.encode_first or (self.encode_last and len(self.text) == 1)
        return "&" if encoded else "\\" if self.text[0] == "\n" else self.text[0]

    @property
    def last(self) -> str:
        """The last character as it will be written."""
        return ";" if self.encode_last or (self.encode_first and len(self.text) == 1) else self.text[-1]


def _inline(spans: Spans) -> str:
    if len(spans) == 1 and not spans[0].marks and not spans[0].href:
        return _MARKUP.sub(_escape, spans[0].text).replace("\n", "\\\n")
    items = _items(spans)
    _flank(items)
    out: list[str] = []
    for item in items:
        written = _escaped(item) if item.kind == "text" else item.text
        if written.startswith("[") and out and out[-1].endswith("!"):
            out[-1] = out[-1][:-1] + "\\!"  # or the link would be read as a picture
        out.append(written)
    return "".join(out)


def _items(spans: Spans) -> list[_Item]:
    items: list[_Item] = []
    in_link = False
    for step, wrap, span in nested(spans):
        if step == "text":
            items.append(_Item("raw", _code(span)) if "code" in span.marks else _Item("text", span.text, in_link))
        elif wrap.kind != "link":
            items.append(_Item(step, _DELIMITERS[wrap.kind]))
        elif step == "open":
            in_link = True
            items.append(_Item("raw", "["))
        else:
            in_link = False
            items.append(_Item("raw", f"]({_destination(wrap.href)})"))
    return items


def _code(span: Span) -> str:
    text = span.text
    fence = "`"
    if "`" in text:
        runs = {len(run[0]) for run in _BACKTICKS.finditer(text)}
        fence *= next(length for length in range(1, len(text) + 2) if length not in runs)
    pad = " " if text[0] == "`" or text[-1] == "`" or (text[0] == text[-1] == " ") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _destination(href: str) -> str:
    """Write an address that `safe_href` has spelled: no spaces, angle brackets or backslashes are left in it."""
    href = re.sub(r"&(?=#?[0-9A-Za-z]+;)", r"\\&", href)
    return f"<{href}>" if "(" in href or ")" in href else href


def _escaped(item: _Item) -> str:
    text = item.text
    head = tail = ""
    if item.encode_first:
        head, text = f"&#{ord(text[0])};", text[1:]
    if item.encode_last and text:
        text, tail = text[:-1], f"&#{ord(text[-1])};"
    text = _MARKUP.sub(_escape, text)
    if item.in_link:
        text = text.replace("]", "\\]")
    return head + text.replace("\n", "\\\n") + tail


def _escape(markup: re.Match[str]) -> str:
    return "\\" + markup[0]


def _flank(items: list[_Item]) -> None:
    """Make every delimiter open or close where it stands, by writing a neighbouring character as a reference.

    CommonMark lets ``**`` close only where it follows a word or precedes white space or punctuation; in
    ``**注意：**これ`` it does neither. Written as ``**注意：**&#12371;れ`` it does.
    """
    runs = _runs(items)
    for number in range(len(runs)):
        while number >= 0 and _flank_run(runs[number]):
            number -= 1


class _Run(NamedTuple):
    """Delimiters in a row, those that close before those that open, and what stands on both sides."""

    left: _Item | None
    closing: list[_Item]
    opening: list[_Item]
    right: _Item | None


def _runs(items: list[_Item]) -> list[_Run]:
    runs: list[_Run] = []
    left: _Item | None = None
    row: list[_Item] = []
    for item in (*items, None):
        if item is not None and item.kind in ("open", "close"):
            row.append(item)
            continue
        if row:
            closing = [delimiter for delimiter in row if delimiter.kind == "close"]
            runs.append(_Run(left, closing, row[len(closing) :], item))
            row = []
        left = item
    return runs


def _flank_run(run: _Run) -> bool:
    """Decide which neighbours to write as references; tell whether the run before must be looked at again."""
    left, closing, opening, right = run
    before = left.last if left else " "
    after = right.first if right else " "
    if right and ((opening and after.isspace()) or not (opening or _is_edge(after) or _inside(closing, before))):
        right.encode_first = True
        after = "&"
    if left and not (closing or _is_edge(before) or _inside(opening, after)):
        left.encode_last = True
        return len(left.text) == 1  # its only character was also the neighbour of the run before
    return False


def _inside(delimiters: list[_Item], char: str) -> bool:
    """Tell whether this run works inside a word: one delimiter, not "_", with a letter on its inner side."""
    return len(delimiters) == 1 and delimiters[0].text != "_" and _is_word(char)


def _is_edge(char: str) -> bool:
    """Tell whether every CommonMark version takes this for white space or punctuation."""
    return char.isspace() or (char.isascii() and not char.isalnum())


def _is_word(char: str) -> bool:
    """Tell whether every CommonMark version takes this for neither; other symbols are treated with care."""
    return unicodedata.category(char)[0] in "LNM"
