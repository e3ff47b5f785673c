from datetime import date
from itertools import islice
from typing import Any

import pytest

from sandbox.basecamp.recurrence import parse
from tests.sandbox.basecamp.conftest import World

WEEKLY = {"frequency": "every_week"}


def _days(rule: dict[str, Any], start: str, count: int = 4, until: str | None = None) -> list[str]:
    end = date.fromisoformat(until) if until else None
    found = parse(rule, start=date.fromisoformat(start), until=end)
    assert found is not None
    return [day.isoformat()[2:] for day in islice(found.dates(), count)]


@pytest.mark.parametrize(
    ("rule", "start", "expected"),
    [
        ({"frequency": "every_day"}, "2026-06-29", ["26-06-29", "26-06-30", "26-07-01", "26-07-02"]),
        (
            {"frequency": "every_day", "days": [0, 3]},
            "2026-06-10",
            ["26-06-10", "26-06-14", "26-06-17", "26-06-21"],
        ),
        ({"frequency": "every_weekday"}, "2026-06-11", ["26-06-11", "26-06-12", "26-06-15", "26-06-16"]),
        (WEEKLY, "2026-06-10", ["26-06-10", "26-06-17", "26-06-24", "26-07-01"]),
        ({"frequency": "every_other_week"}, "2026-06-10", ["26-06-10", "26-06-24", "26-07-08", "26-07-22"]),
        (
            {"frequency": "custom_week", "week_interval": 3},
            "2026-06-10",
            ["26-06-10", "26-07-01", "26-07-22", "26-08-12"],
        ),
        (
            {"frequency": "every_month", "week_instance": 2},
            "2026-06-10",
            ["26-06-10", "26-07-08", "26-08-12", "26-09-09"],
        ),
        ({"frequency": "every_month"}, "2026-06-30", ["26-06-30", "26-07-28", "26-08-25", "26-09-29"]),
        (
            {"frequency": "every_month", "week_instance": -1},
            "2026-06-24",
            ["26-06-24", "26-07-29", "26-08-26", "26-09-30"],
        ),
        ({"frequency": "every_day_of_month"}, "2026-01-31", ["26-01-31", "26-03-31", "26-05-31", "26-07-31"]),
        ({"frequency": "every_year"}, "2026-06-10", ["26-06-10", "27-06-10", "28-06-10", "29-06-10"]),
        (
            {"frequency": "custom_month", "month_interval": 2, "days": [1, 15]},
            "2026-06-01",
            ["26-06-01", "26-06-15", "26-08-01", "26-08-15"],
        ),
        (
            {"frequency": "custom_month", "month_interval": 3, "week_instance": 1},
            "2026-06-01",
            ["26-06-01", "26-09-07", "26-12-07", "27-03-01"],
        ),
    ],
)
def test_each_frequency_falls_on_its_days(rule: dict[str, Any], start: str, expected: list[str]) -> None:
    assert _days(rule, start) == expected


@pytest.mark.parametrize(
    "rule",
    [
        None,
        "every_week",
        {},
        {"frequency": "every_fortnight"},
        {"frequency": "custom_week"},
        {"frequency": "custom_week", "week_interval": 1},
        {"frequency": "custom_week", "week_interval": 13},
        {"frequency": "custom_month", "days": [1]},
        {"frequency": "custom_month", "month_interval": 2, "days": [32]},
        {"frequency": "every_day", "days": [7]},
        {"frequency": "every_day", "days": "monday"},
        {"frequency": "every_month", "week_instance": 5},
    ],
)
def test_an_invalid_rule_is_dropped(rule: object) -> None:
    assert parse(rule, start=date(2026, 6, 10), until=None) is None


def test_a_rule_with_fewer_than_two_occurrences_is_dropped() -> None:
    assert parse(WEEKLY, start=date(2026, 6, 10), until=date(2026, 6, 16)) is None
    assert _days(WEEKLY, "2026-06-10", until="2026-06-17") == ["26-06-10", "26-06-17"]


