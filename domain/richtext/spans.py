"""The normal form of inline text, and its nesting when it is written with opening and closing tags."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from domain.richtext.characters import clean, collapse, names_itself, safe_href
from domain.richtext.tree import PLAIN, Mark, Span, Spans

_CODE: frozenset[Mark] = frozenset({"code"})
_WRAPPING: tuple[Literal["strong", "emphasis", "strike"], ...] = ("strong", "emphasis", "strike")


def tidy_spans(spans: Iterable[Span]) -> list[Spans]:
    """Bring inline text into its normal form: one row of spans per paragraph, blank lines being the seams.

    White space is collapsed and trimmed, and moves out of marks that end beside it; neighbours that agree become
    one span; unsafe links go; links that show their own address become plain text.
    """
    pieces = _split(_spaced([_cleaned(span) for span in spans]))
    return [tidied for piece in pieces if (tidied := _merged(_unlinked(piece)))]


def one_line(spans: Iterable[Span]) -> Spans:
    """The same for text that must stay on one line, such as a heading; may be empty."""
    rows = tidy_spans(span._replace(text=clean(span.text).replace("\n", " ")) for span in spans)
    return rows[0] if rows else ()


def _cleaned(span: Span) -> Span:
    href = safe_href(span.href) if span.href else ""
    return Span(collapse(clean(span.text)), span.marks, href)


def _spaced(spans: list[Span]) -> list[Span]:
    """Separate words from the white space between spans, and give that space the marks both sides share."""
    out: list[Span] = []
    gap, owner = "", Span("")
    for span in spans:
        core = span.text.strip()
        start = len(span.text) - len(span.text.lstrip()) if core else len(span.text)
        if start:
            owner = owner if gap else span
            gap += span.text[:start]
        if core:
            if gap and out:
                out.append(_gap(collapse(gap), owner, out[-1], span))
            out.append(span._replace(text=core))
            gap, owner = span.text[start + len(core) :], span
    return out


def _gap(white: str, owner: Span, left: Span, right: Span) -> Span:
    marks = left.marks & right.marks
    if "\n" in white or "code" not in owner.marks:
        marks -= _CODE
    href = owner.href if owner.href == left.href == right.href else ""
    return Span(white, marks, href)


def _split(spans: list[Span]) -> list[list[Span]]:
    """Cut at blank lines, and cut code at its line breaks: a code span lies on one line."""
    pieces: list[list[Span]] = [[]]
    for span in spans:
        if "\n" not in span.text:
            pieces[-1].append(span)
            continue
        for number, paragraph in enumerate(span.text.split("\n\n")):
            if number:
                pieces.append([])
            pieces[-1].extend(_lines(span, paragraph))
    return pieces


def _lines(span: Span, text: str) -> Iterator[Span]:
    if "code" not in span.marks:
        yield span._replace(text=text)
        return
    for number, line in enumerate(text.split("\n")):
        if number:
            yield Span("\n", span.marks - _CODE, span.href)
        yield span._replace(text=line)


def _unlinked(spans: list[Span]) -> list[Span]:
    """Turn links that show their own address into plain text: tools make and unmake those by themselves."""
    if not any(span.href for span in spans):
        return spans
    out: list[Span] = []
    for href, group in groupby(spans, key=lambda span: span.href):
        run = list(group)
        bare = bool(href) and names_itself("".join(span.text for span in run), href)
        out.extend(span._replace(href="") for span in run) if bare else out.extend(run)
    return out


def _merged(spans: list[Span]) -> Spans:
    groups = groupby((span for span in spans if span.text), key=lambda span: (span.marks, span.href))
    return tuple(Span("".join(span.text for span in run), marks, href) for (marks, href), run in groups)


class Wrap(NamedTuple):
    """What an opening and a closing tag stand for: a mark other than code, or a link and its address."""

    kind: Literal["strong", "emphasis", "strike", "link"]
    href: str = ""


class Event(NamedTuple):
    """One step of writing spans in order: a wrap opens or closes, or a span's text comes (its code mark with it)."""

    step: Literal["open", "close", "text"]
    wrap: Wrap
    span: Span


_NO_WRAP = Wrap("link")
_NO_SPAN = Span("")
_RANK = {"link": 3, "strong": 2, "emphasis": 1, "strike": 0}


def nested(spans: Sequence[Span]) -> list[Event]:
    """Order the marks of spans into properly nested wraps; the longest wrap is the outermost.

    Where two marks overlap, the shorter is closed and opened again. Two wraps of one kind never touch without
    something between them.
    """
    wraps = [_wraps(span) for span in spans]
    ends: list[dict[Wrap, int]] = [{} for _ in spans]
    for index in range(len(spans) - 1, -1, -1):
        later = ends[index + 1] if index + 1 < len(spans) else {}
        ends[index] = {wrap: later.get(wrap, index + 1) for wrap in wraps[index]}
    events: list[Event] = []
    _nest(spans, ends, (0, len(spans)), frozenset(), events)
    return events


def _wraps(span: Span) -> list[Wrap]:
    if span.marks is PLAIN and not span.href:
        return []
    wraps = [Wrap(mark) for mark in _WRAPPING if mark in span.marks]
    return [*wraps, Wrap("link", span.href)] if span.href else wraps


def _nest(
    spans: Sequence[Span], ends: list[dict[Wrap, int]], bounds: tuple[int, int], around: frozenset[Wrap], out: list[Event]
) -> None:
    index, stop = bounds
    while index < stop:
        inner = [(min(end, stop), _RANK[wrap.kind], wrap) for wrap, end in ends[index].items() if wrap not in around]
        if not inner:
            out.append(Event("text", _NO_WRAP, spans[index]))
            index += 1
            continue
        end, _, wrap = max(inner)
        out.append(Event("open", wrap, _NO_SPAN))
        _nest(spans, ends, (index, end), around | {wrap}, out)
        out.append(Event("close", wrap, _NO_SPAN))
        index = end
