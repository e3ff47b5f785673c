"""Deliberate faults of the engine, one at a time: the proof that the simulation can fail.

`python -m tests.simulation.mutants` looks for each of them from seed 0 on and prints the table as Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest.mock import patch

import domain.absorb
import domain.deliver
import domain.depart
import domain.guards
import domain.lens
import domain.merge
import domain.planner
import domain.policy
import store.leases
import sync.apply
import sync.confirm
import sync.recover
import sync.send
import sync.stages
from connectors.contract import Missing
from domain.capabilities import Hold
from domain.changes import Change, Merged
from domain.draft import Draft
from domain.plan import Absence, Absent, Link, Plan, Verb
from store.journal import Outcome, StepState
from sync.community import Community
from tests.simulation.mode import TASKS
from tests.simulation.mortal import MortalStore
from tests.simulation.runner import run_seeds

AT_MOST = 4000

Patch = Callable[[], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault put into the engine; `seed` is known to find it (a test plays it and a few more)."""

    words: str
    patches: Patch
    seed: int
    mode: str = TASKS


def _base_before_the_write() -> Sequence[Any]:
    true = domain.planner.plan

    def plan(situation: Any) -> Plan:
        drawn = true(situation)
        links = {(link.space, link.record): link for link in (*situation.links, *drawn.links)}
        moved = [
            replace(link, base={**link.base, **{name: new for name, (_, new) in step.fields.items()}})
            for step in drawn.steps
            if step.verb in (Verb.UPDATE, Verb.COMPLETE, Verb.MOVE) and (link := links.get((step.space, step.record)))
        ]
        others = [one for one in drawn.links if (one.space, one.record) not in {(m.space, m.record) for m in moved}]
        return replace(drawn, links=[*others, *moved])

    return [patch.object(sync.stages, "draw_plan", plan)]


def _absence_is_deletion() -> Sequence[Any]:
    async def ask(_self: object, reading: Any, _types: object, remotes: Sequence[str]) -> Sequence[Absent]:
        return [Absent(reading.space, remote, Absence.DELETED) for remote in remotes]

    return [patch.object(sync.confirm.Confirmer, "_ask", ask)]


def _no_fencing() -> Sequence[Any]:
    return [
        patch.object(store.leases, "renew", lambda _connection, _lease, _now: None),
        patch.object(MortalStore, "assure", lambda _self, _lease, _now: None),
    ]


def _create_resent() -> Sequence[Any]:
    def unclear(_self: object, entry: Any, lost: Exception) -> Outcome:
        return Outcome(entry.id, StepState.FAILED, str(lost), entry.step.remote)

    return [patch.object(sync.send.Sender, "_unclear", unclear)]


def _loser_dropped() -> Sequence[Any]:
    return [patch.object(domain.absorb, "_keep_conflicts", lambda _draft, _record, _merged: None)]


def _cursor_past_held() -> Sequence[Any]:
    true = domain.planner.plan
    return [patch.object(sync.stages, "draw_plan", lambda situation: replace(true(situation), reread=frozenset()))]


def _sent_forgotten() -> Sequence[Any]:
    true = sync.send.agreed
    return [patch.object(sync.send, "agreed", lambda step, remote, view: replace(true(step, remote, view), sent={}))]


def _complement_dropped() -> Sequence[Any]:
    return [patch.object(domain.absorb, "lift", lambda _spec, _held, shown, *_others: shown)]


def _echo_is_an_edit() -> Sequence[Any]:
    true = sync.send.agreed

    def agreed(step: Any, remote: Any, view: Any) -> Link:
        link = true(step, remote, view)
        return link if step.verb is Verb.CREATE else replace(link, base=step.base, version="")

    return [patch.object(sync.send, "agreed", agreed)]


def _no_caps() -> Sequence[Any]:
    return [patch.object(domain.policy.Cap, "of", lambda _self, _total: 10**9)]


def _read_only_written() -> Sequence[Any]:
    true = Community.planner_spaces

    def spaces(self: Community, persons: Mapping[str, frozenset[str]]) -> Any:
        return [replace(space, read_only=False) for space in true(self, persons)]

    return [patch.object(Community, "planner_spaces", spaces)]


def _set_overwritten() -> Sequence[Any]:
    def merge(current: Any, changes: Sequence[Change]) -> Merged:
        return Merged(changes[-1].after if changes else current, changes[-1] if changes else None)

    return [patch.object(domain.merge, "_merge_sets", merge)]


def _intent_not_written() -> Sequence[Any]:
    return [patch.object(MortalStore, "intend", lambda _self, _lease, _run, _entries, _now: None)]


def _no_recovery() -> Sequence[Any]:
    async def settle(_self: object) -> dict[str, Exception]:
        return {}

    return [patch.object(sync.recover.Recovery, "settle", settle)]


def _stale_ignored() -> Sequence[Any]:
    return [
        patch.object(sync.send.Sender, "_has_moved", lambda _self, _step, _current: False),
        patch.object(sync.send.Sender, "_is_guarded", lambda _self, _step: False),
    ]


