"""What the artifacts say, and under which key they are found."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from domain.errors import ConnectAgain
from flows.pages import SHOWN, key, night_rows, plain, space_rows, waiting_page
from flows.verdict import Ending, Verdict
from tests.flows.reports import conflict, held, question, report


def test_a_plain_id_is_part_of_the_key_as_it_is() -> None:
    assert key("sync-report", "data-practice") == "sync-report-data-practice"


@pytest.mark.parametrize("community", ["Data.Practice", "data_practice", "-", "Ünïcode", "a--b", "x" * 100])
def test_keys_have_only_what_prefect_allows(community: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", key("waiting", community))


def test_two_ids_never_share_a_key() -> None:
    ids = ["data-practice", "Data-Practice", "data.practice", "data_practice", "DATA-PRACTICE", "data--practice"]
    assert len({key("waiting", one) for one in ids}) == len(ids)


def test_the_table_has_a_row_per_space_with_what_changed() -> None:
    made = report()
    made.spaces["asana"].created = 3
    made.stop("basecamp", "paused", ConnectAgain("The token has expired.", mend="Make a new one."))
    rows = space_rows(made)
    assert [(row["space"], row["state"], row["created"]) for row in rows] == [
        ("asana", "ok", 3),
        ("basecamp", "paused", 0),
    ]
    assert [row["message"] for row in rows] == ["", "The token has expired. Make a new one."]


def test_the_table_of_a_night_has_a_row_per_community() -> None:
    verdict = Verdict("a", Ending.PERSON, "2 held", "run-1", 1.26, Counter(held=2))
    [row] = night_rows([verdict])
    assert row == {
        "community": "a",
        "outcome": "NeedsPerson",
        "created": 0,
        "updated": 0,
        "deleted": 0,
        "failed": 0,
        "held": 2,
        "seconds": 1.3,
        "run": "run-1",
        "message": "2 held",
    }


def test_the_page_says_what_to_do_next() -> None:
    made = report(held=[held()], questions=[question()], conflicts=[conflict(undecided=True)], undecided=1)
    made.stop("basecamp", "paused", ConnectAgain("The token has expired.", mend="Make a new one."))
    page = waiting_page(made)
    assert "`copsync sync --community data-practice --approve 20261121-120000-abcdef`" in page
    assert "“Old plan” – 11 of 20 items would be deleted." in page
    assert "“Call sponsor” – Make dates equal." in page
    assert "asana: Plan A; basecamp: Plan B" in page
    assert "**basecamp** (paused): The token has expired. Make a new one." in page
    assert "Nothing waits" not in page


def test_a_decided_conflict_waits_for_nobody() -> None:
    page = waiting_page(report(conflicts=[conflict(undecided=False, value=None)]))
    assert "Nothing waits for a person." in page
    assert "asana: Plan A; basecamp: –" in page


def test_a_long_list_is_cut_and_says_so() -> None:
    page = waiting_page(report(held=[held(f"task {number}") for number in range(SHOWN + 5)]))
    assert page.count("task ") == SHOWN
    assert "… and 5 more" in page


def test_what_people_wrote_becomes_neither_link_nor_html() -> None:
    nasty = "![x](http://evil.example.org/a.png) <img src=x> `a` [b](c)\n# d | e"
    page = waiting_page(report(held=[held(nasty)]))
    assert "<img" not in page
    assert not re.search(r"(?<!\\)\[", page.partition("## Held")[2])
    assert "\n# d" not in page
    assert plain("1 < 2 & 3") == "1 &lt; 2 &amp; 3"
