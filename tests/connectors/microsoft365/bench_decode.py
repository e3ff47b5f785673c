"""Prints what it costs to read a listing: JSON, then remotes, then views.

Run with ``python -m tests.connectors.microsoft365.bench_decode [EVENTS]``. The goal is at most 100 ms of processor
time for 1,000 events; the SDK's own models need 5,000 to 8,000 ms for them.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from connectors.microsoft365.appointment import SELECT, is_mirrored, remote_of
from connectors.microsoft365.lens import Lens
from connectors.microsoft365.marks import mark_property
from connectors.microsoft365.zones import Zones
from domain.fields import RecordType
from sandbox.microsoft365 import GraphState
from sandbox.microsoft365.events import Writer
from sandbox.microsoft365.prefer import Prefer
from sandbox.microsoft365.render import View
from tests.connectors.microsoft365.world import BERLIN, MAILBOX, event, whole_days

_T = TypeVar("_T")
_ROUNDS = 5
_PLAIN = "<p>Gathering {0}: five minutes of news, two short talks, then tables.</p>"
_RICH = (
    '<div id="copsync"><p>Gathering {0}: five minutes of news, two short talks, then <strong>tables</strong>.</p>'
    '<p>Recordings are kept <a href="https://example.org/recordings/{0}">here</a>.</p></div>'
)


def page(count: int) -> bytes:
    """Return a listing as the stand-in answers it: a tenth each of deadlines, whole days and Teams meetings.

    Half of the events have formatted notes, and no two have the same.
    """
    state = GraphState()
    state.add_mailbox(MAILBOX, "Data Practice")
    mailbox = state.mailbox(MAILBOX)
    writer, view = Writer(state, mailbox), View(mailbox, Prefer(immutable=True))
    rows: list[dict[str, Any]] = []
    for number in range(count):
        body = _body(number)
        row = view.event(writer.create(mailbox.default_calendar, body), frozenset(SELECT))
        rows.append({**row, "singleValueExtendedProperties": body.get("singleValueExtendedProperties", [])})
    return json.dumps({"value": rows}).encode()


def _body(number: int) -> dict[str, Any]:
    content = (_RICH if number % 2 else _PLAIN).format(number)
    notes = {"body": {"contentType": "html", "content": content}, "location": {"displayName": "Room Lovelace"}}
    made = {**event(f"Gathering {number}"), **notes}
    if number % 10 == 0:
        mark = {"singleValueExtendedProperties": [dict(mark_property(RecordType.TASK, f"task-{number}"))]}
        return {"subject": f"Report {number}", **whole_days("2026-03-10", "2026-03-11"), **mark}
    if number % 5 == 0:
        return {**made, **whole_days("2026-03-10", "2026-03-12")}
    return {**made, "isOnlineMeeting": True} if number % 10 == 1 else made


def measure(name: str, work: Callable[[], _T]) -> tuple[_T, float]:
    """Run something some times; return its result and its best processor time in milliseconds, and print that."""
    best = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        result = work()
        best = min(best, (time.process_time() - began) * 1000)
    sys.stdout.write(f"{name:<24}{best:8.1f} ms\n")
    return result, best


def main(count: int = 1000) -> float:
    """Print the figures for a listing of that many events, and return the sum in milliseconds."""
    raw, lens = page(count), Lens(Zones(BERLIN), BERLIN, "all")
    sys.stdout.write(f"{count} events, {len(raw) / 1e6:.1f} MB\n")
    rows, decoded = measure("JSON -> rows", lambda: json.loads(raw)["value"])
    remotes, made = measure("rows -> remotes", lambda: [remote_of(row) for row in rows if is_mirrored(row)])
    _, viewed = measure("remotes -> views", lambda: [lens.view(remote) for remote in remotes])
    sys.stdout.write(f"{'together':<24}{decoded + made + viewed:8.1f} ms\n")
    return decoded + made + viewed


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
