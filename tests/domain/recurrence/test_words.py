"""Recurrence in words, for plans, explanations and conflicts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from domain.recurrence.overrides import encode
from domain.recurrence.words import told


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=WEEKLY", "every week"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20270630", "every 2nd week on Tuesday until 2027-06-30"),
        ("FREQ=MONTHLY;BYDAY=2TU", "every month on the 2nd Tuesday"),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=6", "every month on the last Friday 6 times"),
        ("FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=1,-1", "every year on the last, 1st day in January, July"),
        ("FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1", "every month on Monday, Tuesday (the last of them)"),
        ("no rule", "no rule"),
    ],
)
def test_a_rule_is_told(rule: str, words: str) -> None:
    assert told("rrule", rule) == words


def test_what_differs_is_told() -> None:
    lines = sorted(
        encode(
            {
                "2026-12-08": {"period": "2026-12-09T17:00:00Z/2026-12-09T18:00:00Z", "title": "Guest talk"},
                "2026-12-15": {"status": "cancelled"},
            }
        )
    )
    words = "2026-12-08 moved to 2026-12-09 18:00, title: “Guest talk”; 2026-12-15 cancelled"
    assert told("overrides", lines, ZoneInfo("Europe/Berlin")) == words
    assert told("exdates", ["2026-12-22"]) == "not on 2026-12-22"
    assert told("overrides", ["damaged"]) == ["damaged"]
    assert told("title", "Plan") == "Plan"
