"""Measures what is said in channels: `python -m tests.bench.announcements` prints CPU milliseconds and peak memory.

The community is that of the calendar feeds, with its members, and tasks that were finished within the week. A row is
one look after its channels as `copsync announce send` does it, with the store opened before: what is there is read,
decided, worded, written into the journal and sent to folders.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from domain.announcements.channel import Form
from domain.fields import RecordType, complete
from domain.records import Record
from domain.values import Fields
from store import state
from sync.announce.announce import Announced, announce
from sync.announce.look import coming_digest, outlook
from sync.announce.scene import scene_of
from sync.wiring import Wiring
from tests.bench import feeds
from tests.bench.process import mib
from tests.web.place import COMMUNITY, Place, place

NEWS, FINISHED = 40, 300
MONDAY = datetime(2026, 11, 30, 7, 5, tzinfo=UTC)
LOOK_MS, PEAK_MIB = 2_500.0, 250.0
"""What one look after two channels may cost, and the most memory that the process may hold."""

CHANNELS = """
[communities.audience]
deadlines = "community"
tasks = "community"
[[communities.channels]]
id = "cards"
kind = "folder"
folder = "cards"
form = "card"
daily = 50
wants = ["digest", "gatherings", "deadlines", "milestones", "documents", "welcome", "thanks"]
[[communities.channels]]
id = "texts"
kind = "folder"
folder = "texts"
form = "text"
daily = 50
wants = ["digest", "gatherings"]
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How large the community is, and how much is new."""

    members: int = feeds.MEMBERS
    gatherings: int = feeds.GATHERINGS
    tasks: int = feeds.TASKS
    news: int = NEWS
    finished: int = FINISHED


def measure(size: Size) -> dict[str, Any]:
    """Measure one community, from the first look at its channels to the digest."""
    with TemporaryDirectory(prefix="copsync-bench-") as name, place(Path(name), community=CHANNELS) as town:
        _fill(town, size)
        steps: list[tuple[str, float]] = []
        town.now = MONDAY - timedelta(days=1)
        steps.append(("the first look: everything counts as known", _look(town)))
        steps.append(("a look with nothing new", _look(town)))
        _move(town, size.news, size.finished)
        said = f"{size.news} gatherings moved, {size.finished} tasks finished: said in both"
        steps.append((said, _look(town, at_least=2 * size.news)))
        town.now = MONDAY
        steps.append(("the digest, worded as text, HTML, CommonMark and card", _preview(town)))
        steps.append(("the digest, sent to both", _look(town, at_least=2)))
        steps.append(("what would be said (`copsync announce`)", _outlook(town)))
    peak = mib(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    rows = [{"title": title, "cpu_ms": cpu, "target_ms": LOOK_MS, "met": cpu <= LOOK_MS} for title, cpu in steps]
    sizes = {field: getattr(size, field) for field in size.__slots__}
    return {"size": sizes, "rows": rows, "peak_mib": peak, "peak_target_mib": PEAK_MIB, "peak_met": peak <= PEAK_MIB}


def _fill(town: Place, size: Size) -> None:
    for folder in ("cards", "texts"):
        (town.folder / folder).mkdir()
    feeds.fill(town, feeds.Size(size.members, size.gatherings, size.tasks, min(size.tasks, feeds.DEADLINES)))
    lease = town.store.acquire(COMMUNITY, "bench", town.now)
    with town.store.writing(lease, town.now) as connection:
        state.save_members(connection, COMMUNITY, state.Met(list(_members(size.members))))
    town.store.release(lease)


def _members(count: int) -> Iterator[Record]:
    for number in range(count):
        fields: Fields = {"emails": frozenset({f"member-{number}@example.org"}), "name": f"Member Number {number}"}
        yield Record(feeds.member(number), RecordType.MEMBER, complete(RecordType.MEMBER, fields))


def _move(town: Place, count: int, done: int) -> None:
    """Move the next gatherings, and finish tasks that people work on, in one run."""
    coming = [one for one in town.records.values() if one.type is RecordType.EVENT and _start(one) > town.now]
    moved = (
        replace(one, fields={**one.fields, "start": _start(one) + timedelta(hours=1)})
        for one in sorted(coming, key=_start)[:count]
    )
    tasks = (one for one in town.records.values() if one.type is RecordType.TASK and one.fields["kind"] == "task")
    state_of_done: Fields = {"state": "done", "completed_at": town.now - timedelta(hours=5)}
    finished = (replace(one, fields={**one.fields, **state_of_done}) for one in islice(tasks, done))
    town.run([*moved, *finished], [])


def _start(record: Record) -> datetime:
    start = record.fields["start"]
    assert isinstance(start, datetime)
    return start


def _look(town: Place, at_least: int = 0) -> float:
    """Say what is due, and return the CPU milliseconds of it; a look that said something else is no figure."""

    async def say() -> Announced:
        async with Wiring(town.configuration) as wiring:
            places = wiring.channels(town.settings)
            return await announce(town.configuration, town.settings, places, town.store, town.clock)

    begun = process_time()
    found = asyncio.run(say())
    spent = process_time() - begun
    assert not found.failed, [str(one.problem) for one in found.channels]
    assert len(found.said) >= at_least > 0 or not (at_least or found.said)
    return spent * 1000


def _preview(town: Place) -> float:
    begun = process_time()
    scene = scene_of(town.configuration, town.settings, town.store, town.now)
    channel = Wiring(town.configuration).channels(town.settings)[0].channel
    assert all(coming_digest(scene, channel, town.store, form) is not None for form in Form)
    return (process_time() - begun) * 1000


def _outlook(town: Place) -> float:
    begun = process_time()
    scene = scene_of(town.configuration, town.settings, town.store, town.now)
    for one in Wiring(town.configuration).channels(town.settings):
        outlook(scene, one, town.store)
    return (process_time() - begun) * 1000


def main(_words: Sequence[str]) -> int:
    """Measure the whole community and print it as one JSON document."""
    sys.stdout.write(json.dumps(measure(Size()), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
