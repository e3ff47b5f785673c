"""Reading HTML of any quality into a document, in one pass over its tags.

What is kept: paragraphs, line breaks, headings, lists, quotes, code, rules, links, pictures (as links) and the marks
of `domain.richtext.dialect.MARK_OF_TAG`, also where a style attribute makes them. Tables become lines of text.
Unknown tags keep their text. Two line breaks in a row end a paragraph, as people use them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

from domain.richtext.characters import clean, fold_spaces
from domain.richtext.dialect import Reading
from domain.richtext.html_frames import Containers
from domain.richtext.html_text import Gatherer
from domain.richtext.html_tokens import Token, attributes, element_end, tokens
from domain.richtext.tidy import tidy_leaf
from domain.richtext.tree import CodeBlock, Document, Heading, Mark, Paragraph, Rule, Span

# Basecamp has h7 and h8 too.
_HEADINGS: Mapping[str, int] = {f"h{level}": min(level, 6) for level in range(1, 9)}
_LISTS = frozenset({"ul", "ol", "menu", "dir"})
_PREFORMATTED = frozenset({"pre", "listing", "xmp"})
# Elements that stand on lines of their own; a paragraph has a blank line around it as well.
_LINES = frozenset({
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "html", "legend", "main", "nav", "object",
    "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
})  # fmt: skip
_CELLS = frozenset({"td", "th"})
_STYLED = frozenset({"span", "font", "b", "strong", "i", "em", "s", "u"})
_STYLES: tuple[tuple[Mark, re.Pattern[str], re.Pattern[str]], ...] = (
    ("strong", re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)"), re.compile(r"font-weight\s*:\s*(?:normal|400)")),
    ("emphasis", re.compile(r"font-style\s*:\s*italic"), re.compile(r"font-style\s*:\s*normal")),
    ("strike", re.compile(r"text-decoration[^;]*line-through"), re.compile(r"text-decoration\s*:\s*none")),
)
_LANGUAGE = re.compile(r"(?:^|\s)language-(\S+)")


def from_html(source: str, reading: Reading | None = None) -> Document:
    """Read HTML as one tool means it; nothing is refused, and time is linear in the length.

    Quotes and lists deeper than `domain.richtext.tree.MAX_DEPTH` are dissolved: their text stays.
    """
    return _Reader(source, reading or Reading()).read()


class _Reader:
    """One pass over one source."""

    def __init__(self, source: str, reading: Reading) -> None:
        self.source = source
        self.reading = reading
        self.containers = Containers()
        self.text = Gatherer()
        self.heading = 0
        self.code: list[str] = []
        self.code_depth = 0
        self.language = ""
        self.resume_at = 0
        self.unclosed: set[str] = set()

    def read(self) -> Document:
        """Give the document in normal form."""
        for token in tokens(self.source):
            if token.start < self.resume_at:
                continue
            if self.code_depth:
                self.in_code(token)
            elif token.kind == "text":
                self.in_text(html.unescape(token.body) if "&" in token.body else token.body)
            elif token.kind == "start":
                self.start(token)
            else:
                _ENDS.get(token.name, _end_mark)(self, token)
        if self.code_depth:
            self.end_code()
        self.flush()
        return Document(tuple(self.containers.finish()))

    def start(self, token: Token) -> None:
        """Obey a start tag."""
        if token.name in self.reading.atoms:
            self.atom(token)
        elif (action := _STARTS.get(token.name)) is not None:
            action(self, token)
        elif not token.void and (token.name in self.reading.marks or token.name in _STYLED):
            self.text.mark(token.name, self.marks(token))

    def in_text(self, text: str) -> None:
        """Add text between tags."""
        if self.reading.folds_spaces and "\xa0" in text and not text.isspace():
            text = fold_spaces(text)
        if self.reading.newlines:
            self.text.lines(clean(text))
        else:
            self.text.words(text)

    def atom(self, token: Token) -> None:
        """Hand an element over whole; its content is not read again."""
        name, inner = token.name, ""
        if not token.void and name not in self.unclosed:
            end = element_end(self.source, name, token.end)
            if end is None:
                self.unclosed.add(name)
            else:
                inner, self.resume_at = self.source[token.end : end[0]], end[1]
        span = self.reading.atoms[name](attributes(token.body), inner)
        if span.text.strip():
            self.text.add(span.text, self.text.href or span.href)

    def marks(self, token: Token) -> frozenset[Mark]:
        """Read which marks a start tag sets; Google Docs wraps whole documents in a ``<b>`` of normal weight."""
        name = token.name
        marks = {self.reading.marks[name]} if name in self.reading.marks else set()
        style = attributes(token.body).get("style", "").lower() if "style" in token.body else ""
        for mark, on, off in _STYLES if style else ():
            marks |= {mark} if on.search(style) else set()
            marks -= {mark} if off.search(style) else set()
        return frozenset(marks)

    def flush(self) -> None:
        """End the paragraph or heading that is being gathered."""
        spans = self.text.take()
        if not spans:
            return
        rule = Paragraph((Span(self.reading.rule_text),))
        gathered = Heading(self.heading, tuple(spans)) if self.heading else Paragraph(tuple(spans))
        for block in tidy_leaf(gathered):
            self.containers.put(Rule() if block == rule and not self.containers.inside else block)

    def title(self, level: int) -> None:
        """End a block and begin a heading, or with 0 anything else."""
        self.flush()
        self.heading = level

    def start_list(self, token: Token) -> None:
        """Begin a list, numbered from its ``start``."""
        self.title(0)
        start = attributes(token.body).get("start", "") if token.name == "ol" else ""
        number = int(start) if start.isascii() and start.isdigit() and len(start) < 10 else 1
        self.containers.open_list(ordered=token.name == "ol", start=number)

    def start_code(self, token: Token) -> None:
        """Begin a block of code."""
        self.title(0)
        self.code, self.code_depth, self.language = [], 1, _language(token)

    def in_code(self, token: Token) -> None:
        """Go on with a block of code: text, line breaks, and its end."""
        if token.kind == "text":
            self.code.append(html.unescape(token.body))
        elif token.name == "br":
            self.code.append("\n")
        elif token.name == "code" and token.kind == "start":
            self.language = self.language or _language(token)
        elif token.name in _PREFORMATTED and not token.void:
            self.code_depth += 1 if token.kind == "start" else -1
            if not self.code_depth:
                self.end_code()

    def end_code(self) -> None:
        """End a block of code."""
        text = "".join(self.code)
        self.code_depth = 0
        for block in tidy_leaf(CodeBlock(fold_spaces(text) if self.reading.folds_spaces else text, self.language)):
            self.containers.put(block)


def _language(token: Token) -> str:
    match = _LANGUAGE.search(attributes(token.body).get("class", ""))
    return match[1] if match else ""


_Action = Callable[[_Reader, Token], None]


def _end_mark(reader: _Reader, token: Token) -> None:
    reader.text.unmark(token.name)


def _start_link(reader: _Reader, token: Token) -> None:
    reader.text.href = "" if token.void else reader.reading.address(attributes(token.body))


def _end_link(reader: _Reader, _: Token) -> None:
    reader.text.href = ""


def _line_break(reader: _Reader, _: Token) -> None:
    reader.text.line_break()


def _line(reader: _Reader, _: Token) -> None:
    reader.text.boundary(1)


def _paragraph(reader: _Reader, _: Token) -> None:
    reader.text.boundary(2)


def _cell(reader: _Reader, _: Token) -> None:
    reader.text.cell()


def _start_heading(reader: _Reader, token: Token) -> None:
    reader.title(_HEADINGS[token.name])


def _end_heading(reader: _Reader, _: Token) -> None:
    reader.title(0)


def _rule(reader: _Reader, _: Token) -> None:
    reader.title(0)
    reader.containers.put(Rule())


def _start_quote(reader: _Reader, _: Token) -> None:
    reader.title(0)
    reader.containers.open_quote()


def _end_quote(reader: _Reader, _: Token) -> None:
    reader.title(0)
    reader.containers.close("quote")


def _start_item(reader: _Reader, _: Token) -> None:
    reader.title(0)
    reader.containers.next_item()


def _end_item(reader: _Reader, _: Token) -> None:
    reader.title(0)
    reader.containers.close("item")


def _end_list(reader: _Reader, _: Token) -> None:
    reader.title(0)
    reader.containers.close("list")


_STARTS: Mapping[str, _Action] = {
    **dict.fromkeys(_LINES, _line),
    **dict.fromkeys(_HEADINGS, _start_heading),
    **dict.fromkeys(_LISTS, _Reader.start_list),
    **dict.fromkeys(_PREFORMATTED, _Reader.start_code),
    **dict.fromkeys(_CELLS, _cell),
    "a": _start_link,
    "blockquote": _start_quote,
    "br": _line_break,
    "hr": _rule,
    "li": _start_item,
    "p": _paragraph,
}
_ENDS: Mapping[str, _Action] = {
    **dict.fromkeys(_LINES, _line),
    **dict.fromkeys(_HEADINGS, _end_heading),
    **dict.fromkeys(_LISTS, _end_list),
    "a": _end_link,
    "blockquote": _end_quote,
    "br": _line_break,
    "li": _end_item,
    "p": _paragraph,
}
