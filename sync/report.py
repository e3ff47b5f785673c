"""What a run tells: the same facts for people, scripts and the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Any, Literal

from domain.changes import Change
from domain.errors import CopsyncError
from domain.plan import Conflict, Held, Plan, Question, Step, Verb
from domain.values import to_json
from store.absorb import conflict_id
from store.journal import Outcome, StepState
from sync.direct import Unread
from sync.observe import Reading, SpaceHealth

Json = dict[str, Any]
RunState = Literal["done", "partial", "held", "locked", "failed", "planned"]


class Exit(IntEnum):
    """The exit statuses of the command."""

    IN_STEP = 0
    FAILED = 1
    USAGE = 2
    PERSON_NEEDED = 3
    LOCKED = 4


@dataclass(slots=True)
class SpaceReport:
    """One space's part of a run."""

    space: str
    state: SpaceHealth = "ok"
    read: int = 0
    requests: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    failed: int = 0
    held: int = 0
    message: str | None = None

    def count(self, verb: Verb) -> None:
        """Count a step that was carried out."""
        if verb is Verb.CREATE:
            self.created += 1
        elif verb is Verb.DELETE:
            self.deleted += 1
        else:
            self.updated += 1

    def json(self) -> Json:
        """Return the documented JSON."""
        return {name: getattr(self, name) for name in SpaceReport.__slots__}


@dataclass(slots=True)
class Report:
    """A whole run: one JSON document, one exit status."""

    run: str
    community: str
    spaces: dict[str, SpaceReport]
    planned: bool = False
    took_s: float = 0.0
    steps: list[Json] = field(default_factory=list)
    conflicts: list[Json] = field(default_factory=list)
    held: list[Json] = field(default_factory=list)
    questions: list[Json] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    undecided: int = 0
    set_aside: int = 0
    undoes: str | None = None
    left: list[Json] = field(default_factory=list)
    locked: str | None = None
    broken: str | None = None
    refused: str | None = None
    differences: list[str] = field(default_factory=list)
    intake: Json | None = None

    @property
    def state(self) -> RunState:
        """Return how the run ended, in one word."""
        if self.locked:
            return "locked"
        if self.broken or (self.spaces and all(space.state != "ok" for space in self.spaces.values())):
            return "failed"
        if self.planned:
            return "planned"
        if self.held or self.questions or self.undecided or self.refused:
            return "held"
        return "partial" if self._failed() else "done"

    @property
    def exit(self) -> Exit:
        """Return the exit status: a person who is needed comes before a failure that may pass."""
        if self.locked:
            return Exit.LOCKED
        paused = any(space.state == "paused" for space in self.spaces.values())
        if self.held or self.questions or self.undecided or self.refused or paused:
            return Exit.PERSON_NEEDED
        if self.broken and self.intake:
            return Exit.USAGE
        return Exit.FAILED if self.broken or self._failed() else Exit.IN_STEP

    def _failed(self) -> bool:
        refused = bool(self.intake and self.intake.get("refused"))
        return (
            bool(self.set_aside)
            or refused
            or any(space.failed or space.state != "ok" for space in self.spaces.values())
        )

    def json(self) -> Json:
        """Return the documented JSON; `held`, `questions`, `notes` and `left` explain what waits, and what stays."""
        return {
            "run": self.run,
            "community": self.community,
            "state": self.state,
            "took_s": round(self.took_s, 3),
            "spaces": [space.json() for space in self.spaces.values()],
            "steps": self.steps,
            "conflicts": self.conflicts,
            "held": self.held,
            "questions": self.questions,
            "notes": self.notes,
            "set_aside": self.set_aside,
            "message": self.locked or self.broken or self.refused,
            **({"differences": self.differences} if self.refused else {}),
            **({"import": self.intake} if self.intake else {}),
            **({"undoes": self.undoes, "left": self.left} if self.undoes else {}),
        }

    def add_readings(self, readings: Sequence[Reading]) -> None:
        """Take in what reading the spaces brought."""
        for reading in readings:
            space = self.spaces[reading.space]
            space.read += reading.read
            self.notes += [reading.remark] if reading.remark else []
        self.add_health(readings)

    def add_health(self, readings: Iterable[Reading]) -> None:
        """Take in which spaces could not be read, or not be asked about what they no longer list."""
        for reading in readings:
            if reading.problem is not None:
                self.stop(reading.space, reading.health, reading.problem)

    def stop(self, space: str, health: SpaceHealth, problem: CopsyncError) -> None:
        """Note why a space could not be used."""
        self.spaces[space].state = health
        self.spaces[space].message = str(problem)

    def add_unread(self, items: Iterable[Unread]) -> None:
        """Take in which items could not be read, while the rest of their space was."""
        for one in items:
            self.spaces[one.space].failed += 1
            self.notes.append(f"{one.title} in {one.space} could not be read, and everything else goes on: {one.why}")

    def add_plan(self, plan: Plan, held: Sequence[Held]) -> None:
        """Take in what a plan found beside its steps."""
        for one in (*held, *plan.held):
            self.spaces[one.space].held += 1
            self.held.append(held_json(one))
            self.steps.append(_held_step(one))
        self.conflicts += [
            {"id": conflict_id(self.community, conflict), **conflict_json(conflict)} for conflict in plan.conflicts
        ]
        self.undecided += sum(conflict.undecided for conflict in plan.conflicts)
        self.questions += [question_json(question) for question in plan.questions]
        self.notes += plan.notes

    def add_intake(self, plan: Plan, source: str) -> None:
        """Take in what an import changes, and what the next sync sends; what it holds of its own source it refuses."""
        held = [one for one in plan.held if one.space != source]
        self.add_plan(replace(plan, held=held), ())
        self.add_planned(plan.steps)

    def refuse(self, why: str, differences: Sequence[str]) -> None:
        """Note that a saved plan was not applied, because something else would be done now."""
        self.refused, self.differences = why, list(differences)

    def add_planned(self, steps: Iterable[Step]) -> None:
        """Take in steps that are only shown."""
        self.steps += [step_json(step, "planned", step.remote) for step in steps]

    def add_outcomes(self, outcomes: Iterable[tuple[Step, Outcome]]) -> None:
        """Take in what became of steps."""
        for step, outcome in outcomes:
            space = self.spaces[step.space]
            if outcome.state is StepState.DONE:
                space.count(step.verb)
            elif outcome.state is not StepState.STALE:
                space.failed += 1
            word = {StepState.DONE: "done", StepState.STALE: "planned"}.get(outcome.state, "failed")
            self.steps.append(step_json(step, word, outcome.remote) | {"message": outcome.message})


