"""Notes in the HTML of an Exchange item: ours in a marked ``div``, beside it what Exchange and Teams put there.

Exchange wraps what it is sent in ``html``, ``head`` and ``body`` and ends lines with CRLF. An online meeting carries
a block of joining details in its body; a PATCH of the body without that block ends the online meeting (Microsoft
Graph: Update event). Copies of group events carry a footer about the group. Neither block is part of the notes: both
are left out when reading and kept byte for byte when writing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import islice
from urllib.parse import parse_qs, urlsplit

from domain.richtext.commonmark import is_plain, parse, render
from domain.richtext.html import Dialect, Reading, from_html, hold, to_html
from domain.richtext.html_tokens import Attributes
from domain.richtext.outline import Node, Outline
from domain.richtext.tree import Document

_OUR_ID = "copsync"
_OURS = re.compile(rf"(?:x_)*{_OUR_ID}")  # Outlook puts "x_" before the ids of what it quotes or edits

_JOIN_LINK = re.compile(r"https?://(?:[\w.-]+\.)?teams\.[a-z.]+/(?:l/meetup-join|meet)/", re.IGNORECASE)
_TEAMS_CLASS = re.compile(r"(?:^|\s)(?:x_)*me-email")
_TEAMS_ID = re.compile(r"(?:x_)*meet_invite_block")
_SEPARATOR = re.compile(r"(?:\s|&nbsp;)*_{10,}(?:\s|&nbsp;)*")
_ENDING_LINE = re.compile(r"(?<!_)_{10,}+\s*+$")
_BEGINNING_LINE = re.compile(r"\s*_{10,}")
# The footer's words are known in English only; in other languages its links give it away.
_GROUP_LINK = "groupsubscription.ashx"
_GROUP_FOOTER = re.compile(
    r"\s*You['’]re receiving this message because you['’]re a member of the .*group\.", re.DOTALL
)
_MAY_HOLD_FOREIGN = re.compile(r"me-email|meet_invite_block|_{10}|groupsubscription|receiving this message")
_WRAPPERS = ("html", "body")
_SAFE_LINKS = ".safelinks.protection.outlook.com"

Range = tuple[int, int]


def _address(attributes: Attributes) -> str:
    """Read a mention as plain text, and a link that Outlook's Safe Links rewrote as the link it was."""
    href = attributes.get("href", "")
    if "OWAAM" in attributes.get("id", ""):
        return ""
    if _SAFE_LINKS in href:
        parts = urlsplit(href) if href.isprintable() and "[" not in href else None
        if parts and (parts.hostname or "").endswith(_SAFE_LINKS):
            return parse_qs(parts.query).get("url", [href])[0]
    return href


DIALECT = Dialect(reading=Reading(folds_spaces=True, address=_address))


def to_exchange(commonmark: str) -> str:
    """Write notes as the HTML content of a new item's body; empty notes are the empty string."""
    document = parse(commonmark)
    return _our_part(document) if document.blocks else ""


def from_exchange(html: str) -> str:
    """Read the HTML content of a body as CommonMark in normal form, without joining details and group footer."""
    return render(from_html(_notes(html), DIALECT.reading))


def hold_exchange(commonmark: str) -> str:
    """Tell what Exchange can hold of notes: what `from_exchange` gives after `to_exchange`, without the detour."""
    return commonmark if is_plain(commonmark) else render(hold(parse(commonmark), DIALECT))


def replace_text(old_html: str, commonmark: str) -> str:
    """Put new notes into a body that exists, and keep joining details and group footer byte for byte.

    Where all notes stand in our own ``div``, only that is exchanged; where people wrote beside it, everything but the
    foreign blocks gives way to the new notes, which hold what the people wrote if the caller read it first.
    Reading the result gives what Exchange holds of the new notes.
    """
    outline = Outline(old_html)
    ours, foreign = _ours(outline), _foreign(outline)
    part = _our_part(parse(commonmark))
    if ours and not any(_overlap(ours, other) for other in foreign):
        replaced = old_html[: ours[0]] + part + old_html[ours[1] :]
        if from_exchange(replaced) == hold_exchange(commonmark):
            return replaced
    body = next((node for node in outline.nodes if node.name == "body"), None)
    start, end = (body.inner_start, body.inner_end) if body else (0, len(old_html))
    kept = "".join(f"<br>\r\n{old_html[first:last]}" for first, last in foreign)
    return old_html[:start] + part + kept + old_html[end:]


def _our_part(document: Document) -> str:
    return f'<div id="{_OUR_ID}">{to_html(document, DIALECT)}</div>'


def _notes(html: str) -> str:
    """Cut out what is foreign; a paragraph ends where something was cut."""
    if not _MAY_HOLD_FOREIGN.search(html):
        return html
    parts: list[str] = []
    position = 0
    for start, end in _foreign(Outline(html)):
        parts += (html[position:start], "<p></p>")
        position = end
    return "".join((*parts, html[position:]))


