"""A series between calendars on two servers and nothing else: Radicale on one side, Xandikos on the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.loader import Configuration, load
from domain.recurrence import change
from store.store import Store
from sync.report import Exit, Report
from sync.run import Wish, sync
from sync.wiring import Wiring
from tests.connectors.caldav.peers import PASSWORD, SERVERS, USER, Peer, peer
from tests.system.caldav.office import now
from tests.system.caldav.test_series import CLUB, RICHER, at, planned, taking_place
from tests.system.caldav.test_series_forms import FORMS, written

TOML = '[store]\nurl = "sqlite:///copsync.db"\n[[communities]]\nid = "data-practice"\ntime_zone = "Europe/Berlin"\n'
SPACE = """
[connections.{name}]
tool = "caldav"
base_url = "{url}"
username = "{user}"
password = {{ env = "CALDAV_PASSWORD" }}
limits = {{ requests = 10000, seconds = 1, at_once = 4 }}
[[communities.spaces]]
name = "{name}"
connection = "{name}"
calendar = "Community"
"""


@dataclass
class Both:
    peers: dict[str, Peer]
    configuration: Configuration
    store: Store

    async def sync(self, *, full: bool = False) -> Report:
        async with Wiring(self.configuration) as wiring:
            (settings,) = wiring.community_settings(None)
            report = await sync(wiring.community(settings), self.store, now, Wish(full))
        assert report.exit == Exit.IN_STEP, report.json()
        assert report.conflicts == []
        return report

    def path(self, name: str) -> str:
        one = self.peers[name]
        (path,) = one.server.names(one.calendar)
        return path

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Change the only object of a server, as a person's program does."""
        text = self.peers[name].server.get(self.path(name))
        for old, new in changes:
            assert text.count(old) == 1, text
            text = text.replace(old, new)
        self.peers[name].server.put(self.path(name), text.encode())

    def shown(self) -> list[list[tuple[str, str]]]:
        """Return when it takes place on each server, as a program of somebody else finds it."""
        return [taking_place(one.server.get(self.path(name))) for name, one in self.peers.items()]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    with ExitStack() as stack:
        peers = {name: stack.enter_context(peer(name)) for name in SERVERS}
        spaces = "".join(SPACE.format(name=name, url=one.url, user=USER) for name, one in peers.items())
        path = tmp_path / "copsync.toml"
        path.write_text(TOML + spaces, encoding="utf-8")
        read = load(path)
        environment = {**read.environment, "CALDAV_PASSWORD": PASSWORD}
        configuration = Configuration(read.settings, read.path, read.text, environment)
        store = Store.open(configuration.settings.store.url, configuration.folder)
        stack.callback(store.close)
        yield Both(peers, configuration, store)


async def test_a_series_goes_from_server_to_server_and_is_edited_on_both(both: Both) -> None:
    _, parts = FORMS["zone, written out"]
    one = both.peers["radicale"]
    one.server.put(f"{one.calendar}form.ics", written(parts).encode())
    await both.sync()
    assert both.shown() == [planned(RICHER)] * 2

    both.edit("radicale", ("INTERVAL=2;UNTIL=20270630", "INTERVAL=2;UNTIL=20270430"))
    both.edit("xandikos", ("DTSTART;TZID=Europe/Berlin:20261216T190000", "DTSTART;TZID=Europe/Berlin:20261217T190000"),
              ("DTEND;TZID=Europe/Berlin:20261216T200000", "DTEND;TZID=Europe/Berlin:20261217T200000"))  # fmt: skip
    await both.sync()
    shorter = change.cancel_occurrence(
        change.move_occurrence(CLUB, "2026-12-15", at(12, 17, 19), at(12, 17, 20)), "2026-12-29"
    )
    expected = [time for time in planned(shorter) if time[0] < "2027-05"]
    assert len(expected) < len(planned(shorter))
    assert both.shown() == [expected] * 2
    for full in (False, True):
        assert (await both.sync(full=full)).steps == []


async def test_h05_two_occurrences_edited_on_two_servers_are_both_kept(both: Both) -> None:
    _, parts = FORMS["original time in UTC"]
    one = both.peers["xandikos"]
    one.server.put(f"{one.calendar}form.ics", written(parts).encode())
    await both.sync()
    cancel = "EXDATE;TZID=Europe/Berlin:20261229T180000\r\n"
    both.edit("xandikos", (cancel, f"{cancel}EXDATE:20270112T170000Z\r\n"))
    both.edit("radicale", (cancel, f"{cancel}EXDATE;TZID=Europe/Berlin:20270126T180000\r\n"))
    await both.sync()
    expected = planned(change.cancel_occurrence(change.cancel_occurrence(RICHER, "2027-01-12"), "2027-01-26"))
    assert both.shown() == [expected] * 2
    for full in (False, True):
        assert (await both.sync(full=full)).steps == []
