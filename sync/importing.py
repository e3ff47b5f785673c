"""Brings a calendar file into the hub; the next sync sends what is new in it to every space.

An import is a run: it is listed, shows what it changed, and can be undone. It asks no tool anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from time import monotonic
from typing import Any

from domain.calendars.event import CalendarEvent, Read, Refusal
from domain.calendars.read import read
from domain.errors import Locked
from domain.fields import RecordType
from domain.intake import (
    IMPORT,
    Intake,
    Taken,
    copy_of,
    file_space,
    intake_of,
    known_by_uid,
    missing_since,
    seen_in_file,
    without_former,
)
from domain.plan import Link, Plan, Situation
from domain.planner import plan as draw_plan
from domain.policy import Surge
from domain.records import Record
from domain.values import to_json
from store import state
from store.runs import Purpose
from store.state import Wanted
from store.store import Store
from sync.apply import Clock
from sync.community import Community
from sync.report import Report, empty_report
from sync.stages import Run, holding

Json = dict[str, Any]

MOST_BYTES = 20_000_000
MOST_ENTRIES = 20_000
_EVERYTHING_MAY_CHANGE = Surge(count=MOST_ENTRIES + 1, share=1.0)
_WORDS = {"VTODO": "a task", "VJOURNAL": "a journal entry", "VFREEBUSY": "about free and busy times"}
_ONLY_GATHERINGS = "an import takes gatherings alone"
_MENDS = {"VTODO": "Put tasks into one of the community's tools; copsync brings them to the others."}
_NOTHING_TO_DO = "It can stay where it is."


@dataclass(frozen=True, slots=True)
class CalendarFile:
    """A file to be taken in. `name` is shown and kept: it holds no path and, of an address, no more than the host.

    `source` tells it from other files where the calendar itself has no name; only its digest is kept. `remark` is
    something that whoever imports it should know.
    """

    name: str
    source: str
    data: bytes
    remark: str = ""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file beside what is known: what would become of it."""

    file: CalendarFile
    content: Read
    events: Mapping[str, CalendarEvent]
    copies: int
    missing: Sequence[Link]
    situation: Situation
    plan: Plan
    intake: Intake

    @property
    def usable(self) -> bool:
        return bool(self.events) or bool(self.copies)


async def preview_import(community: Community, store: Store, clock: Clock, file: CalendarFile) -> Report:
    """Report what an import would do; nothing is kept.

    Raises:
        StoreProblem: the store cannot be read.
    """
    began = monotonic()
    run = Run(community, store, clock)
    report = _report(run, file, planned=True)
    _tell(report, _look(run, file))
    report.took_s = monotonic() - began
    return report


async def take_in(community: Community, store: Store, clock: Clock, file: CalendarFile) -> Report:
    """Take a file into the hub, and report it like any run; a file in which nothing is usable leaves no trace.

    Raises:
        StoreProblem: the store failed; nothing was taken in.
    """
    began = monotonic()
    run = Run(community, store, clock)
    report = _report(run, file)
    try:
        async with holding(run) as lease:
            found = _look(run, file)
            _tell(report, found)
            if found.usable:
                store.begin_run(lease, run.id, clock(), Purpose("import", file.name[:60]))
                store.absorb(lease, run.id, found.plan, frozenset(), {}, clock())
                report.took_s = monotonic() - began
                store.end_run(lease, run.id, report.state, report.json(), clock())
    except Locked as locked:
        report.locked = str(locked)
    report.took_s = monotonic() - began
    return report


def _report(run: Run, file: CalendarFile, *, planned: bool = False) -> Report:
    report = empty_report(run.id, run.community.id, [space.name for space in run.community.spaces], planned=planned)
    report.intake = {"file": file.name}
    return report


