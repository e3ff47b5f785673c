"""Where a community stands: its last run, what waits for a person, who holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from domain.aside import Aside
from domain.undo import undone_by
from store import approvals, aside, runs, state, undoing
from store.store import Store
from sync.sign_ins import PRESSING

Json = dict[str, Any]

LOOKED_AT = 20
"""So many runs back a report is looked for that tells what waits."""


def status(store: Store, community: str, now: datetime) -> Json:
    """Return the state of a community as JSON."""
    with store.reading() as connection:
        last = next(iter(runs.recent(connection, community, 1)), None)
        report = last_told(connection, community)
        cursors = state.load_cursors(connection, community)
        live = state.live_counts(connection, community)
        behind = state.behind(connection, community)
        undecided = [one for one in runs.conflicts_of(connection, community) if one["undecided"]]
        held_by = _holder(connection, community, now)
        unclear = runs.open_steps(connection, community)
        asides = aside.load(connection, community)
        released = approvals.load(connection, community)
    return {
        "community": community,
        "last_run": _last(last, held_by),
        "spaces": [_space(name, cursors, live, report) for name in sorted({*cursors, *live, *_reported(report)})],
        "waiting": {
            "behind": len(behind),
            "held": report.get("held", []),
            "questions": report.get("questions", []),
            "undecided_conflicts": len(undecided),
            "unclear_writes": unclear,
            "set_aside": [_aside(one) for one in asides.values() if one.is_set_aside],
            "released": [{"space": space, "record": record} for space, record in sorted(released)],
            "run": report.get("run"),
        },
        "running": {"holder": held_by["holder"], "since": held_by["since"]} if held_by else None,
    }


def last_told(connection: Connection, community: str) -> Json:
    """Return the last report of a run that looked at everything, an empty one if there is none.

    An undoing looks only at what it takes back, and a saved plan that is refused takes nothing in.
    """
    reports = (run["report"] or {} for run in runs.recent(connection, community, LOOKED_AT) if run["kind"] == "sync")
    return next((report for report in reports if report and not report.get("differences")), {})


def _aside(one: Aside) -> Json:
    return {
        "space": one.trouble.space,
        "side": one.trouble.side.value,
        "item": one.trouble.item,
        "title": one.trouble.title,
        "reason": one.trouble.reason,
        "failures": one.failures,
        "since": one.since.isoformat(),
        "retry_at": one.retry_at.isoformat(),
    }


def _holder(connection: Connection, community: str, now: datetime) -> Json | None:
    lease = runs.lease_of(connection, community)
    return lease if lease and lease["expires"] > now.timestamp() else None


def _last(run: Json | None, held_by: Json | None) -> Json | None:
    """Return a run; one that still counts as running although nobody holds the community was interrupted."""
    if run is None:
        return None
    is_running = held_by is not None and run["id"] in held_by["holder"]
    state = "interrupted" if run["state"] == "running" and not is_running else run["state"]
    return {"run": run["id"], "state": state, "started_at": run["started_at"], "ended_at": run["ended_at"]}


def _reported(report: Json) -> list[str]:
    """Return the spaces of the last report; one that never could be read has neither a cursor nor an item."""
    return [space["space"] for space in report.get("spaces", [])]


def _space(name: str, cursors: dict[str, state.Cursor], live: dict[str, int], report: Json) -> Json:
    cursor = cursors.get(name)
    said: Json = next((one for one in report.get("spaces", []) if one["space"] == name), {})
    return {
        "space": name,
        "state": said.get("state", "unknown"),
        "message": said.get("message"),
        "items": live.get(name, 0),
        "read_at": cursor.read_at.isoformat() if cursor else None,
        "read_in_full_at": cursor.full_at.isoformat() if cursor and cursor.full_at else None,
    }


def history(store: Store, community: str, limit: int, now: datetime) -> list[Json]:
    """Return the last runs, newest first, each with its figures."""
    with store.reading() as connection:
        found = runs.recent(connection, community, limit)
        held_by = _holder(connection, community, now)
        undoings = undoing.undoings(connection, community)
    return [_line(run, held_by) | {"undone_by": undone_by(undoings, run["id"])} for run in found]


def _line(run: Json, held_by: Json | None) -> Json:
    report = run["report"] or {}
    counted = [*report.get("spaces", []), *([_taken(report["import"])] if "import" in report else [])]
    figures = {key: sum(one[key] for one in counted) for key in ("created", "updated", "deleted", "failed", "held")}
    last = _last(run, held_by) or {}
    kind = {"kind": run["kind"], "about": run["about"]}
    return {**last, **kind, **figures, "conflicts": len(report.get("conflicts", []))}


def _taken(intake: Json) -> Json:
    """Return what an import did to the hub as the figures of a run."""
    counts = {"created": len(intake["new"]), "updated": len(intake["changed"]), "failed": len(intake["refused"])}
    return {"deleted": 0, "held": 0, **counts}


def needs_person(told: Mapping[str, Any]) -> bool:
    """Tell whether something of a community waits for a person; texts to be posted in a group do.

    Args:
        told: the status, with its channels and sign-ins.
    """
    waiting = told["waiting"]
    return bool(
        waiting["held"]
        or waiting["questions"]
        or waiting["undecided_conflicts"]
        or any(space["state"] == "paused" for space in told["spaces"])
        or any(channel["needs_person"] for channel in told["channels"])
        or any(one["state"] in PRESSING for one in told["sign_ins"])
    )
