"""`copsync status` of channels: what was said, what waits, and when a person is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from domain.announcements.channel import Topic
from domain.announcements.message import Message, MessageState
from domain.announcements.standing import LOOKED_BACK, Resting, rest_of, standing_of
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Paused, Retriable, Uncertain
from store import messages, rests
from tests.cli.desk import Called, call
from tests.cli.shapes import STATUS, fits
from tests.sync.outbox.bench import bench
from tests.web.place import COMMUNITY, NOW, Place, place

FOLDER = '[[communities.channels]]\nid = "intranet"\nkind = "folder"\nfolder = "out"\nwants = ["gatherings"]\n'
ALWAYS = 'quiet = "00:00-00:01"\n'


def at(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def message(thing: str, state: MessageState, hours: float = 0, **more: object) -> Message:
    made = Message(f"{thing}-{hours}", "intranet", thing, 1, Topic.GATHERINGS, state, at(hours), title=thing)
    sent = at(hours) if state is MessageState.SENT else None
    return replace(made, sent_at=sent, **more)  # type: ignore[arg-type]


def test_what_a_journal_amounts_to() -> None:
    planned, sent, unclear = MessageState.PLANNED, MessageState.SENT, MessageState.UNCLEAR
    journal = [
        message("first", sent, 1),
        message("second", sent, 3),
        message("third", planned, 5),
        message("fourth", planned, 4),
        message("within", planned, 2, within="third-5"),
        message("lost", unclear, 1),
        message("lost-then-told", unclear, 1),
        message("lost-then-told", sent, 2, revision=2),
        message("known", MessageState.KNOWN, 9),
        message("no", MessageState.REFUSED, 1),
        message("long-ago", unclear, -LOOKED_BACK.total_seconds() / 3600 - 1),
    ]
    stands = standing_of(reversed(journal), at(6))
    assert stands.last is not None
    assert (stands.last.thing, stands.waiting, stands.waits_since) == ("second", 2, at(4))
    assert [one.thing for one in stands.unclear] == ["lost"]
    assert [one.thing for one in stands.refused] == ["no"]


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (ConnectAgain("x", mend="y"), Resting.CONNECT_AGAIN),
        (Paused("x", mend="y"), Resting.PAUSED),
        (ConfigProblem("x", mend="y"), Resting.TO_MEND),
        (Retriable("x"), Resting.LATER),
        (Uncertain("x"), None),
        (None, None),
    ],
)
def test_why_a_channel_rests(problem: CopsyncError | None, why: Resting | None) -> None:
    rest = rest_of(problem, NOW)
    assert (rest.why if rest else None) is why


@pytest.mark.parametrize(
    ("asked", "passed", "left"),
    [
        (600, timedelta(minutes=9), 60),
        (600, timedelta(minutes=10), None),
        (10**9, timedelta(hours=23), 3600),
        (10**9, timedelta(days=1), None),
        (600, timedelta(days=-2), None),  # our clock was put back
        (None, timedelta(), None),
    ],
)
def test_a_place_is_left_alone_for_as_long_as_it_asked_and_a_day_at_most(
    asked: float | None, passed: timedelta, left: float | None
) -> None:
    rest = rest_of(Retriable("slow", retry_after=asked), NOW)
    assert rest is not None
    wait = rest.wait(NOW + passed)
    assert (wait.retry_after if wait else None) == left


def test_a_rest_is_remembered_since_it_began(tmp_path: Path) -> None:
    with place(tmp_path) as here:
        lease = here.store.acquire(COMMUNITY, "test", NOW)
        problems = (Retriable("down"), Retriable("still", retry_after=60), Paused("gone", mend="Look."), None)
        for hours, problem in enumerate(problems):
            with here.store.writing(lease, at(0)) as connection:
                rests.save(connection, COMMUNITY, "intranet", rest_of(problem, at(hours)))
            with here.store.reading() as connection:
                found = rests.load(connection, COMMUNITY).get("intranet")
            told = (found.message, found.since, found.until) if found else None
            until = at(1) + timedelta(minutes=1)
            assert told == [("down", at(0), None), ("still", at(0), until), ("gone", at(2), None), None][hours]


def copsync(folder: Path, *arguments: str) -> Called:
    return call(*arguments, folder=folder)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, community=FOLDER + ALWAYS) as made:
        (tmp_path / "out").mkdir()
        yield made


def soon() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


def standing(folder: Path) -> dict[str, object]:
    (found,) = fits(copsync(folder, "status", "--json").json, STATUS)["channels"]
    return dict(found)


def test_a_channel_that_is_looked_after(here: Place) -> None:
    nothing = copsync(here.folder, "status")
    assert (nothing.status, "intranet (folder): nothing said yet" in nothing.out) == (0, True), nothing
    copsync(here.folder, "announce", "send")
    here.event("Meetup", soon(), soon() + timedelta(hours=1))
    copsync(here.folder, "announce", "send")
    shown = copsync(here.folder, "status")
    assert (shown.status, "last said “Meetup” 20" in shown.out) == (0, True), shown
    found = standing(here.folder)
    assert (found["state"], found["said"], found["waiting"], found["needs_person"]) == ("ok", "Meetup", 0, False)


def test_a_channel_that_cannot_be_reached_says_so_until_it_can(here: Place) -> None:
    copsync(here.folder, "announce", "send")
    here.event("Meetup", soon(), soon() + timedelta(hours=1))
    (here.folder / "out").rmdir()
    copsync(here.folder, "announce", "send")
    shown = copsync(here.folder, "status")
    assert "1 message waits since" in shown.out
    assert "cannot be written" in shown.out
    assert standing(here.folder)["state"] in ("paused", "to mend", "later")
    (here.folder / "out").mkdir()
    copsync(here.folder, "announce", "send")
    assert (standing(here.folder)["problem"], standing(here.folder)["waiting"]) == (None, 0)


def test_an_unclear_message_asks_for_a_person_and_is_settled_by_one(here: Place) -> None:
    copsync(here.folder, "announce", "send")
    lost = [replace(message(name, MessageState.UNCLEAR), id=f"{number}abc") for number, name in enumerate("AB")]
    lease = here.store.acquire(COMMUNITY, "test", datetime.now(UTC))
    with here.store.writing(lease, datetime.now(UTC)) as connection:
        messages.plan(connection, COMMUNITY, lease.token, [replace(one, planned_at=soon()) for one in lost])
    here.store.release(lease)
    shown = copsync(here.folder, "status")
    assert (shown.status, "2 messages may have arrived; look" in shown.out) == (3, True), shown
    assert "0abc" in shown.out
    assert copsync(here.folder, "announce", "settle", "0a", "arrived").status == 0
    done = copsync(here.folder, "announce", "settle", "1abc", "lost", "--json").json
    assert (done["state"], done["reason"]) == ("planned", "A person did not find it.")
    assert copsync(here.folder, "status").status == 0
    for arguments, words in (("0a lost", "only what is unclear"), ("9 lost", "There is no message"), ("0a", "Missing")):
        refused = copsync(here.folder, "announce", "settle", *arguments.split())
        assert (refused.status, words in refused.err) == (2, True), refused


def test_what_waits_for_a_moderator_is_never_silently_green(tmp_path: Path) -> None:
    with bench(tmp_path) as made:
        made.now = datetime.now(UTC)
        nothing = copsync(tmp_path, "status")
        assert (nothing.status, "assisted linkedin (linkedin-group): nothing said yet" in nothing.out) == (0, True)
        lease = made.store.acquire(COMMUNITY, "test", made.now)
        planned = replace(message("talk", MessageState.PLANNED), channel="linkedin")
        with made.store.writing(lease, made.now) as connection:
            messages.plan(connection, COMMUNITY, lease.token, [planned])
        made.store.release(lease)
        waits = copsync(tmp_path, "status")
        assert (waits.status, "1 text waits for a moderator; `copsync outbox tend`" in waits.out) == (3, True), waits
        made.put(message=planned.id)
        until = (made.now + made.place.term).astimezone(UTC)
        shown = copsync(tmp_path, "status")
        assert shown.status == 3
        assert f"1 text waits for a moderator until {until:%Y-%m-%d %H:%M}" in shown.out
        assert "to be posted by a moderator; see `copsync outbox`" in shown.out
        found = standing(tmp_path)
        assert (found["state"], found["waiting"], found["until"]) == ("assisted", 1, until.isoformat())


@contextmanager
def with_connection(folder: Path, keys: str, channel: str) -> Iterator[Path]:
    more = f'key = {{ file = "k" }}\n[connections.linkedin]\ntool = "linkedin"\n{keys}\n'
    with bench(folder, channel=channel, more=more):
        (folder / "k").write_text("")
        yield folder


@pytest.mark.parametrize(("days", "state", "status"), [(8, "ends soon", 0), (7, "ends this week", 3), (0, "ended", 3)])
def test_a_token_that_ends_is_told_of(tmp_path: Path, days: int, state: str, status: int) -> None:
    until = date.fromordinal(datetime.now(UTC).date().toordinal() + days)
    (tmp_path / ".env").write_text("LINKEDIN_TOKEN=t\n")
    keys = f'token = {{ env = "LINKEDIN_TOKEN" }}\ntoken_until = {until.isoformat()}'
    with with_connection(tmp_path, keys, 'connection = "linkedin"') as folder:
        told = copsync(folder, "status", "--json")
        (found,) = told.json["sign_ins"]
        assert (found["state"], found["ends_on"], told.status) == (state, until.isoformat(), status)
        assert "connection linkedin" in copsync(folder, "status").out


def test_settings_that_are_wrong_are_told_and_the_rest_is_shown(tmp_path: Path) -> None:
    with with_connection(tmp_path, 'token = { env = "LINKEDIN_TOKEN" }', 'connection = "linkedin"') as folder:
        answer = copsync(folder, "status")
        assert (answer.status, "LINKEDIN_TOKEN" in answer.out) == (3, True), answer
        assert re.search(r"assisted\s+linkedin", answer.out)


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        ('remind = "nowhere"', 'remind = "nowhere" names no channel'),
        ('remind = "linkedin"', "a person posts"),
        ("proof = 2", "proof = 2 needs an account"),
        ('remind = "intranet"\n' + FOLDER, "hold no link"),
    ],
)
def test_check_sees_what_a_group_names(tmp_path: Path, channel: str, words: str) -> None:
    (tmp_path / "out").mkdir()
    with bench(tmp_path, channel=channel):
        answer = copsync(tmp_path, "check", "--json")
        about = [one for one in answer.json["findings"] if words in one["message"]]
        assert [one["about"] for one in about] == ["channel linkedin of data-practice"], answer
        assert answer.status == (0 if about[0]["level"] == "warning" else 2)
