"""Takes a run back: first everything is brought into step, so that what changed since is known; then the undoing runs.

The undoing is a run of its own, through the same planner, preconditions and journal, and can be undone like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic

from domain.errors import ConfigProblem, Locked, Paused
from domain.intake import IMPORT
from domain.parts import whole_of
from domain.plan import Link, Plan, Situation
from domain.planner import plan as draw_plan
from domain.records import Record
from domain.undo import Past, Undone, take_back, undone_by
from store import runs, state, undoing
from store.runs import Purpose
from store.state import Wanted
from store.store import Store
from sync.apply import Clock
from sync.community import Community
from sync.observe import Reading
from sync.progress import Progress, silent
from sync.recover import Recovery
from sync.report import Report, empty_report
from sync.run import finish, requests_of, sync
from sync.stages import Run, Wish, holding, straight
from sync.turns import turns


async def preview_undo(
    community: Community, store: Store, clock: Clock, run_id: str, progress: Progress = silent
) -> Report:
    """Report what undoing a run would do, and what it would leave and why; only reads are sent, nothing is kept.

    Raises:
        ConfigProblem: there is no such run in this community, it still runs, was undone already, or did nothing.
    """
    past = past_of(community, store, run_id, clock)
    run = Run(community, store, clock, progress=progress)
    report = _report(run, run_id, planned=True)
    began, before = monotonic(), requests_of(community)
    directory = run.directory()
    readings = await run.observe(directory, {})
    gathered, plan = await run.plan(directory, readings)
    present = _after(past, plan)
    undone = take_back(present, clock())
    report.add_readings(readings)
    report.left = [_left_json(one) for one in undone.left]
    report.add_planned(draw_plan(_undoing_situation(gathered.situation, present, undone)).steps)
    finish(report, community, began, before)
    return report


async def undo(community: Community, store: Store, clock: Clock, run_id: str, progress: Progress = silent) -> Report:
    """Take a run back as far as it can be, and report it like any run.

    Raises:
        ConfigProblem: there is no such run in this community, it still runs, was undone already, or did nothing.
        StoreProblem: the store failed; the next sync goes on where this ended.
    """
    unsent = _unsent(past_of(community, store, run_id, clock))
    first = await sync(community, store, clock, Wish(unsent=unsent), progress)
    if first.locked:
        return first
    run = Run(community, store, clock, progress=progress)
    report = _report(run, run_id)
    began, before = monotonic(), requests_of(community)
    try:
        async with holding(run) as lease:
            store.begin_run(lease, run.id, clock(), Purpose("undo", run_id))
            undone = take_back(past_of(community, store, run_id, clock, but=run.id), clock())
            store.take_back(lease, run.id, undone, clock())
            report.left = [_left_json(one) for one in undone.left]
            run.only = undone.touched
            directory = run.directory()
            barred = await Recovery(community, store, lease, clock, directory).settle()
            await turns(run, lease, report, directory, _readings(run, first, barred), straight)
            finish(report, community, began, before)
            store.end_run(lease, run.id, report.state, report.json(), clock())
    except Locked as locked:
        report.locked = str(locked)
    return report


def _unsent(past: Past) -> frozenset[str]:
    """Return what no tool has heard of yet: it is not sent only to be taken away again."""
    sent = {whole_of(link.record) for link in past.links if link.space != IMPORT}
    return frozenset(key for key, record in past.records.items() if record.origin.space == IMPORT) - sent


def _report(run: Run, undoes: str, *, planned: bool = False) -> Report:
    report = empty_report(run.id, run.community.id, [space.name for space in run.community.spaces], planned=planned)
    report.undoes = undoes
    return report


def _readings(run: Run, first: Report, barred: Mapping[str, Exception]) -> list[Reading]:
    """Return which spaces cannot be written now, as the sync just before has found; nothing is read again."""
    readings = []
    for space in first.spaces.values():
        if space.state != "ok" or space.space in barred:
            reading = Reading(space.space, run.clock())
            reading.fail(Paused(space.message or str(barred.get(space.space, "It could not be read.")), mend=""))
            readings.append(reading)
    return readings


def past_of(community: Community, store: Store, run_id: str, clock: Clock, but: str | None = None) -> Past:
    """Return what a run did, beside what is known now of everything it touched; `but` is its undoing under way.

    Raises:
        ConfigProblem: it cannot be undone; the message says why.
    """
    with store.reading() as connection:
        found = runs.one(connection, run_id)
        lease = runs.lease_of(connection, community.id)
        undoings = [(run, about) for run, about in undoing.undoings(connection, community.id) if run != but]
        _refuse(community, run_id, found, undoings, running=_holds(lease, run_id, clock))
        deltas = undoing.deltas_of(connection, community.id, run_id)
        steps = undoing.steps_of(connection, community.id, run_id)
        touched = {delta.record for delta in deltas} | {step.record for step in steps}
        parents = {str(delta.before) for delta in deltas if delta.field == "parent" and delta.before}
        is_import = found is not None and found["kind"] == "import"
        wanted = Wanted(records=touched | parents, imports=is_import)
        records, links = state.load(connection, community.id, wanted)
        made = undoing.made(connection, community.id, {link.record for link in links}) if is_import else frozenset()
        since = undoing.changed_since(connection, community.id, run_id) & touched
    if not touched:
        raise ConfigProblem(f"Run {run_id} changed nothing.", mend="`copsync history` shows what each run did.")
    writable = frozenset(space.name for space in community.spaces if not space.read_only)
    return Past(run_id, deltas, steps, records, links, writable, since, made)


def _holds(lease: Mapping[str, object] | None, run_id: str, clock: Clock) -> bool:
    return lease is not None and run_id in str(lease["holder"]) and float(str(lease["expires"])) > clock().timestamp()


def _refuse(
    community: Community,
    run_id: str,
    found: Mapping[str, object] | None,
    undoings: Sequence[tuple[str, str]],
    *,
    running: bool,
) -> None:
    history = "`copsync history` lists the runs."
    if found is None:
        raise ConfigProblem(f"There is no run '{run_id}'.", mend=history)
    if found["community"] != community.id:
        where = found["community"]
        raise ConfigProblem(f"Run {run_id} is one of the community '{where}'.", mend=f"Add --community {where}.")
    if running:
        raise ConfigProblem(
            f"Run {run_id} is still at work.", mend="Wait until it has ended; `copsync status` shows it."
        )
    by = undone_by(undoings, run_id)
    if by is not None:
        raise ConfigProblem(
            f"Run {run_id} was undone already, by run {by}.", mend=f"`copsync undo {by}` takes that back."
        )


def _after(past: Past, plan: Plan) -> Past:
    """Return what would be known after a sync, which an undoing begins with."""
    records: dict[str, Record] = {
        **past.records,
        **{key: plan.records[key] for key in past.records if key in plan.records},
    }
    links = {(link.space, link.record): link for link in past.links}
    for link in plan.forgotten:
        links.pop((link.space, link.record), None)
    links |= {(link.space, link.record): link for link in plan.links if whole_of(link.record) in records}
    return replace(past, records=records, links=tuple(links.values()))


def _undoing_situation(situation: Situation, present: Past, undone: Undone) -> Situation:
    links: dict[tuple[str, str], Link] = {(link.space, link.record): link for link in situation.links}
    links |= {(link.space, link.record): link for link in (*present.links, *undone.links)}
    records = {**situation.records, **present.records, **undone.records}
    return replace(situation, records=records, links=tuple(links.values()), seen=(), absent=(), consider=undone.touched)


def _left_json(left: object) -> dict[str, object]:
    return {name: getattr(left, name) for name in ("record", "title", "space", "field", "why")}
