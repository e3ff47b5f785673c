"""Measures calendar feeds: `python -m tests.bench.feeds` prints what one request costs the server.

The server is uvicorn with the real app on a free port, in this process; the requests come from another process, each on
a connection of its own, as calendar apps ask. So the CPU seconds of this process are the server's: HTTP included, the
client's not. From single requests, what starting the client costs this process is taken off: the same request is made
before as well, with nothing changed, and compared with the mean of many.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from statistics import mean
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from domain.fields import RecordType, complete
from domain.records import Record
from domain.values import Value
from store.database import transaction
from store.feeds import Feed
from store.feeds import add as add_feed
from sync.feeds.addresses import token_digest
from sync.feeds.calendar import Kind
from tests.web.place import COMMUNITY, NOW, Place, place
from tests.web.serving import served
from web.feeds import create_app

MEMBERS, GATHERINGS, TASKS, DEADLINES = 5_000, 2_000, 10_000, 50
REQUESTS, ROUNDS = 200, 8
FULL_MS, KNOWN_MS = 20.0, 3.0
"""What a whole feed, and the answer that nothing changed, may cost."""

_CLIENT = """
import http.client, json, sys
host, port, asked = json.load(sys.stdin)
for path, headers, expected in asked:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    connection.request("GET", path, headers={"Connection": "close", **headers})
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == expected, (answer.status, path)
    connection.close()
print(json.dumps([len(content), answer.headers["ETag"]]))
"""
Asked = list[tuple[str, dict[str, str], int]]


@dataclass(frozen=True, slots=True)
class Size:
    """How large the community is, and how often it is asked."""

    members: int = MEMBERS
    gatherings: int = GATHERINGS
    tasks: int = TASKS
    deadlines: int = DEADLINES
    requests: int = REQUESTS


def measure(size: Size) -> dict[str, Any]:
    """Measure one community; every member's own feed is another one, so that none was put together before."""
    with TemporaryDirectory(prefix="copsync-bench-") as name, place(Path(name)) as town:
        fill(town, size)
        paths = [_address(town, member) for member in range(min(size.members, size.requests))]
        begun = process_time()
        with served(create_app(town.configuration, town.clock)) as client:
            start_s = process_time() - begun
            ask = _Asking(client.base_url.host, client.base_url.port or 0)
            ask([(paths[0], {}, 200)])  # the first request of all compiles and imports
            zipped, (octets, tag) = ask([(path, {"Accept-Encoding": "gzip"}, 200) for path in paths])
            plain, _ = ask([(path, {}, 200) for path in paths])
            known, _ = ask([(paths[-1], {"If-None-Match": tag}, 304)] * len(paths))
            unseen, _ = ask([(path, {"If-None-Match": "*"}, 304) for path in paths])
            one = [(paths[0], {"Accept-Encoding": "gzip"}, 200)]
            alone = mean(ask(one)[0] for _ in range(ROUNDS))
            after = mean(_after_a_run(town, ask, one, number) for number in range(ROUNDS))
    rows = [
        _row("a member's feed, compressed", zipped, FULL_MS),
        _row("a member's feed, not compressed", plain, FULL_MS),
        _row("the same again: not modified", known, KNOWN_MS),
        _row("every member once: not modified", unseen, KNOWN_MS),
        _row("the first after a run that changed a gathering", after - (alone - zipped), FULL_MS),
        _row("start of the server, everything read and written", start_s * 1000, None),
    ]
    return {"size": {name: getattr(size, name) for name in size.__slots__}, "sent_octets": octets, "rows": rows}


def _after_a_run(town: Place, ask: _Asking, one: Asked, number: int) -> float:
    town.change(next(iter(town.records)), title=f"Moved to room {number}")
    return ask(one)[0]


@dataclass(frozen=True, slots=True)
class _Asking:
    host: str
    port: int

    def __call__(self, asked: Asked) -> tuple[float, tuple[int, str]]:
        """Return the CPU milliseconds of one request, and the length and tag of the last answer."""
        given = json.dumps([self.host, self.port, asked])
        begun = process_time()
        done = subprocess.run([sys.executable, "-c", _CLIENT], input=given, capture_output=True, text=True, check=True)
        spent = process_time() - begun
        octets, tag = json.loads(done.stdout)
        return spent * 1000 / len(asked), (octets, tag)


def _row(title: str, cpu_ms: float, most: float | None) -> dict[str, Any]:
    return {"title": title, "cpu_ms": cpu_ms, "target_ms": most, "met": None if most is None else cpu_ms <= most}


def fill(town: Place, size: Size) -> None:
    """Lay gatherings and tasks into a community."""
    chance = Random(7)
    town.put(*_gatherings(chance, size), *_tasks(chance, size))


def _gatherings(chance: Random, size: Size) -> Iterator[Record]:
    for number in range(size.gatherings):
        start = datetime(2026, 9, 10, 8, tzinfo=UTC) + timedelta(hours=chance.randrange(17_000))
        fields: dict[str, Value] = {
            "title": f"Practice circle: reading charts together ({number})",
            "notes": "Bring an example from your own work. " * 5,
            "start": start,
            "end": start + timedelta(hours=1),
            "zone": chance.choice(("Europe/Berlin", "Europe/London")),
            "location": f"Room {number % 9}",
            "meeting_url": f"https://meet.example.org/j/{chance.getrandbits(128):032x}",
        }
        yield Record(f"event-{number:020x}", RecordType.EVENT, complete(RecordType.EVENT, fields))


def _tasks(chance: Random, size: Size) -> Iterator[Record]:
    for number in range(size.tasks):
        fields: dict[str, Value] = {
            "title": f"Review the reading list ({number})",
            "notes": "Two people should read this before it goes out. " * 4,
            "kind": "milestone" if number < size.deadlines else "task",
            "due": date(2026, 9, 10) + timedelta(days=chance.randrange(700)),
            "assignees": frozenset({member(chance.randrange(size.members))}),
        }
        yield Record(f"task-{number:020x}", RecordType.TASK, complete(RecordType.TASK, fields))


def member(number: int) -> str:
    """Return the id of a member."""
    return f"member-{number:020x}"


def _address(town: Place, number: int) -> str:
    """Give a member an address; one for each of thousands through the command would take long and measure nothing."""
    token = f"{number:043}"
    with transaction(town.store.engine) as connection:
        feed = Feed(f"feed-{number}", COMMUNITY, Kind.DUTIES.value, member(number), None, NOW)
        add_feed(connection, feed, token_digest(token))
    return f"/feeds/{token}.ics"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Size()), indent=2) + "\n")
