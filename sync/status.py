"""Where a community stands: its last run, what waits for a person, who holds it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from store import runs, state
from store.store import Store

Json = dict[str, Any]


def status(store: Store, community: str, now: datetime) -> Json:
    """Return the state of a community as JSON."""
    with store.reading() as connection:
        last = next(iter(runs.recent(connection, community, 1)), None)
        cursors = state.load_cursors(connection, community)
        live = state.live_counts(connection, community)
        behind = state.behind(connection, community)
        undecided = [one for one in runs.conflicts_of(connection, community) if one["undecided"]]
        lease = runs.lease_of(connection, community)
        unclear = runs.open_steps(connection, community)
    report = (last or {}).get("report") or {}
    held_by = lease if lease and lease["expires"] > now.timestamp() else None
    return {
        "community": community,
        "last_run": _last(last),
        "spaces": [_space(name, cursors, live, report) for name in sorted({*cursors, *live})],
        "waiting": {
            "behind": len(behind),
            "held": report.get("held", []),
            "questions": report.get("questions", []),
            "undecided_conflicts": len(undecided),
            "unclear_writes": unclear,
        },
        "running": {"holder": held_by["holder"], "since": held_by["since"]} if held_by else None,
    }


def _last(run: Json | None) -> Json | None:
    if run is None:
        return None
    return {"run": run["id"], "state": run["state"], "started_at": run["started_at"], "ended_at": run["ended_at"]}


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


def history(store: Store, community: str, limit: int) -> list[Json]:
    """Return the last runs, newest first, each with its figures."""
    with store.reading() as connection:
        found = runs.recent(connection, community, limit)
    return [_line(run) for run in found]


def _line(run: Json) -> Json:
    spaces = (run["report"] or {}).get("spaces", [])
    figures = {key: sum(space[key] for space in spaces) for key in ("created", "updated", "deleted", "failed", "held")}
    last = _last(run) or {}
    return {**last, **figures, "conflicts": len((run["report"] or {}).get("conflicts", []))}
