"""The normal form of inline text, and its nesting when it is written with opening and closing tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Literal, NamedTuple

from domain.richtext.characters import FORBIDDEN, SEPARATORS, clean, collapse, names_itself, safe_href
from domain.richtext.tree import Mark, Span, Spans

_UNTIDY = re.compile(rf"[^\S ]|  |[{FORBIDDEN}{SEPARATORS}]")
_CODE: frozenset[Mark] = frozenset({"code"})


def tidy_spans(spans: Iterable[Span]) -> list[Spans]:
    """Bring inline text into its normal form: one row of spans per paragraph, blank lines being the seams.

    White space is collapsed and trimmed, and moves out of marks that end beside it; neighbours that agree become
    one span; unsafe links go; links that show their own address become plain text.
    """
    cleaned = [_cleaned(span) for span in spans]
    if len(cleaned) == 1 and not cleaned[0].marks and not cleaned[0].href:
        text = cleaned[0].text.strip()
        return [(Span(row),) for row in text.split("\n\n")] if text else []
    pieces = _split(_spaced(cleaned))
    return [tidied for piece in pieces if (tidied := _merged(_unlinked(piece)))]


def one_line(spans: Iterable[Span]) -> Spans:
    """Do the same for text that must stay on one line, such as a heading; may be empty."""
    rows = tidy_spans(Span(clean(span.text).replace("\n", " "), span.marks, span.href) for span in spans)
    return rows[0] if rows else ()


def _cleaned(span: Span) -> Span:
    href = safe_href(span.href) if span.href else ""
    if _UNTIDY.search(span.text):
        return Span(collapse(clean(span.text)), span.marks, href)
    return span if href == span.href else Span(span.text, span.marks, href)


def _spaced(spans: list[Span]) -> list[Span]:
    """Separate words from the white space between spans, and give that space the marks both sides share."""
    out: list[Span] = []
    gap, owner = "", Span("")
    for span in spans:
        text = span.text
        core = text.strip()
        start = len(text) - len(text.lstrip()) if core else len(text)
        if start:
            owner = owner if gap else span
            gap += text[:start]
        if not core:
            continue
        if gap and out:
            out.append(_gap(collapse(gap), owner, out[-1], span))
        if len(core) == len(text):
            out.append(span)
            gap = ""
        else:
            out.append(Span(core, span.marks, span.href))
            gap, owner = text[start + len(core) :], span
    return out


def _gap(white: str, owner: Span, left: Span, right: Span) -> Span:
    marks = left.marks & right.marks
    if "code" in marks and ("\n" in white or "code" not in owner.marks):
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
        yield Span(text, span.marks, span.href)
        return
    for number, line in enumerate(text.split("\n")):
        if number:
            yield Span("\n", span.marks - _CODE, span.href)
        yield Span(line, span.marks, span.href)


def _unlinked(spans: list[Span]) -> list[Span]:
    """Turn links that show their own address into plain text: tools make and unmake those by themselves."""
    if not any(span.href for span in spans):
        return spans
    out: list[Span] = []
    for href, group in groupby(spans, key=attrgetter("href")):
        run = list(group)
        bare = bool(href) and names_itself("".join(span.text for span in run), href)
        out.extend(Span(span.text, span.marks) for span in run) if bare else out.extend(run)
    return out


def _merged(spans: list[Span]) -> Spans:
    out: list[Span] = []
    texts: list[str] = []
    for span in spans:
        if not span.text:
            continue
        if out and out[-1].marks == span.marks and out[-1].href == span.href:
            texts.append(span.text)
            continue
        _settle(out, texts)
        out.append(span)
    _settle(out, texts)
    return tuple(out)


def _settle(out: list[Span], texts: list[str]) -> None:
    """Add to the last span the texts that agree with it."""
    if texts:
        out[-1] = Span(out[-1].text + "".join(texts), out[-1].marks, out[-1].href)
        texts.clear()


class Wrap(NamedTuple):
    """What an opening and a closing tag stand for: a mark other than code, or a link and its address."""

    kind: Literal["strong", "emphasis", "strike", "link"]
    href: str = ""


class Event(NamedTuple):
    """One step of writing spans in order: a wrap opens or closes, or a span's text comes (its code mark with it)."""

    step: Literal["open", "close", "text"]
    wrap: Wrap
    span: Span


_WRAP: Mapping[Mark, Wrap] = {"strong": Wrap("strong"), "emphasis": Wrap("emphasis"), "strike": Wrap("strike")}
_NO_WRAP = Wrap("link")
_NO_SPAN = Span("")
_RANK = {"link": 3, "strong": 2, "emphasis": 1, "strike": 0}


def nested(spans: Sequence[Span]) -> list[Event]:
    """Order the marks of spans into properly nested wraps; the longest wrap is the outermost.

    Where two marks overlap, the shorter is closed and opened again. Two wraps of one kind never touch without
    something between them.
    """
    if not any(span.href or span.marks - _CODE for span in spans):
        return [Event("text", _NO_WRAP, span) for span in spans]
    ends: list[dict[Wrap, int]] = []
    later: dict[Wrap, int] = {}
    for index in range(len(spans) - 1, -1, -1):
        later = {wrap: later.get(wrap, index + 1) for wrap in _wraps(spans[index])}
        ends.append(later)
    ends.reverse()
    events: list[Event] = []
    _nest(spans, ends, (0, len(spans)), frozenset(), events)
    return events


def _wraps(span: Span) -> list[Wrap]:
    wraps = [_WRAP[mark] for mark in span.marks if mark in _WRAP]
    return [*wraps, Wrap("link", span.href)] if span.href else wraps


def _nest(
    spans: Sequence[Span],
    ends: list[dict[Wrap, int]],
    bounds: tuple[int, int],
    around: frozenset[Wrap],
    out: list[Event],
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
