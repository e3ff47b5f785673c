"""The three-way merge of one field over any number of spaces and the hub."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

from merge3 import Merge3

from domain.changes import LINES, LONG_AGO, OCCURRENCES, ONLY_CHANGE, SAME_CHANGE, SETS, Change, Merged
from domain.fields import Field, Shape, same
from domain.policy import Policy
from domain.recurrence.overrides import merge_map
from domain.values import Value, is_empty


def merge(spec: Field, current: Value, changes: Sequence[Change], policy: Policy, order: Sequence[str]) -> Merged:
    """Merge concurrent changes of one field.

    One change wins; equal changes agree; sets take every addition and removal; texts merge line by line; anything
    else is a conflict for the policy. `order` is the order of the spaces in the configuration, the last resort.
    """
    if spec.shape is Shape.SET:
        return _merge_sets(current, changes)
    if spec.shape is Shape.MAP:
        return _merge_maps(current, changes, policy, order)
    different = _distinct(spec, changes)
    if len(different) == 1:
        return Merged(different[0].after, different[0], rule=ONLY_CHANGE if len(changes) == 1 else SAME_CHANGE)
    if spec.shape is Shape.TEXT:
        merged = _merge_texts(different)
        if merged is not None:
            return Merged(merged, replace(different[-1], after=merged), rule=LINES)
    if policy.conflict == "ask" and not spec.derived:
        return Merged(current, None, tuple(different), undecided=True, rule="a person decides")
    return _by_policy(different, policy, order)


def _distinct(spec: Field, changes: Sequence[Change]) -> list[Change]:
    found: list[Change] = []
    for change in changes:
        if not any(same(spec, change.after, other.after) for other in found):
            found.append(change)
    return found


def _merge_sets(current: Value, changes: Sequence[Change]) -> Merged:
    value = cast("frozenset[str]", current or frozenset())
    for change in changes:
        before = cast("frozenset[str]", change.before or frozenset())
        after = cast("frozenset[str]", change.after or frozenset())
        value = (value - (before - after)) | (after - before)
    return Merged(value, changes[-1] if changes else None, rule=SETS if len(changes) > 1 else ONLY_CHANGE)


def _merge_maps(current: Value, changes: Sequence[Change], policy: Policy, order: Sequence[str]) -> Merged:
    merged = merge_map(current, changes, lambda spec, now, sides: merge(spec, now, sides, policy, order))
    if merged.undecided:
        return Merged(current, None, tuple(changes), undecided=True, rule="a person decides")
    rule = OCCURRENCES if len(changes) > 1 else ONLY_CHANGE
    return Merged(merged.value, changes[-1] if changes else None, merged.lost, rule=rule)


def _merge_texts(changes: Sequence[Change]) -> str | None:
    """Merge texts that grew from the same ancestor; None when two changed the same lines, or one emptied it."""
    base = changes[0].before
    if any(change.before != base for change in changes):
        return None
    if is_empty(base) and any(is_empty(change.after) for change in changes):
        return None  # first contact: nothing tells what was there before somebody emptied it
    ancestor = str(base or "").splitlines(keepends=True)
    merged = str(changes[0].after or "").splitlines(keepends=True)
    for change in changes[1:]:
        merging = Merge3(ancestor, merged, str(change.after or "").splitlines(keepends=True))
        groups = list(merging.merge_groups())
        if any(group[0] == "conflict" for group in groups):
            return None
        merged = [line for group in groups for line in group[1]]
    return "".join(merged)


def _by_policy(changes: list[Change], policy: Policy, order: Sequence[str]) -> Merged:
    winner = _winner(changes, policy, _rank(order))
    lost = tuple(change for change in changes if change is not winner)
    return Merged(winner.after, winner, lost, rule=f"policy {policy.conflict}")


def _rank(order: Sequence[str]) -> Callable[[Change], int]:
    places = {name: place for place, name in enumerate(order)}
    return lambda change: -places.get(change.space, len(places))


def _winner(changes: Sequence[Change], policy: Policy, rank: Callable[[Change], int]) -> Change:
    preferred = policy.conflict.removeprefix("prefer:")
    for change in changes:
        if change.space == preferred:
            return change
    return max(changes, key=lambda change: (change.at or LONG_AGO, rank(change)))


def best_estimate(
    said: datetime | None, offset_seconds: float | None, last_read: datetime | None, now: datetime
) -> datetime | None:
    """Return when a tool's change happened by our clock.

    `said` is the tool's own time, `offset_seconds` how far its clock runs ahead of ours. Whatever the tool says,
    a change first seen now lies between the last read and now.
    """
    if said is None:
        return None
    corrected = datetime.fromtimestamp(said.timestamp() - (offset_seconds or 0.0), tz=UTC)
    earliest = last_read or corrected
    return min(max(corrected, earliest), now)
