"""Fields that only make sense together: a start never comes after its end, and both are of one sort."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

from domain.changes import LONG_AGO, Change, Merged
from domain.fields import RecordType
from domain.records import Record
from domain.values import Value, When

PAIRS: Mapping[RecordType, tuple[str, str]] = {
    RecordType.TASK: ("start", "due"),
    RecordType.EVENT: ("start", "end"),
}


def fits(kind: RecordType, start: Value, end: Value) -> bool:
    """Tell whether a start and an end can stand together; a missing one contradicts nothing."""
    if not isinstance(start, When) or not isinstance(end, When):
        return True
    if isinstance(start, datetime) == isinstance(end, datetime):
        return start <= end
    return kind is RecordType.TASK and _day(start) <= _day(end)


def _day(value: When) -> date:
    return value.date() if isinstance(value, datetime) else value


def repair(record: Record, merged: Mapping[str, Merged]) -> dict[str, Merged]:
    """Keep the later of two edits that do not fit together, and the other as the loser of a conflict.

    Two people may each move one end of the same span: each edit is sound, both together are not. The span then is
    what the later writer saw. While a person has yet to choose one end, the other waits if it does not fit.
    """
    pair = PAIRS.get(record.type)
    if pair is not None and any(name in merged and merged[name].undecided for name in pair):
        return _wait_together(record, merged, pair)
    winners = [outcome.winner if (outcome := merged.get(name)) else None for name in pair or ()]
    if pair is None or None in winners or fits(record.type, merged[pair[0]].value, merged[pair[1]].value):
        return dict(merged)
    first, second = (cast("Change", winner) for winner in winners)
    if first.space == second.space:
        return dict(merged)
    loser, winner = (pair[0], second) if (first.at or LONG_AGO) < (second.at or LONG_AGO) else (pair[1], first)
    return {**merged, loser: _yield_to(winner, merged[loser], record.fields.get(loser))}


def _wait_together(record: Record, merged: Mapping[str, Merged], pair: tuple[str, str]) -> dict[str, Merged]:
    start, end = (merged[name].value if name in merged else record.fields.get(name) for name in pair)
    if fits(record.type, start, end):
        return dict(merged)
    return {**merged, **{name: _undecided(record, name, merged[name]) for name in pair if name in merged}}


def _undecided(record: Record, name: str, outcome: Merged) -> Merged:
    if outcome.undecided:
        return outcome
    sides = tuple(change for change in (outcome.winner, *outcome.lost) if change)
    return Merged(record.fields.get(name), None, sides, undecided=True, rule="a person decides")


def _yield_to(winner: Change, outcome: Merged, present: Value) -> Merged:
    """Return what the winner's space shows for a field another space had won."""
    own = next((change.after for change in outcome.lost if change.space == winner.space), present)
    lost = tuple(change for change in (*outcome.lost, outcome.winner) if change and change.space != winner.space)
    return Merged(own, winner, lost)