def _look(run: Run, file: CalendarFile) -> _Found:
    """Read a file, and draw the plan of what it changes."""
    content = read(file.data, run.community.zone)
    with run.store.reading() as connection:
        known = state.known(connection, run.community.id, IMPORT)
        wanted = [*known, *(event.uid for event in content.events)]
        asked = Wanted(remotes={IMPORT: wanted}, unlinked_in=[IMPORT], imports=True)
        records, links = state.load(connection, run.community.id, asked)
    events = {event.uid: event for event in content.events if copy_of(event.uid) not in records}
    version = _version(content, file)
    present = without_former(links, records, content.events)
    situation = _situation(run, records, present, events.values(), version, file.name)
    plan = draw_plan(situation)
    return _Found(
        file,
        content,
        events,
        len(content.events) - len(events),
        missing_since(present, version, [event.uid for event in content.events]),
        situation,
        plan,
        intake_of(situation, plan),
    )


def _version(content: Read, file: CalendarFile) -> str:
    """Return what is the same for every version of a calendar: a digest, because addresses can be secrets."""
    return blake2b((content.name or file.source).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _situation(
    run: Run,
    records: Mapping[str, Record],
    links: Sequence[Link],
    events: Iterable[CalendarEvent],
    version: str,
    name: str,
) -> Situation:
    directory, now = run.directory(), run.clock()
    others = {key: one for key, one in records.items() if one.type is not RecordType.MEMBER}
    others, links = directory.known_now(others, list(links))
    return Situation(
        community=run.community.id,
        spaces=[*run.community.planner_spaces(directory.persons()), file_space(run.community.zone)],
        policy=replace(run.community.policy, surge=_EVERYTHING_MAY_CHANGE),
        now=now,
        records=others,
        links=links,
        seen=seen_in_file(events, known_by_uid(links), version, name, now),
    )


def _tell(report: Report, found: _Found) -> None:
    content, intake = found.content, found.intake
    record_of = {**found.situation.records, **found.plan.records}
    refusals = sorted(_refusals(found), key=lambda refusal: refusal.line)
    report.intake = {
        "file": found.file.name,
        "calendar": content.name or None,
        "taken": sum(map(len, (intake.new, intake.changed, intake.matched, intake.same, intake.deleted))),
        "new": [_entry(found, one) for one in intake.new],
        "changed": [_entry(found, one) for one in intake.changed],
        "matched": [_entry(found, one) for one in intake.matched],
        "same": len(intake.same),
        "deleted": [_entry(found, one) for one in intake.deleted],
        "copies": found.copies,
        "missing": [_missing(link, record_of) for link in found.missing if not record_of[link.record].deleted],
        "refused": [{"line": one.line, "what": one.what, "reason": one.reason, "mend": one.mend} for one in refusals],
    }
    report.notes += [*([found.file.remark] if found.file.remark else []), *content.notes]
    if not found.usable:
        report.broken = f"Nothing in {found.file.name} can be taken in."
    report.add_intake(found.plan, IMPORT)


def _entry(found: _Found, taken: Taken) -> Json:
    event = found.events[taken.uid]
    changes = {name: {"old": to_json(old), "new": to_json(new)} for name, (old, new) in taken.fields.items()}
    return {
        "line": event.line,
        "uid": event.uid,
        "record": taken.record,
        "title": event.fields["title"],
        "start": to_json(event.fields["start"]),
        "recurs": bool(event.fields.get("rrule") or event.fields.get("rdates")),
        "fields": changes,
    }


def _missing(link: Link, records: Mapping[str, Record]) -> Json:
    fields = records[link.record].fields
    return {
        "uid": link.remote,
        "record": link.record,
        "title": fields.get("title"),
        "start": to_json(fields.get("start")),
    }


def _refusals(found: _Found) -> list[Refusal]:
    others = [
        Refusal(line, "an entry", f"it is {word}; {_ONLY_GATHERINGS}", _MENDS.get(name, _NOTHING_TO_DO))
        for name, word in _WORDS.items()
        for line in found.content.others.get(name, ())
    ]
    unfit = [
        Refusal(found.events[uid].line, f"“{found.events[uid].fields['title']}”", why, "Correct one of the two.")
        for uid, why in found.intake.unfit.items()
    ]
    return [*found.content.refusals, *others, *unfit]


def entries_in(data: bytes) -> int:
    """Return how many entries a file holds, without reading it."""
    return data.upper().count(b"BEGIN:VEVENT")