def _deletion_wins() -> Sequence[Any]:
    true = domain.depart._follow
    return [
        patch.object(domain.depart, "_follow", lambda draft, link, **_survives: true(draft, link, survives=False)),
        patch.object(Draft, "is_withheld", lambda _self, _link: False),
    ]


def _out_of_scope_is_deleted() -> Sequence[Any]:
    true = sync.confirm._verdict

    def verdict(space: str, remote: str, answer: Any) -> Any:
        return true(space, remote, Missing.GONE if answer is Missing.OUT_OF_SCOPE else answer)

    return [patch.object(sync.confirm, "_verdict", verdict)]


def _whole_view_agreed() -> Sequence[Any]:
    true = sync.send.agreed

    def agreed(step: Any, remote: Any, view: Any) -> Link:
        return replace(true(step, remote, view), base=dict(view), version=remote.version)

    return [patch.object(sync.send, "agreed", agreed)]


def _read_only_field_written() -> Sequence[Any]:
    true = domain.lens.project

    def project(kind: Any, fields: Any, space: Any, previous: Any = None) -> Any:
        held = space.type(kind).fields if space.type(kind) else {}
        extra = {
            name: fields.get(name) for name, one in held.items() if one.hold is Hold.READ and name != "completed_at"
        }
        return {**true(kind, fields, space, previous), **extra}

    return [patch.object(domain.deliver, "project", project)]


def _texts_not_merged() -> Sequence[Any]:
    def merge(changes: Sequence[Change]) -> str:
        return str(changes[-1].after or "")

    return [patch.object(domain.merge, "_merge_texts", merge)]


def _deleted_item_resent() -> Sequence[Any]:
    """Forget what was deleted: the record is made anew."""

    def delete(draft: Any, record: Any, link: Link) -> None:
        draft.forget(link)
        draft.touched.add(record.id)

    return [patch.object(domain.depart, "_delete", delete)]


MUTANTS: tuple[Mutant, ...] = (
    Mutant("the base moves before the write", _base_before_the_write, 14),
    Mutant("what is not listed counts as deleted, unasked", _absence_is_deletion, 8),
    Mutant("a run that was overtaken goes on writing", _no_fencing, 146),
    Mutant("an unclear create is sent again", _create_resent, 372),
    Mutant("the loser of a conflict is dropped", _loser_dropped, 0),
    Mutant("the cursor moves past what is held", _cursor_past_held, 172),
    Mutant("what was sent is forgotten where the tool rewrote it", _sent_forgotten, 15),
    Mutant("what a tool cannot hold is dropped (time of day, long text)", _complement_dropped, 58),
    Mutant("copsync's own writes count as edits of people", _echo_is_an_edit, 151),
    Mutant("the caps on deletions are ignored", _no_caps, 229),
    Mutant("read-only spaces are written", _read_only_written, 5),
    Mutant("read-only fields are written", _read_only_field_written, 1),
    Mutant("sets are overwritten, not merged", _set_overwritten, 217),
    Mutant("texts are overwritten, not merged", _texts_not_merged, 176),
    Mutant("the intent is not journalled before sending", _intent_not_written, 579),
    Mutant("interrupted writes are not looked up", _no_recovery, 9),
    Mutant("what a person changed meanwhile is written over", _stale_ignored, 151),
    Mutant("a deletion wins over an edit", _deletion_wins, 1156),
    Mutant("leaving the scope counts as deleted", _out_of_scope_is_deleted, 28),
    Mutant("after a write, everything the tool shows counts as agreed", _whole_view_agreed, 382),
    Mutant("a deletion is not remembered", _deleted_item_resent, 1),
)


@contextmanager
def mutated(mutant: Mutant) -> Iterator[None]:
    """Put a fault into the engine."""
    with ExitStack() as stack:
        for one in mutant.patches():
            stack.enter_context(one)
        yield


def hunt(mutant: Mutant, start: int, seeds: int) -> tuple[int, str] | None:
    """Return the first seed that finds a mutant, with the words of the violation; None if none does."""
    with mutated(mutant):
        outcome = run_seeds(start, seeds, mutant.mode, stop_after=1)
    return outcome.violations[0] if outcome.violations else None


def main(mutants: Sequence[Mutant] = MUTANTS) -> int:
    """Print the table; exit 1 if a mutant survives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=AT_MOST, help="how many seeds to try for each")
    parser.add_argument("--only", default="", help="words of one mutant")
    wanted = parser.parse_args()
    survivors = 0
    sys.stdout.write("| deliberate fault | found by | after seeds |\n| --- | --- | --- |\n")
    for mutant in mutants:
        if wanted.only not in mutant.words:
            continue
        found = hunt(mutant, 0, wanted.seeds)
        survivors += found is None
        invariant = found[1].partition(":")[0] if found else "nothing"
        sys.stdout.write(f"| {mutant.words} | {invariant} | {found[0] + 1 if found else wanted.seeds} |\n")
        sys.stdout.flush()
    return bool(survivors)


if __name__ == "__main__":
    sys.exit(main())
