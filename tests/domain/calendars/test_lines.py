"""Content lines: nothing is lost when an object is taken apart and put together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.caldav.component import parsed
from domain.calendars.lines import Line, escaped, escaped_list, folded, joined, lines_of, list_of, text_of
from domain.richtext.characters import clean

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=200)
ODD = 'BEGIN:VCALENDAR\r\nX-A;P="a;b:c":1\r\n fold\r\n\ted\nBEGIN:VEVENT\nEND:VEVENT\r\nEND:VCALENDAR'


@given(st.text(max_size=300))
def test_lines_joined_again_are_the_same_text(text: str) -> None:
    assert joined(lines_of(text)) == text


def test_a_tree_is_the_same_text_again() -> None:
    assert joined(parsed(ODD).all_lines()) == ODD


def test_folds_of_either_sort_are_undone_and_quoted_parameters_are_understood() -> None:
    (line,) = parsed(ODD).lines("X-A")
    assert (line.name, line.parameter("P"), line.value) == ("X-A", "a;b:c", "1folded")


@given(TEXTS)
def test_a_text_survives_escaping(text: str) -> None:
    assert text_of(escaped(text)) == clean(text)


@pytest.mark.parametrize("text", ["C:\\New", "C:\\new", "a\\Nb", "\\\\n", ";,\\;"])
def test_backslashes_are_no_line_ends(text: str) -> None:
    assert text_of(escaped(text)) == text


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_list_survives_escaping(texts: list[str]) -> None:
    assert list_of(escaped_list(texts)) == [clean(text) for text in texts]


@given(TEXTS)
def test_a_long_line_is_folded_by_octets_and_never_within_a_character(text: str) -> None:
    line = folded("SUMMARY", escaped(text))
    assert all(len(row.encode()) <= 75 for row in line.raw.rstrip("\r\n").split("\r\n"))
    assert Line(line.raw).value == escaped(text)


def test_a_fold_within_a_character_is_undone() -> None:
    raw = b"SUMMARY:Ad" + "ä".encode()[:1] + b"\r\n " + "ä".encode()[1:] + b"\r\n"
    (line,) = lines_of(raw.decode("utf-8", "surrogateescape"))
    assert line.value == "Adä"


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "BEGIN:VCALENDAR\n", "BEGIN:VCALENDAR\nEND:VEVENT\n", "BEGIN:VEVENT\nEND:VEVENT\n", "SUMMARY:x\n"],
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parsed(text)
