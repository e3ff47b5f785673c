"""Series in the planner: what several tools do to single occurrences arrives in all of them, each as it can show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.fields import RecordType
from domain.lens import Space
from domain.recurrence.overrides import decode, encode
from domain.recurrence.series import fields_from_series, make_series
from domain.values import Fields
from tests.domain import world
from tests.domain.world import World

NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SERIES = make_series(NINE, NINE + timedelta(hours=1), "Europe/Berlin", "FREQ=WEEKLY")
Map = Mapping[str, Mapping[str, Any]]


def titles_only(_kind: RecordType, fields: Fields) -> Fields:
    """A tool in which one occurrence can have another title, and nothing else."""
    if "overrides" not in fields:
        return fields
    titles = {which: {"title": own["title"]} for which, own in decode(fields["overrides"]).items() if "title" in own}
    return {**fields, "overrides": encode(titles)}


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(world, "TASK", RecordType.EVENT)
    spaces: tuple[Space, ...] = (world.task_space("full"), world.task_space("second"))
    found = World((*spaces, replace(world.task_space("titles"), settle=titles_only)))
    found.create("full", {"title": "Meeting", **fields_from_series(SERIES)})
    settle(found)
    return found


def settle(town: World) -> None:
    for _ in range(3):
        town.sync()
    assert town.plan().steps == []


def put(town: World, space: str, overrides: Map) -> None:
    town.edit(space, next(iter(town.tools[space])), overrides=encode(overrides))


def shown(town: World, space: str) -> dict[str, dict[str, Any]]:
    return decode(next(iter(town.tools[space].values()))["overrides"])


def test_an_occurrence_edited_in_a_tool_that_shows_less_keeps_the_rest(town: World) -> None:
    put(town, "full", {"2026-03-09": {"title": "Guest", "location": "Room 2"}})
    settle(town)
    assert shown(town, "titles") == {"2026-03-09": {"title": "Guest"}}
    put(town, "titles", {"2026-03-09": {"title": "Another guest"}})
    settle(town)
    assert (
        shown(town, "full") == shown(town, "second") == {"2026-03-09": {"title": "Another guest", "location": "Room 2"}}
    )


def test_different_occurrences_edited_at_once_are_both_kept(town: World) -> None:
    put(town, "full", {"2026-03-09": {"location": "Room 2"}})
    put(town, "second", {"2026-03-16": {"status": "cancelled"}})
    put(town, "titles", {"2026-03-23": {"title": "Guest"}})
    settle(town)
    whole = {
        "2026-03-09": {"location": "Room 2"},
        "2026-03-16": {"status": "cancelled"},
        "2026-03-23": {"title": "Guest"},
    }
    assert shown(town, "full") == shown(town, "second") == whole
    assert shown(town, "titles") == {"2026-03-23": {"title": "Guest"}}


def test_the_same_field_of_one_occurrence_is_a_conflict_with_a_loser(town: World) -> None:
    put(town, "full", {"2026-03-09": {"title": "Ada's", "location": "Room 2"}})
    put(town, "titles", {"2026-03-09": {"title": "Ben's"}})
    drawn = town.plan()
    (conflict,) = drawn.conflicts
    assert conflict.field == "overrides"
    assert decode(conflict.lost[0].after)["2026-03-09"] == {"title": "Ada's", "location": "Room 2"}
    settle(town)
    assert shown(town, "second") == {"2026-03-09": {"title": "Ben's", "location": "Room 2"}}


def test_an_edit_that_did_not_arrive_yet_is_not_lost_to_another_one_there(town: World) -> None:
    put(town, "full", {"2026-03-09": {"title": "Ada's"}})
    town.apply(replace(town.plan(), steps=[]))  # taken in, and not yet sent anywhere
    put(town, "titles", {"2026-03-09": {"title": "Ben's"}})
    (conflict,) = town.plan().conflicts
    assert {str(decode(one.after)["2026-03-09"]["title"]) for one in (conflict.kept, *conflict.lost)} >= {"Ada's"}
    settle(town)
    assert shown(town, "full") == shown(town, "second") == shown(town, "titles")


def test_an_occurrence_taken_back_in_one_tool_is_as_in_the_series_everywhere(town: World) -> None:
    put(town, "full", {"2026-03-09": {"title": "Guest", "location": "Room 2"}})
    settle(town)
    put(town, "second", {})
    settle(town)
    assert shown(town, "full") == shown(town, "titles") == {}
