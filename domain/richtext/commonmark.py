"""CommonMark, the language all notes of copsync are kept in: parse it, render it, bring it to its normal form."""

from __future__ import annotations

import re

from domain.richtext.characters import FORBIDDEN, SEPARATORS
from domain.richtext.markdown_read import read_markdown
from domain.richtext.markdown_write import write_markdown
from domain.richtext.tree import Document, Paragraph, Span

# Plain text in normal form: words between single spaces, lines that cannot begin a block, blank lines between
# paragraphs. Possessive repeats keep the match linear.
_WORD = rf"[^\s\\`*_\[<&~{FORBIDDEN}{SEPARATORS}]++"
_LINE = rf"(?![-+#=>]|[0-9]{{1,9}}[.)]){_WORD}(?: {_WORD})*+"
_PLAIN = re.compile(rf"{_LINE}(?:\n\n{_LINE})*+")


def is_plain(text: str) -> bool:
    """Tell at once that a text is already in normal form and holds paragraphs without any formatting."""
    return _PLAIN.fullmatch(text) is not None


def parse(text: str) -> Document:
    """Read CommonMark (with ``~~strikethrough~~``) into a document in normal form; no text is refused."""
    if not text:
        return Document()
    if is_plain(text):
        return Document(tuple(Paragraph((Span(line),)) for line in text.split("\n\n")))
    return read_markdown(text)


def render(document: Document) -> str:
    """Write a document as CommonMark in normal form, without a final line feed; `parse` gives the document back.

    The document must be in normal form itself, as all that is read is; `domain.richtext.tidy.tidy` makes others so.
    """
    return write_markdown(document)


def normalise(text: str) -> str:
    """Bring CommonMark into its normal form, so that texts that mean the same are equal; cheap for plain text."""
    if not text or _PLAIN.fullmatch(text):
        return text
    return write_markdown(read_markdown(text))
