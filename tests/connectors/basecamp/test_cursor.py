"""Cursors and the table of places."""

from datetime import UTC, datetime

from connectors.basecamp.container import Scope
from connectors.basecamp.cursor import OVERLAP, Cursor, cursor_from
from connectors.basecamp.places import Place, Places

SCOPE = Scope("1", "2", "3")
CURSOR = Cursor(SCOPE, {"9": "Autumn"}, {"Todo active": "2026-06-01T08:00:00.123Z"}, {"7": "2026-06-01T08:00:00Z"})


def test_a_cursor_survives_being_written_down() -> None:
    assert cursor_from(CURSOR.text(), SCOPE) == CURSOR


def test_a_cursor_reaches_back_behind_its_mark() -> None:
    assert CURSOR.since("Todo active") == datetime(2026, 6, 1, 8, 0, 0, 123_000, tzinfo=UTC) - OVERLAP
    assert CURSOR.since("Todo trashed") is None


def test_a_cursor_of_other_tools_is_not_taken() -> None:
    assert cursor_from(CURSOR.text(), Scope("1", "2", None)) is None


def test_a_cursor_with_a_mark_that_is_no_time_is_not_taken() -> None:
    for mark in ("yesterday", "2026-06-01T08:00:00"):
        assert cursor_from(Cursor(SCOPE, {}, {"Todo active": mark}).text(), SCOPE) is None


def test_groups_are_found_in_any_order_and_other_todosets_left_out() -> None:
    places = Places("2")
    places.add_all(
        [
            {"id": 12, "name": "Rooms", "parent": {"id": 9}},
            {"id": 9, "name": "Autumn", "parent": {"id": 2}},
            {"id": 10, "title": "By title", "parent": {"id": 2}},
            {"id": 20, "name": "Foreign", "parent": {"id": 99}},
            {"id": 21, "name": "Foreign group", "parent": {"id": 20}},
            {"id": 22, "name": "Without a parent"},
        ]
    )
    assert places.table() == {"9": "Autumn", "12": "Autumn / Rooms", "10": "By title"}
    assert places.of({"parent": {"id": 12}}) == Place("12", "Autumn", "Rooms")
    assert places.of({"parent": {"id": 2}}) == Place("2")
    assert places.of({"parent": {"id": 20}}) is None
    assert places.of({}) is None


def test_a_name_is_matched_exactly_first_then_loosely_and_the_oldest_wins() -> None:
    places = Places("2")
    for identity, name in (("100", "autumn"), ("99", "Autumn"), ("101", "Autumn"), ("98", "AUTUMN")):
        places.add_list({"id": identity, "name": name})
    assert places.named("Autumn") == Place("99", "Autumn")
    assert places.named("aUTUMN") == Place("98", "AUTUMN")
    assert places.named("Winter") is None
