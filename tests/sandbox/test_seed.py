"""The seeded community is believable, whatever day it is."""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest

from sandbox.seed import Community, Task, load
from sandbox.seed.days import is_working, occurrences, working_day, working_days

TODAY = date(2026, 11, 21)
ANY_DAY = [TODAY, date(2024, 2, 29), date(2026, 3, 28), date(2026, 8, 1), date(2026, 12, 17), date(2027, 1, 1)]


@pytest.fixture(scope="module", params=ANY_DAY, ids=str)
def community(request: pytest.FixtureRequest) -> Community:
    return load(request.param)


def fold(title: str) -> str:
    """Compare titles as a person does: without regard to case and white space."""
    return " ".join(title.split()).casefold()


def test_counts(community: Community) -> None:
    assert len(community.people) == 40
    assert len(community.lists) == 8
    assert len(community.tasks) == 150
    assert len(community.milestones) == 12
    assert len(community.pairs) == 10
    places = Counter(tuple(sorted(task.copies)) for task in community.tasks)
    assert places == {("asana",): 100, ("basecamp",): 35, ("asana", "basecamp"): 15}
    gatherings = Counter(tuple(sorted(event.copies)) for event in community.events)
    assert gatherings == {("microsoft365",): 28, ("basecamp",): 14, ("basecamp", "microsoft365"): 2}


def test_everybody_named_is_a_member_with_an_account(community: Community) -> None:
    for task in (*community.tasks, *community.milestones):
        for tool in task.copies:
            for key in (task.creator, *task.assignees):
                assert tool in community.people[key].tools, (task, key)
    for pair in community.pairs:
        assert {pair.mentor, pair.mentee} <= community.people.keys()
        assert pair.mentor != pair.mentee


def test_people_are_distinct_and_invented(community: Community) -> None:
    people = community.people.values()
    assert len({person.email for person in people}) == len({person.name for person in people}) == 40
    assert all(person.email.endswith("@example.org") and person.email.isascii() for person in people)
    assert Counter(person.role for person in people) == {
        "sponsor": 1,
        "moderator": 2,
        "core": 7,
        "member": 30,
    }


def test_only_one_assignee_where_a_tool_holds_one(community: Community) -> None:
    for task in community.work_in("asana"):
        assert len(task.assignees) == 1


def test_dates_are_sane(community: Community) -> None:
    for task in (*community.tasks, *community.milestones):
        if task.due is None:
            assert task.at is None
            continue
        assert is_working(task.due)
        assert abs(task.due - community.today) < timedelta(days=130)
        assert task.start is None or task.start < task.due
        assert task.at is None or 8 <= task.at.hour < 18
        assert not (task.milestone and (task.start or task.at))
        assert not (task.done and task.due > community.today + timedelta(days=10))


def test_some_are_done_some_are_late_most_are_to_come(community: Community) -> None:
    late = [t for t in community.tasks if t.due and t.due < community.today and not t.done]
    assert 3 <= len(late) <= 15
    assert 20 <= sum(task.done for task in community.tasks) <= 40


def test_gatherings_are_at_decent_hours_of_working_days(community: Community) -> None:
    for event in community.events:
        assert event.start < event.end
        if isinstance(event.start, datetime):
            assert isinstance(event.end, datetime)
            assert event.start.tzinfo is community.zone
            assert event.start.date() == event.end.date()
            assert 8 <= event.start.hour < event.end.hour + 1 <= 20
        assert is_working(event.start)
    days = Counter((next(iter(event.copies.values())).title, event.start) for event in community.events)
    assert set(days.values()) == {1}
    assert sum(event.all_day for event in community.events) == 2


def by_title(community: Community) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = defaultdict(list)
    for task in (*community.tasks, *community.milestones):
        titles = {fold(copy.title) for copy in task.copies.values()}
        assert len(titles) == 1, f"no person would take these for the same: {titles}"
        found[titles.pop()].append(task)
    return found


def test_exactly_two_pairs_are_ambiguous(community: Community) -> None:
    same = [tasks for tasks in by_title(community).values() if len(tasks) > 1]
    assert len(same) == 2
    for first, second in same:
        assert {*first.copies, *second.copies} == {"asana", "basecamp"}
        assert first.due != second.due
        assert set(first.assignees).isdisjoint(second.assignees)
        assert first.unclear
        assert second.unclear
    assert sum(task.unclear for task in community.tasks) == 4


def test_copies_in_two_tools_are_recognisable_and_most_differ_a_little(community: Community) -> None:
    both = [task for task in (*community.tasks, *community.milestones) if len(task.copies) == 2]
    assert len(both) == 17
    assert sum(task.copies["asana"] != task.copies["basecamp"] for task in both) == 17


def test_notes_are_rich_and_documents_are_links(community: Community) -> None:
    notes = [copy.notes for task in (*community.tasks, *community.milestones) for copy in task.copies.values()]
    texts = "\n\n".join([community.charter, *notes, *(c.notes for e in community.events for c in e.copies.values())])
    assert sum(bool(text) for text in notes) >= 60
    assert all(sign in texts for sign in ("**", "\n- ", "\n1. ", "\n## ", "\n> ", "`"))
    assert "doc:" not in texts
    for document in community.documents.values():
        assert document.url.startswith("https://")
    used = {document.title for document in community.documents.values() if document.url in texts}
    assert used == {document.title for document in community.documents.values()}


def test_the_same_day_gives_the_same_community() -> None:
    assert load(TODAY) == load(TODAY)
    assert load(TODAY).tasks != load(TODAY + timedelta(days=30)).tasks


@pytest.mark.parametrize("offset", range(0, 366, 7))
def test_starts_lie_before_ends_on_any_day_of_the_year(offset: int) -> None:
    community = load(TODAY + timedelta(days=offset))
    assert all(task.start < task.due for task in community.tasks if task.start and task.due)
    assert all(event.start < event.end for event in community.events)
    unclear = {(copy.title, t.due) for t in community.tasks if t.unclear for copy in t.copies.values()}
    assert len(unclear) == 4


def test_working_day_is_the_nearest_one() -> None:
    friday, monday = date(2026, 11, 20), date(2026, 11, 23)
    assert working_day(friday, 1) == friday
    assert working_day(friday, 2) == monday
    assert working_day(date(2026, 12, 20), 4) == date(2026, 12, 23)
    assert working_day(date(2026, 12, 20), 11) == date(2027, 1, 4)


def test_working_days_run_together() -> None:
    assert working_days(date(2026, 11, 20), 0, 2) == (date(2026, 11, 23), date(2026, 11, 25))


@pytest.mark.parametrize(("rule", "gap"), [("tue", 14), ("first thu", None)])
def test_rules_of_gatherings(rule: str, gap: int | None) -> None:
    days = [day for day, _ in zip(occurrences(rule, TODAY, first=-2, every=2), range(6), strict=False)]
    if gap:
        assert all((later - day).days == gap for day, later in pairwise(days) if day.month != 12)
        assert {day.weekday() for day in days} == {1}
    else:
        assert [day.month for day in days] == [9, 10, 11, 12, 1, 2]
        assert all(day.day <= 7 and day.weekday() == 3 for day in days)
