"""A run, in order: take the lease, look up what was interrupted, observe, plan, take in, send, note the cursors."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic

from domain.errors import Locked
from store.leases import Lease
from store.store import Store
from sync.apply import Clock
from sync.community import Community
from sync.progress import Progress, silent
from sync.recover import Recovery
from sync.report import Report, empty_report
from sync.stages import Run, Stage, Wish, holding, straight
from sync.turns import turns

__all__ = ["Stage", "Wish", "preview", "straight", "sync"]


async def sync(
    community: Community,
    store: Store,
    clock: Clock,
    wish: Wish | None = None,
    progress: Progress = silent,
    stage: Stage = straight,
    run_id: str = "",
) -> Report:
    """Bring a community into step and report what was done; `run_id` is given where something refers to it already.

    Raises:
        StoreProblem: the store failed; nothing that was acknowledged is lost.
    """
    run = Run(community, store, clock, wish or Wish(), progress, run_id)
    report = empty_report(run.id, community.id, [space.name for space in community.spaces])
    began, before = monotonic(), requests_of(community)
    try:
        async with holding(run) as lease:
            await _sync(run, lease, report, stage)
            finish(report, community, began, before)
            store.end_run(lease, run.id, report.state, report.json(), clock())
            store.prune(lease, clock() - community.keeps, clock())
    except Locked as locked:
        report.locked = str(locked)
        finish(report, community, began, before)
    return report


def finish(report: Report, community: Community, began: float, before: Mapping[str, int]) -> None:
    """Complete a report with its figures: `began` is a monotonic time, `before` the requests until then."""
    report.took_s = monotonic() - began
    for space, requests in requests_of(community).items():
        report.spaces[space].requests = requests - before[space]


def requests_of(community: Community) -> dict[str, int]:
    """Return how many requests each space's connection has sent so far."""
    return {space.name: space.connection.requests for space in community.spaces}


async def _sync(run: Run, lease: Lease, report: Report, stage: Stage) -> None:
    run.store.begin_run(lease, run.id, run.clock(), released=run.wish.approved)
    directory = run.directory()
    barred = await stage("recover", Recovery(run.community, run.store, lease, run.clock, directory).settle)
    readings = await stage("observe", lambda: run.observe(directory, barred))
    report.add_readings(readings)
    await turns(run, lease, report, directory, readings, stage)
    report.set_aside = len(run.remembered.set_aside())


async def preview(
    community: Community, store: Store, clock: Clock, wish: Wish | None = None, progress: Progress = silent
) -> Report:
    """Report what a sync would do; only reads are sent and nothing is kept."""
    run = Run(community, store, clock, wish or Wish(), progress)
    report = empty_report(run.id, community.id, [space.name for space in community.spaces], planned=True)
    began, before = monotonic(), requests_of(community)
    directory = run.directory()
    readings = await run.observe(directory, {})
    gathered, plan = await run.plan(directory, readings)
    report.add_readings(readings)
    report.add_health(readings)
    report.add_unread(gathered.unread)
    report.add_plan(plan, gathered.held)
    report.add_planned(plan.steps)
    finish(report, community, began, before)
    return report
