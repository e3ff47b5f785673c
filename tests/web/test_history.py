"""Revisions are numbered by history, also where it was let go of; records are read anew only when they must be."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Connection

from domain.errors import StoreProblem
from store import dated
from store.database import transaction
from store.tables import changes, earlier_changes, records
from sync.feeds.calendar import Kind
from sync.feeds.files import content_of
from sync.feeds.publisher import Publisher, audience_of
from sync.feeds.snapshot import Reader, Snapshot
from tests.web.place import ADA, COMMUNITY, NOW, Place
from tests.web.reading import read

START = datetime(2027, 3, 3, 13, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def feed(here: Place) -> bytes:
    return content_of(here.store, here.settings, Kind.CALENDAR, None, here.now)


def prune(here: Place, before: datetime) -> None:
    lease = here.store.acquire(COMMUNITY, "test", here.now)
    assert here.store.prune(lease, before, here.now) > 0
    here.store.release(lease)


def test_letting_go_of_history_changes_no_feed(town: Place) -> None:
    town.event("event-1", START, START + HOUR)
    for number in range(3):
        town.change("event-1", title=f"Title {number}", notes=str(number))
    town.event("event-2", START, START + HOUR)
    before, early = feed(town), town.now
    town.now += 2 * DAY
    town.event("event-3", START + 9 * DAY, START + 9 * DAY + HOUR)
    whole = feed(town)
    for _ in range(2):
        prune(town, town.now - DAY)
        assert feed(town) == whole
        town.change("event-2", title=f"Moved {town.now}")
        whole = feed(town)
        town.now += 3 * DAY
    with town.store.reading() as connection:
        assert {row.times for row in connection.execute(earlier_changes.select()) if row.field == "title"} == {1, 3}
    first, *_ = read(whole).events
    assert (int(first["SEQUENCE"]), first["DTSTAMP"].dt) == (6, read(before).events[0]["DTSTAMP"].dt)
    assert early < town.now


def test_all_of_it_may_go(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    here.change("event-1", title="Moved")
    reader = Reader(audience_of(here.settings))
    one = reader.snapshot(here.store, None, here.now)
    here.now += 2 * DAY
    lease = here.store.acquire(COMMUNITY, "test", here.now)
    with transaction(here.store.engine) as connection:
        connection.execute(changes.update().values(at=NOW.isoformat()))
        connection.execute(earlier_changes.delete())
    here.store.begin_run(lease, "run-99998", here.now)
    here.store.prune(lease, here.now, here.now)
    here.store.release(lease)
    with here.store.reading() as connection:
        assert connection.execute(changes.select()).all() == []
    here.change("event-1", title="Moved again")  # its change gets the id 1 once more in SQLite
    other = reader.snapshot(here.store, None, here.now)
    assert (_sequence(one), _sequence(other)) == (2, 4)


def _sequence(snapshot: Snapshot) -> int:
    return int(read(snapshot.calendar(Kind.CALENDAR)).events[0]["SEQUENCE"])


def test_nothing_is_read_while_nothing_happens(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    here.event("event-1", START, START + HOUR)
    reads: list[str] = []
    stored = dated.stored

    def counted(connection: Connection, community: str) -> list[dated.Stored]:
        reads.append(community)
        return stored(connection, community)

    monkeypatch.setattr(dated, "stored", counted)
    publisher, token = Publisher(here.configuration, here.store), here.address()[7:-4]
    first = publisher.find(token, here.now)
    assert first is not None
    for _ in range(3):
        again = publisher.find(token, here.now)
        assert again is not None
        assert again.snapshot is first.snapshot
    assert len(reads) == 1
    here.run([], [])  # a run without a change: looked at once more, and still the same
    quiet = publisher.find(token, here.now)
    assert quiet is not None
    assert (quiet.snapshot is first.snapshot, len(reads)) == (True, 1)
    here.change("event-1", title="Changed")
    changed = publisher.find(token, here.now)
    assert changed is not None
    assert changed.tag != first.tag
    assert len(reads) == 1  # only what changed is read
    publisher.find(token, here.now + DAY)
    assert len(reads) == 2


def test_what_changed_bit_by_bit_is_what_is_read_at_once(here: Place) -> None:
    publisher, token = Publisher(here.configuration, here.store), here.address()[7:-4]
    for number in range(6):
        here.event(f"event-{number}", START + number * HOUR, START + (number + 1) * HOUR)
        found = publisher.find(token, here.now)
    here.change("event-3", start=START + 9 * HOUR, end=START + 10 * HOUR)
    publisher.find(token, here.now)
    here.delete("event-4")
    publisher.find(token, here.now)
    here.change("event-1", title="Another")
    here.delete("event-2")
    here.revive("event-4")
    found = publisher.find(token, here.now)
    whole = Publisher(here.configuration, here.store).find(token, here.now)
    assert found is not None
    assert whole is not None
    assert found.content() == whole.content()
    assert found.modified == whole.modified


def test_a_store_that_was_put_back_is_read_at_once(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    publisher, token = Publisher(here.configuration, here.store), here.address()[7:-4]
    publisher.find(token, here.now)
    with transaction(here.store.engine) as connection:
        connection.exec_driver_sql("DELETE FROM runs")
        connection.exec_driver_sql("DELETE FROM changes")
        connection.exec_driver_sql('UPDATE records SET fields = replace(fields, \'"title":"\', \'"title":"Former \')')
    found = publisher.find(token, here.now)
    assert found is not None
    assert b"SUMMARY:Former" in found.content()


@pytest.mark.parametrize("table", ["changes", "feeds"])
def test_a_damaged_date_names_its_row(here: Place, table: str) -> None:
    here.event("event-1", START, START + HOUR)
    token = here.address()[7:-4]
    column = {"changes": "at", "feeds": "created_at"}[table]
    with transaction(here.store.engine) as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET {column} = 'zzzz'")
    with pytest.raises(StoreProblem, match=f"of {table} cannot be read"):
        Publisher(here.configuration, here.store).find(token, here.now)


def test_while_a_run_is_at_work_it_is_looked_at_every_minute(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    publisher, token = Publisher(here.configuration, here.store), here.address()[7:-4]
    lease = here.store.acquire(COMMUNITY, "test", here.now)
    here.store.begin_run(lease, "run-under-way", here.now + timedelta(seconds=30))
    before = publisher.find(token, here.now)
    with transaction(here.store.engine) as connection:  # as a run that is killed before it notes its end
        connection.execute(records.update().where(records.c.id == "event-1").values(deleted=True))
    soon, later = (publisher.find(token, here.now + timedelta(seconds=after)) for after in (59, 60))
    assert before is not None and soon is not None and later is not None  # noqa: PT018
    assert before.snapshot is soon.snapshot
    assert b"STATUS:CANCELLED" in later.content()


def test_many_ask_at_once(here: Place) -> None:
    for number in range(50):
        here.event(f"event-{number}", START, START + HOUR)
        here.task(f"task-{number}", START.date(), assignees=frozenset({"member-ada"}))
    publisher, token = Publisher(here.configuration, here.store), here.address(Kind.DUTIES, ADA)[7:-4]
    found: list[bytes] = []

    def ask() -> None:
        for _ in range(5):
            published = publisher.find(token, here.now)
            assert published is not None
            found.append(published.content())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40
    assert len(set(found)) == 1


def test_a_damaged_row_is_named(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    with transaction(here.store.engine) as connection:
        connection.execute(records.update().where(records.c.id == "event-1").values(fields="{"))
    with pytest.raises(StoreProblem, match="event-1 of records"):
        feed(here)
