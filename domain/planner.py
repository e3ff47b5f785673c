"""The plan of a run, as one pure function of what is known: the same for a dry run, a real one, and the tests."""

from __future__ import annotations

from domain.absorb import absorb_changes
from domain.arrive import take_in
from domain.circles import break_circles
from domain.deliver import in_order, steps_for
from domain.depart import take_out
from domain.draft import Draft
from domain.gathering import gather_up
from domain.guards import surging_fields
from domain.laying import lay_out
from domain.layout import decide_layout
from domain.parts import occurrence_of, whole_of
from domain.plan import Plan, Situation, Step


def plan(situation: Situation) -> Plan:
    """Return what a run does: what the hub takes in, what goes out to each space, what waits for a person."""
    draft = Draft.of(situation)
    lay_out(draft)
    adopted = take_in(draft)
    surging = situation.surging | surging_fields(draft)
    edited = absorb_changes(draft, surging, adopted)
    break_circles(draft)
    take_out(draft, edited | _with_dates_withheld(draft))
    gather_up(draft)
    lay_out(draft)
    decide_layout(draft)
    steps = [step for record in _concerned(draft) for step in steps_for(draft, draft.records[record])]
    return _finished(draft, situation, steps, surging)


def _with_dates_withheld(draft: Draft) -> set[str]:
    """Return the series of which a date shows what a guard holds, or a person must choose: it would go with them."""
    return {whole_of(record) for _, record, _ in draft.withheld if occurrence_of(record)}


def _concerned(draft: Draft) -> list[str]:
    """Return what has to be compared with the spaces: what was touched, and of a series every part."""
    touched = sorted({whole_of(one) for one in draft.touched})
    return [one for whole in touched for one in (whole, *sorted(draft.parts.get(whole, ())))]


def _finished(draft: Draft, situation: Situation, steps: list[Step], surging: frozenset[tuple[str, str]]) -> Plan:
    sendable = [step for step in steps if not _must_wait(step, situation)]
    withheld = {_pair(step) for step in steps if _must_wait(step, situation)} | draft.waiting | draft.asked
    changed = {key: draft.records[key] for key in map(whole_of, draft.touched)}
    return Plan(
        records={key: record for key, record in changed.items() if record is not situation.records.get(key)},
        links=tuple(draft.changed_links.values()),
        forgotten=tuple(draft.forgotten),
        steps=in_order(sendable, draft.records),
        conflicts=tuple(draft.conflicts),
        held=tuple(draft.held),
        questions=tuple(draft.questions),
        deltas=tuple(draft.deltas),
        notes=tuple(draft.notes),
        wanted=frozenset(map(_pair, steps)) | withheld,
        unsettled=frozenset(whole_of(record) for _, record in withheld),
        reread=frozenset(draft.reread),
        surging=surging,
        inquire=frozenset(draft.inquire),
        replaced=frozenset(draft.replaced),
    )


def _pair(step: Step) -> tuple[str, str]:
    return step.space, step.record


def _must_wait(step: Step, situation: Situation) -> bool:
    """Tell whether a step cannot be sent now: its space is paused, or refuses this record again and again."""
    resting = {_pair(step), (step.space, whole_of(step.record))} & situation.aside
    return step.space in situation.paused or bool(resting)