def test_a_recurring_entry_says_how_it_recurs(world: World) -> None:
    made = world.entry(recurrence_schedule=WEEKLY, recurs_until="2026-07-10")
    assert made["recurrence_schedule"] == {
        "frequency": "every_week",
        "days": [],
        "hour": 9,
        "minute": 0,
        "week_instance": None,
        "week_interval": None,
        "month_interval": None,
        "start_date": "2026-06-10",
        "duration": 3600,
        "end_date": "2026-07-10",
    }
    assert made["url"].endswith(f"/schedule_entries/{made['id']}/occurrences/20260610.json")
    assert world.get(f"/schedules/{world.tool('schedule')}/entries.json") == [made]


def test_an_invalid_recurrence_is_dropped_without_a_word(world: World) -> None:
    made = world.entry(recurrence_schedule={"frequency": "sometimes"})
    assert "recurrence_schedule" not in made
    assert world.get(f"/schedule_entries/{made['id']}.json") == made


def test_reading_or_changing_a_recurring_entry_redirects_to_its_first_occurrence(world: World) -> None:
    entry = world.entry(recurrence_schedule=WEEKLY)
    path = f"/schedule_entries/{entry['id']}.json"
    body = {"summary": "Changed", "starts_at": "2026-06-10", "ends_at": "2026-06-10"}
    for answer in (world.as_("ada").get(path), world.as_("ada").put(path, json=body)):
        assert answer.status_code == 302
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["Location"] == entry["url"].removesuffix(".json")
    assert world.get(f"/schedules/{world.tool('schedule')}/entries.json") == [entry]


def test_the_redirect_leads_to_a_page_unless_json_is_asked_for(world: World) -> None:
    entry = world.entry(recurrence_schedule=WEEKLY)
    location = entry["url"].removesuffix(".json")
    assert world.get(location)["starts_at"] == "2026-06-10T09:00:00.000Z"
    for accept in ("text/html", "*/*"):
        found = world.as_("ada").get(location, headers={"Accept": accept})
        assert found.headers["Content-Type"].startswith("text/html")
    if world.checker is not None:
        assert {v.side for v in world.checker.violations} == {"answer"}
        world.checker.violations.clear()


def test_each_occurrence_has_its_own_bounds(world: World) -> None:
    timed = world.entry(recurrence_schedule=WEEKLY)
    found = world.get(f"/schedule_entries/{timed['id']}/occurrences/20260624.json")
    assert (found["id"], found["starts_at"]) == (timed["id"], "2026-06-24T09:00:00.000Z")
    assert found["ends_at"] == "2026-06-24T10:00:00.000Z"
    days = world.entry(recurrence_schedule=WEEKLY, all_day=True, starts_at="2026-06-10", ends_at="2026-06-11")
    assert days["recurrence_schedule"]["duration"] == 2 * 86400
    found = world.get(f"/schedule_entries/{days['id']}/occurrences/20260617.json")
    assert (found["starts_at"], found["ends_at"]) == ("2026-06-17", "2026-06-18")


@pytest.mark.parametrize("day", ["20260611", "20260603", "20269999", "1"])
def test_a_day_without_an_occurrence_answers_404(world: World, day: str) -> None:
    entry = world.entry(recurrence_schedule=WEEKLY)
    assert world.status("GET", f"/schedule_entries/{entry['id']}/occurrences/{day}.json") == 404


def test_a_single_entry_can_be_made_to_recur(world: World) -> None:
    entry = world.entry()
    body = {"summary": "Weekly", "starts_at": entry["starts_at"], "ends_at": entry["ends_at"]}
    after = world.put(f"/schedule_entries/{entry['id']}.json", **body, recurrence_schedule=WEEKLY)
    assert after["recurrence_schedule"]["frequency"] == "every_week"
    assert world.status("GET", f"/schedule_entries/{entry['id']}.json") == 302
