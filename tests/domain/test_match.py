"""First contact: each rule pairs what can only be one another, however many items share a title."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.fields import RecordType
from domain.match import pair
from domain.plan import Seen
from domain.records import Record

BERLIN = ZoneInfo("Europe/Berlin")
TITLE = "Follow up"

Sort = tuple[date | None, frozenset[str]]
sorts = st.tuples(
    st.sampled_from([None, date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]),
    st.sampled_from([frozenset[str](), frozenset({"ada"}), frozenset({"ben"})]),
)


def _seen(number: int, sort: Sort) -> Seen:
    return Seen("s", f"r{number}", "1", RecordType.TASK, {"title": TITLE, "due": sort[0], "assignees": sort[1]})


def _record(number: int, sort: Sort) -> Record:
    return Record(f"k{number}", RecordType.TASK, {"title": TITLE, "due": sort[0], "assignees": sort[1]})


def _plainly(left: Sequence[Sort], right: Sequence[Sort]) -> set[tuple[int, int]]:
    """Pair by comparing everything with everything, rule after rule."""

    def same_day(one: Sort, other: Sort) -> bool:
        return one[0] is not None and one[0] == other[0]

    def and_people(one: Sort, other: Sort) -> bool:
        return same_day(one, other) and one[1] == other[1] != frozenset()

    def no_contradiction(one: Sort, other: Sort) -> bool:
        return None in (one[0], other[0]) or one[0] == other[0]

    ones, others, pairs = set(range(len(left))), set(range(len(right))), set[tuple[int, int]]()
    for rule in (and_people, same_day, no_contradiction):
        fits = [(one, other) for one in ones for other in others if rule(left[one], right[other])]
        firsts, seconds = [one for one, _ in fits], [other for _, other in fits]
        only = {(one, other) for one, other in fits if firsts.count(one) == 1 == seconds.count(other)}
        pairs |= only
        ones -= {one for one, _ in only}
        others -= {other for _, other in only}
    return pairs


@given(st.lists(sorts, max_size=6), st.lists(sorts, max_size=6))
def test_pairs_are_those_of_the_rules_compared_one_by_one(left: list[Sort], right: list[Sort]) -> None:
    pairing = pair(
        [_seen(number, sort) for number, sort in enumerate(left)],
        [_record(number, sort) for number, sort in enumerate(right)],
        BERLIN,
    )
    found = {(int(seen.remote[1:]), int(record.id[1:])) for seen, record in pairing.pairs}
    assert found == _plainly(left, right)


def test_ten_thousand_items_of_one_title_are_asked_about_at_once() -> None:
    """Compared one by one, they would not end in a day."""
    nothing: Sort = (None, frozenset())
    many = range(10_000)
    pairing = pair([_seen(number, nothing) for number in many], [_record(number, nothing) for number in many], BERLIN)
    [(seen, records)] = pairing.unclear
    assert (len(seen), len(records), len(pairing.pairs)) == (10_000, 10_000, 0)
