"""How recurrence merges: occurrence by occurrence, field by field; what loses is kept whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.changes import Change, Merged
from domain.fields import FIELDS, RecordType
from domain.merge import merge
from domain.policy import Policy
from domain.recurrence.overrides import decode, encode
from domain.values import Value
from tests.domain.recurrence.generated import patient
from tests.domain.recurrence.test_series import differences

OVERRIDES = FIELDS[RecordType.EVENT]["overrides"]
IDS = ("2026-03-02", "2026-03-09", "2026-03-16")
AT = datetime(2026, 3, 1, tzinfo=UTC)
maps = st.dictionaries(st.sampled_from(IDS), differences.filter(bool))
Map = dict[str, dict[str, Any]]


def merged(base: Map, *sides: Map, policy: Policy | None = None) -> Merged:
    before = encode(base)
    changes = [Change(name, before, encode(side), AT) for name, side in zip("abcd", sides, strict=False)]
    return merge(OVERRIDES, before, changes, policy or Policy(), ["a", "b", "c"])


def touched(base: Map, side: Map) -> set[tuple[str, str]]:
    keys = {(which, name) for one in (base, side) for which, fields in one.items() for name in fields}
    return {(which, name) for which, name in keys if base.get(which, {}).get(name) != side.get(which, {}).get(name)}


@patient
@given(maps, maps)
def test_one_side_alone_gets_what_it_wants(base: Map, side: Map) -> None:
    assert decode(merged(base, side).value) == side


@patient
@given(maps, maps, maps)
def test_edits_of_different_occurrences_or_fields_commute(base: Map, one: Map, other: Map) -> None:
    assume(not touched(base, one) & touched(base, other))
    first, second = merged(base, one, other), merged(base, other, one)
    assert first.value == second.value
    assert not first.lost
    for side in (one, other):
        for which, name in touched(base, side):
            assert decode(first.value).get(which, {}).get(name) == side.get(which, {}).get(name)


@patient
@given(maps, maps)
def test_sides_that_agree_have_no_conflict(base: Map, side: Map) -> None:
    found = merged(base, side, side)
    assert (decode(found.value), found.lost) == (side, ())


@patient
@given(maps, maps, maps)
def test_nothing_that_was_written_disappears_without_a_trace(base: Map, one: Map, other: Map) -> None:
    found = merged(base, one, other)
    kept: list[Value] = [found.value, *(loser.after for loser in found.lost)]
    for side in (one, other):
        for which, name in touched(base, side):
            wanted = side.get(which, {}).get(name)
            assert name in ("notes", "attendees") or any(
                decode(value).get(which, {}).get(name) == wanted for value in kept
            )


def test_the_same_field_of_the_same_occurrence_is_a_conflict_and_the_loser_is_kept() -> None:
    base = {"2026-03-09": {"location": "Room 1"}}
    one = {"2026-03-09": {"location": "Room 1", "title": "Ada's"}, "2026-03-16": {"title": "New"}}
    other = {"2026-03-09": {"location": "Room 2", "title": "Ben's"}}
    found = merged(base, one, other)
    whole = {"2026-03-09": {"location": "Room 2", "title": "Ada's"}, "2026-03-16": {"title": "New"}}
    assert decode(found.value) == whole
    (lost,) = found.lost
    assert lost.space == "b"
    assert decode(lost.after) == {**whole, "2026-03-09": {"location": "Room 2", "title": "Ben's"}}


def test_who_must_be_asked_is_asked_and_nothing_moves() -> None:
    base = {"2026-03-09": {"title": "Old"}}
    found = merged(
        base, {"2026-03-09": {"title": "One"}}, {"2026-03-09": {"title": "Two"}}, policy=Policy(conflict="ask")
    )
    assert found.undecided
    assert decode(found.value) == base
    assert [change.space for change in found.lost] == ["a", "b"]


def test_a_space_that_does_not_show_an_override_does_not_remove_it() -> None:
    record = encode({"2026-03-09": {"title": "Seen", "location": "Unseen"}})
    shown = encode({"2026-03-09": {"title": "Seen"}})
    after = encode({"2026-03-09": {"title": "Edited"}})
    found = merge(OVERRIDES, record, [Change("a", shown, after, AT)], Policy(), ["a"])
    assert decode(found.value) == {"2026-03-09": {"title": "Edited", "location": "Unseen"}}


def test_texts_and_sets_of_an_occurrence_merge_as_in_an_event() -> None:
    base = {"2026-03-09": {"notes": "one\ntwo\nthree\n", "attendees": frozenset({"ada@example.org"})}}
    one = {"2026-03-09": {"notes": "ONE\ntwo\nthree\n", "attendees": frozenset({"ada@example.org", "ben@example.org"})}}
    other = {"2026-03-09": {"notes": "one\ntwo\nTHREE\n", "attendees": frozenset[str]()}}
    found = merged(base, one, other)
    assert decode(found.value) == {
        "2026-03-09": {"notes": "ONE\ntwo\nTHREE\n", "attendees": frozenset({"ben@example.org"})}
    }
    assert not found.lost


def test_a_move_is_one_edit_and_never_half_of_two() -> None:
    one = {"2026-03-09": {"period": "2026-03-10T08:00:00Z/2026-03-10T09:00:00Z"}}
    other = {"2026-03-09": {"period": "2026-03-11T08:00:00Z/2026-03-11T10:00:00Z"}}
    found = merged({}, one, other)
    assert decode(found.value) in (one, other)
    assert len(found.lost) == 1


def test_exclusions_of_two_sides_are_both_kept() -> None:
    spec = FIELDS[RecordType.EVENT]["exdates"]
    base = frozenset({"2026-03-02"})
    changes = [Change("a", base, base | {"2026-03-09"}, AT), Change("b", base, frozenset[str](), AT)]
    assert merge(spec, base, changes, Policy(), ["a", "b"]).value == {"2026-03-09"}