def _ours(outline: Outline) -> Range | None:
    """Find our own part."""
    for node in outline.nodes:
        if node.name and _OUR_ID in node.body and _OURS.fullmatch(node.attributes.get("id", "")):
            return node.start, node.end
    return None


def _foreign(outline: Outline) -> list[Range]:
    """Find the blocks that are not notes, in order and without overlaps. In our own part, words alone prove nothing."""
    ours = _ours(outline)
    found = _marked_meetings(outline) or _underlined_meeting(outline, ours)
    ranges: list[Range] = []
    for start, end in sorted(found + _group_footer(outline, ours)):
        if ranges and start < ranges[-1][1]:
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((start, end))
    return ranges


def _overlap(one: Range | None, other: Range) -> bool:
    return one is not None and one[0] < other[1] and other[0] < one[1]


def _marked_meetings(outline: Outline) -> list[Range]:
    """Find joining details by the classes and ids that Teams gives to them."""
    ranges: list[Range] = []
    for node in outline.nodes:
        if (ranges and node.start < ranges[-1][1]) or not _is_marked(node):
            continue
        if ranges and not outline.has_text(ranges[-1][1], node.start):
            ranges[-1] = (ranges[-1][0], node.end)
        else:
            ranges.append((node.start, node.end))
    return _with_separators(outline, ranges) if ranges else []


def _is_marked(node: Node) -> bool:
    if not node.name or ("me-email" not in node.body and "meet_invite" not in node.body):
        return False
    found = node.attributes
    return bool(_TEAMS_CLASS.search(found.get("class", ""))) or bool(_TEAMS_ID.match(found.get("id", "")))


def _with_separators(outline: Outline, ranges: list[Range]) -> list[Range]:
    """Take in the lines of underscores that older joining details have directly before and after them."""
    lines = [number for number, node in enumerate(outline.nodes) if _is_separator(node)]
    starts = [outline.nodes[number].start for number in lines]
    wider: list[Range] = []
    for start, end in ranges:
        before, after = bisect_left(starts, start) - 1, bisect_left(starts, end)
        if before >= 0 and not outline.has_text(outline.nodes[lines[before]].end, start):
            start = outline.nodes[_alone(outline, lines[before])].start
        if after < len(lines) and not outline.has_text(end, starts[after]):
            end = outline.nodes[_alone(outline, lines[after])].end
        wider.append((start, end))
    return wider


def _is_separator(node: Node) -> bool:
    return not node.name and _SEPARATOR.fullmatch(node.body) is not None


def _alone(outline: Outline, number: int) -> int:
    """Give the outermost of the few elements around a text that hold nothing else."""
    text = outline.nodes[number]
    for outer in islice(outline.ancestors(number), 6):
        node = outline.nodes[outer]
        beside = outline.has_text(node.start, text.start) or outline.has_text(text.end, node.end)
        if beside or node.name in _WRAPPERS:
            break
        number = outer
    return number


def _underlined_meeting(outline: Outline, ours: Range | None) -> list[Range]:
    """Find joining details without any marks, as phones write them: a join link between two lines of underscores."""
    nodes = [(number, node) for number, node in enumerate(outline.nodes) if not _overlap(ours, (node.start, node.end))]
    links = [n for n, node in nodes if node.name == "a" and _JOIN_LINK.match(node.attributes.get("href", ""))]
    if not links:
        return []
    texts = [(number, node) for number, node in nodes if not node.name and "__" in node.body]
    before = [(n, found) for n, node in texts if n < links[0] and (found := _ENDING_LINE.search(node.body))]
    after = [(n, found) for n, node in texts if n > links[-1] and (found := _BEGINNING_LINE.match(node.body))]
    if not before or not after:
        return []
    (first, head), (last, tail) = before[-1], after[0]
    start, end = outline.cover(first, last)
    if start == outline.nodes[first].start:
        start += head.start()  # what stands on the same line before the underscores is a note
    if end == outline.nodes[last].end:
        end = outline.nodes[last].start + tail.end()
    return [(start, end)]


def _group_footer(outline: Outline, ours: Range | None) -> list[Range]:
    """Find the footer about the group, with the elements around it that hold nothing else."""
    nodes = [(number, node) for number, node in enumerate(outline.nodes) if not _overlap(ours, (node.start, node.end))]
    found = [number for number, node in nodes if _is_group_footer(node)]
    if not found:
        return []
    start, end = outline.cover(found[0], found[-1])
    for number in outline.ancestors(found[0]):
        node = outline.nodes[number]
        beside = outline.has_text(node.start, start) or outline.has_text(end, node.end)
        if beside or node.name in _WRAPPERS or _overlap(ours, (node.start, node.end)):
            break
        start, end = min(start, node.start), max(end, node.end)
    return [(start, end)]


def _is_group_footer(node: Node) -> bool:
    if node.name:
        return node.name == "a" and _GROUP_LINK in node.body
    return _GROUP_FOOTER.match(node.body) is not None
