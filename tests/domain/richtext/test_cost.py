"""Work grows with the length of a note and with nothing else, however hostile the note.

Work is counted in calls, not in seconds: the count is the same on every machine.
"""

import sys
from collections.abc import Callable

import pytest

from domain.richtext.commonmark import normalise, parse, render
from domain.richtext.html import Reading, from_html, to_html
from domain.richtext.outline import Outline
from domain.richtext.plain import from_plain, to_plain
from domain.richtext.safe import safe_html, safe_html_from

Convert = Callable[[str], object]


def written(notes: str) -> str:
    return to_html(parse(notes))


def read(source: str) -> str:
    return render(from_html(source))


def read_lines(source: str) -> str:
    return render(from_html(source, Reading(newlines=True, folds_spaces=True)))


NOTE = """## Gathering of the gardeners

We meet at **seven** in the old library, as every first Tuesday, and go through the list of open questions that came up
since last time; please read [the minutes](https://example.org/minutes?month=5&year=2026) before you come.\\
Bring seeds if you have some – _any_ seeds will do, and `labels` too.

- Report of the seed library, with the numbers of the spring
- Who takes the *watering* in July?
  - mornings
  - evenings

> The garden is never finished, and that is the point of it.

"""


def of_length(piece: str, length: int) -> str:
    return (piece * (length // len(piece) + 1))[:length]


def calls(convert: Convert, source: str) -> int:
    """Count the calls, of Python and of C functions, that a conversion makes."""
    count = 0

    def note(_frame: object, _event: str, _argument: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        convert(source)
    finally:
        sys.setprofile(before)
    return count


def test_a_long_note_costs_what_its_length_asks() -> None:
    assert_linear(written, NOTE)
    assert_linear(read, written(NOTE))


HOSTILE_MARKDOWN = [
    "[", "![", "[a](", "[a](<", "]", "**a _b ", "*a ", "a**b", "~~a ", "`", "`a", "``a`", "<", "<a", "&", "&amp;",
    "\\*", "\\\n", "> ", "- ", "1. ", "> a\n", "- a\n", "[a]: /u\n", "[a]\n", "\t", " \n", "\u00a0 ", "=\n", "-\n", "x",
    "_", "~", "https://example.org ", "ada@", "注意：**a**",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE_MARKDOWN)
def test_hostile_commonmark_takes_linear_work(piece: str) -> None:
    assert_linear(lambda notes: read(written(notes)), piece)


HOSTILE_HTML = [
    "<div>", "<blockquote>", "<ul><li>", "<li>", "<b>", "<b><p>x", "<a href='https://example.org'>x", "<", "<a ", "</",
    "<a b=\"", "<a b='", "<!--", "<!", "<svg>x", "<head>", "<script>", "<bc-attachment>x", "<img alt=x>", "&lt;", "&",
    "</ul></li></b></p>", "<i>a</i><b>b</b>", "a<br>", "<td>a", "<pre>", "<span style='font-weight:bold'>x", "\n", "_",
    "<p id=x>",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE_HTML)
@pytest.mark.parametrize("convert", [read, read_lines, Outline])
def test_hostile_html_takes_linear_work(convert: Convert, piece: str) -> None:
    assert_linear(convert, piece)


@pytest.mark.parametrize("convert", [normalise, to_plain, from_plain, safe_html, safe_html_from])
def test_the_rest_takes_linear_work(convert: Convert) -> None:
    assert_linear(convert, NOTE)


def assert_linear(convert: Convert, piece: str) -> None:
    """Eight times the text may make twelve times the calls; a square would make sixty-four."""
    small, large = calls(convert, of_length(piece, 600)), calls(convert, of_length(piece, 4_800))
    assert large < 5_000 + 12 * small, f"{piece!r} repeated takes more than linear work"


def test_a_mix_of_unclosed_and_closing_tags_takes_linear_work() -> None:
    for opening, closing in (("<blockquote>", "</ul>"), ("<a b='", ">"), ("<ul>", "</li>"), ("<a", '=">"')):
        small, large = (calls(read, opening * size + closing * size) for size in (100, 800))
        assert large < 5_000 + 12 * small