def step_json(step: Step, state: str, remote: str | None) -> Json:
    """Return a step as documented."""
    return {
        "space": step.space,
        "verb": step.verb.value,
        "kind": step.kind,
        "record": step.record,
        "remote_id": remote,
        "title": step.title,
        "fields": {name: {"old": to_json(old), "new": to_json(new)} for name, (old, new) in step.fields.items()},
        "reason": step.reason,
        "notifies": step.notifies,
        "state": state,
    }


def _held_step(held: Held) -> Json:
    verb = Verb.DELETE if held.guard in ("deletions", "empty space") else Verb.UPDATE
    return {
        "space": held.space,
        "verb": verb.value,
        "kind": held.record.split("-")[0] if "-" in held.record else "task",
        "record": held.record,
        "remote_id": None,
        "title": held.title,
        "fields": {held.field: {"old": None, "new": None}} if held.field else {},
        "reason": held.reason,
        "notifies": 0,
        "state": "held",
    }


def held_json(held: Held) -> Json:
    """Return what a guard stopped."""
    return {
        "space": held.space,
        "record": held.record,
        "title": held.title,
        "guard": held.guard,
        "field": held.field,
        "reason": held.reason,
    }


def _side(change: Change) -> Json:
    return {
        "space": change.space,
        "value": to_json(change.after),
        "at": change.at.isoformat() if change.at else None,
        "by": change.by,
    }


def conflict_json(conflict: Conflict) -> Json:
    """Return a conflict as documented."""
    return {
        "record": conflict.record,
        "title": conflict.title,
        "field": conflict.field,
        "kept": _side(conflict.kept),
        "lost": [_side(change) for change in conflict.lost],
        "undecided": conflict.undecided,
    }


def question_json(question: Question) -> Json:
    """Return a question about what is the same work."""
    return {
        "space": question.space,
        "title": question.title,
        "remotes": list(question.remotes),
        "records": list(question.records),
        "mend": "Make titles and dates equal where it is the same work, or clearly different where it is not.",
    }


def empty_report(run: str, community: str, spaces: Iterable[str], *, planned: bool = False) -> Report:
    """Return a report to be filled."""
    return Report(run, community, {name: SpaceReport(name) for name in spaces}, planned=planned)


def all_json(reports: Sequence[Report]) -> Mapping[str, object]:
    """Return one document: a single community's object, or several under `communities`."""
    return reports[0].json() if len(reports) == 1 else {"communities": [report.json() for report in reports]}
