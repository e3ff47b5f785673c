"""The turns of a run: plan, take in, send - and once more for what people changed while it was sending."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from connectors.contract import Remote
from domain.errors import CopsyncError
from domain.fields import RecordType
from domain.parts import whole_of
from domain.plan import Plan
from store.journal import StepState
from store.leases import Lease
from sync.apply import Applied
from sync.observe import Reading, health_after
from sync.people import Directory
from sync.report import Report
from sync.reviewed import Reviewed
from sync.situation import Gathered
from sync.stages import Run, Stage

log = logging.getLogger(__name__)

ROUNDS = 3
"""How often a run merges anew what people changed while it was writing; the rest is for the next run."""


async def turns(
    run: Run, lease: Lease, report: Report, directory: Directory, readings: list[Reading], stage: Stage
) -> None:
    """Take turns until nothing is left to do, or the rest is for the next run."""
    for _ in range(1 if run.wish.reviewed else ROUNDS):
        moved = await _turn(run, lease, report, directory, readings, stage)
        if moved is None:
            return
        readings = moved
    if run.wish.reviewed:
        report.notes.append("What people changed while the saved plan was applied is left to the next run.")


async def _turn(
    run: Run, lease: Lease, report: Report, directory: Directory, readings: list[Reading], stage: Stage
) -> list[Reading] | None:
    """Plan from what was read, take it in, send it; return what people changed meanwhile, None if nothing is left."""

    async def take_in() -> None:
        run.take_in(lease, directory, readings, gathered, plan)

    gathered, plan = await stage("plan", lambda: run.plan(directory, readings))
    report.add_health(readings)
    if _is_stale(run.wish.reviewed, plan, report):
        return None
    await stage("take in", take_in)
    report.add_unread(gathered.unread)
    report.add_plan(plan, gathered.held)
    applied = await stage("apply", lambda: run.apply(lease, directory, gathered, plan))
    run.learn(lease, gathered, plan, applied)
    _note(report, applied)
    goes_on = applied.made_anew or any(applied.stale.values()) or _is_replaced(plan, applied)
    if applied.unclear or not goes_on:
        return None
    moved = await stage("read again", lambda: _moved_meanwhile(run, gathered, applied))
    return [*moved, *_still_shut(run, readings, applied)]


def _is_replaced(plan: Plan, applied: Applied) -> bool:
    """Tell whether everything is there now in whose place something else can go."""
    failed = {
        (step.space, whole_of(step.record)) for step, outcome in applied.outcomes if outcome.state is not StepState.DONE
    }
    return bool(plan.replaced - failed)


def _is_stale(reviewed: Reviewed | None, plan: Plan, report: Report) -> bool:
    """Refuse a saved plan when something else would be done now."""
    differences = reviewed.differences(plan) if reviewed else []
    if reviewed and differences:
        report.refuse(reviewed.refusal(differences), differences)
    return bool(differences)


def _note(report: Report, applied: Applied) -> None:
    report.add_outcomes(applied.outcomes)
    for space, problem in applied.stopped.items():
        if isinstance(problem, CopsyncError):
            report.stop(space, health_after(problem), problem)


def _still_shut(run: Run, readings: list[Reading], applied: Applied) -> list[Reading]:
    """Return what failed so far as not read once more: nothing is sent there for the rest of the run."""
    failed = {reading.space: reading.problem for reading in readings if reading.problem is not None}
    stopped = {space: problem for space, problem in applied.stopped.items() if isinstance(problem, CopsyncError)}
    shut = []
    for space, problem in {**failed, **stopped}.items():
        reading = Reading(space, run.clock(), run.cursors.get(space))
        reading.fail(problem)
        shut.append(reading)
    return shut


async def _moved_meanwhile(run: Run, gathered: Gathered, applied: Applied) -> list[Reading]:
    """Read anew what people changed while the run was writing."""
    links = {(link.space, link.record): link for link in gathered.situation.links}
    types = {key: record.type for key, record in gathered.situation.records.items()}
    readings = []
    for space, stale in applied.stale.items():
        if space in applied.stopped:
            continue
        reading = Reading(space, run.clock(), run.cursors.get(space))
        for record, remote in stale.items():
            link = links.get((space, record))
            if remote is None and link is not None:
                remote = await _again(run, space, types, link.record, link.remote)
            if isinstance(remote, Remote):
                reading.changed[remote.id] = remote
        if reading.changed:
            readings.append(reading)
    return readings


async def _again(run: Run, space: str, types: Mapping[str, RecordType], record: str, remote: str) -> Remote | None:
    try:
        found = await run.community.space(space).connector.fetch(types[whole_of(record)], remote)
    except CopsyncError as problem:
        log.warning("%s: %s could not be read again: %s", space, remote, problem)
        return None
    return found if isinstance(found, Remote) else None
