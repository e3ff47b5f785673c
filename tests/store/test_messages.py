"""The journal of messages, on both databases: once per revision, only along its states, only for the holder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from domain.announcements.channel import Standing, Topic
from domain.announcements.message import NEXT, How, Message, MessageState, message_id
from domain.errors import Locked, Stale, StoreProblem
from domain.values import Fields
from store import messages
from store.forget import forget_bases
from store.leases import LIFE_SECONDS, Lease
from store.store import Store
from tests.store.databases import KINDS, database

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
FACTS: Fields = {
    "title": "Meetup 日本",
    "start": NOW,
    "end": NOW + timedelta(hours=1),
    "exdates": frozenset({"2026-12-01"}),
}


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with database(request.param) as url:
        opened = Store.open(url, tmp_path)
        yield opened
        opened.close()


@pytest.fixture
def lease(store: Store) -> Lease:
    return store.acquire("c", "test", NOW)


def message(thing: str = "gathering:1", revision: int = 1, **more: object) -> Message:
    identity = message_id("c", "intranet", thing, revision)
    return Message(
        identity,
        "intranet",
        thing,
        revision,
        Topic.GATHERINGS,
        MessageState.PLANNED,
        NOW,
        FACTS,
        **more,  # type: ignore[arg-type]
    )


def planned(store: Store, lease: Lease, *found: Message) -> None:
    with store.writing(lease, NOW) as connection:
        messages.plan(connection, "c", lease.token, found)


def moved(
    store: Store, lease: Lease, one: Message, before: MessageState, after: MessageState, **values: object
) -> None:
    with store.writing(lease, NOW) as connection:
        messages.move(connection, lease.token, [one.id], before, after, **values)


def kept(store: Store) -> list[Message]:
    with store.reading() as connection:
        return messages.of_channel(connection, "c", "intranet")


def test_a_message_comes_back_as_it_went_in(store: Store, lease: Lease) -> None:
    one = message(off=True, how=How.EDIT, edits="remote-1", title="Meetup", reason="why")
    planned(store, lease, one)
    assert kept(store) == [one]
    with store.reading() as connection:
        assert messages.find(connection, "c", one.id[:5]) == messages.of_community(connection, "c") == [one]
        assert messages.of_community(connection, "other") == []


def test_a_revision_is_planned_once(store: Store, lease: Lease) -> None:
    planned(store, lease, message())
    with pytest.raises(StoreProblem):
        planned(store, lease, message())
    assert len(kept(store)) == 1


def test_a_message_is_taken_for_sending_once(store: Store, lease: Lease) -> None:
    one = message()
    planned(store, lease, one)
    moved(store, lease, one, MessageState.PLANNED, MessageState.SENDING)
    with pytest.raises(Stale):
        moved(store, lease, one, MessageState.PLANNED, MessageState.SENDING)
    moved(
        store,
        lease,
        one,
        MessageState.SENDING,
        MessageState.SENT,
        remote="r",
        url="https://x/1",
        sent_at=NOW.isoformat(),
    )
    (found,) = kept(store)
    assert (found.state, found.remote, found.url, found.sent_at) == (MessageState.SENT, "r", "https://x/1", NOW)


@pytest.mark.parametrize(
    ("before", "after"),
    [pair for pair in product(MessageState, MessageState) if pair[1] not in NEXT.get(pair[0], frozenset())],
)
def test_no_other_way_leads_from_state_to_state(before: MessageState, after: MessageState, tmp_path: Path) -> None:
    store = Store.open("sqlite:///test.db", tmp_path)
    lease = store.acquire("c", "test", NOW)
    with pytest.raises(ValueError, match="cannot become"):
        moved(store, lease, message(), before, after)
    store.close()


def test_what_is_said_within_a_message_goes_with_it(store: Store, lease: Lease) -> None:
    whole, part, alone = message("roundup:1"), message("gathering:1"), message("gathering:2")
    planned(store, lease, whole, part, alone)
    with store.writing(lease, NOW) as connection:
        messages.fold(connection, lease.token, [part.id], whole.id)
    moved(store, lease, whole, MessageState.PLANNED, MessageState.SENDING)
    moved(store, lease, whole, MessageState.SENDING, MessageState.SENT, remote="r", sent_at=NOW.isoformat())
    found = {one.thing: (one.state, one.remote) for one in kept(store)}
    assert found["gathering:1"] == (MessageState.SENT, None)
    assert found["gathering:2"] == (MessageState.PLANNED, None)


def test_who_lost_the_community_writes_nothing(store: Store, lease: Lease) -> None:
    later = NOW + timedelta(seconds=LIFE_SECONDS + 1)
    store.acquire("c", "another", later)
    with pytest.raises(Locked), store.writing(lease, later) as connection:
        messages.plan(connection, "c", lease.token, [message()])
    assert kept(store) == []


def test_what_is_remembered_of_a_channel(store: Store, lease: Lease) -> None:
    standing = Standing(NOW, NOW, frozenset({Topic.DIGEST, Topic.THANKS}), "scope")
    with store.writing(lease, NOW) as connection:
        messages.save_standing(connection, "c", "intranet", standing)
    with store.reading() as connection:
        assert messages.standings(connection, "c") == {"intranet": standing}
    with store.writing(lease, NOW) as connection:
        forget_bases(connection, NOW)
    with store.reading() as connection:
        (found,) = messages.standings(connection, "c").values()
    assert found.seen_at < NOW - timedelta(days=10_000)


def test_replies_are_counted(store: Store, lease: Lease) -> None:
    one = message()
    planned(store, lease, one)
    with store.writing(lease, NOW) as connection:
        messages.count_replies(connection, one.id, 4, NOW)
    assert [found.replies for found in kept(store)] == [4]


def test_old_messages_that_ended_are_let_go_of(store: Store, lease: Lease) -> None:
    ended, said = message("gathering:1"), message("gathering:2")
    planned(store, lease, ended, said)
    moved(store, lease, ended, MessageState.PLANNED, MessageState.SUPERSEDED)
    for number in range(2):  # the newest run always stays, and an older one makes letting go due
        store.begin_run(lease, f"run-{number}", NOW + timedelta(hours=number))
    store.prune(lease, NOW + timedelta(days=2), NOW)
    assert [one.thing for one in kept(store)] == ["gathering:2"]
