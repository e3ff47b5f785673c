"""First contact: which items of two tools are the same work. What is not clear is asked, never guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from domain.fields import RecordType, recurs
from domain.lens import day_in
from domain.plan import Seen
from domain.records import Record
from domain.values import Fields, Value

T = TypeVar("T")

Key = tuple[RecordType, str, bool]


def fold(title: Value) -> str:
    """Return a title as people compare titles: without regard to case and white space."""
    return " ".join(str(title or "").split()).casefold()


@dataclass(frozen=True, slots=True)
class Pairing:
    """The outcome for one space: pairs that match, arrivals that are new, and groups that a person must decide."""

    pairs: Sequence[tuple[Seen, Record]]
    new: Sequence[Seen]
    unclear: Sequence[tuple[Sequence[Seen], Sequence[Record]]]


def pair(arrivals: Iterable[Seen], candidates: Iterable[Record], zone: ZoneInfo) -> Pairing:
    """Pair unlinked remotes of one space with records that have no remote there.

    By title (without regard to case and white space), then by day, then by assignees; a pair is made only where it
    is the only one possible. Events of one title on different days are different events; tasks of one title with
    different days are asked about.
    """
    groups = _group(arrivals, candidates)
    pairs: list[tuple[Seen, Record]] = []
    new: list[Seen] = []
    unclear: list[tuple[Sequence[Seen], Sequence[Record]]] = []
    for (kind, title, _), (seen, records) in groups.items():
        if not records or not title:
            new += seen
            continue
        matched, rest_seen, rest_records = _pair_group(seen, records, zone)
        pairs += matched
        if rest_seen and rest_records and kind is not RecordType.EVENT:
            unclear.append((rest_seen, rest_records))
        else:
            new += rest_seen
    return Pairing(pairs, new, unclear)


def _group(arrivals: Iterable[Seen], candidates: Iterable[Record]) -> dict[Key, tuple[list[Seen], list[Record]]]:
    groups: dict[Key, tuple[list[Seen], list[Record]]] = defaultdict(lambda: ([], []))
    for seen in arrivals:
        groups[_key(seen.type, seen.view)][0].append(seen)
    for record in candidates:
        key = _key(record.type, record.fields)
        if key in groups:
            groups[key][1].append(record)
    return groups


def _key(kind: RecordType, fields: Fields) -> Key:
    """Return what both sides of a pair have in common; a series never is the same as a single event."""
    return kind, fold(fields.get("title")), recurs(kind, fields)


Trait = Callable[[RecordType, Fields], Hashable]
"""What two of one title must have in common, None where it tells nothing."""

Pairs = list[tuple[Seen, Record]]


def _pair_group(seen: list[Seen], records: list[Record], zone: ZoneInfo) -> tuple[Pairs, list[Seen], list[Record]]:
    def day(kind: RecordType, fields: Fields) -> date | None:
        return _day(kind, fields, zone)

    def day_and_people(kind: RecordType, fields: Fields) -> Hashable:
        found, people = day(kind, fields), _people(fields)
        return (found, people) if found and people else None

    pairs: Pairs = []
    for rule, trait in ((_alike, day_and_people), (_alike, day), (_uncontradicted, day)):
        found = rule(seen, records, trait)
        pairs += found
        taken, kept = {one.remote for one, _ in found}, {record.id for _, record in found}
        seen = [one for one in seen if one.remote not in taken]
        records = [record for record in records if record.id not in kept]
    return pairs, seen, records


def _groups(
    seen: Sequence[Seen], records: Sequence[Record], trait: Trait
) -> tuple[Mapping[Hashable, Sequence[Seen]], Mapping[Hashable, Sequence[Record]]]:
    left: dict[Hashable, list[Seen]] = defaultdict(list)
    right: dict[Hashable, list[Record]] = defaultdict(list)
    for one in seen:
        left[trait(one.type, one.view)].append(one)
    for record in records:
        right[trait(record.type, record.fields)].append(record)
    return left, right


def _alike(seen: Sequence[Seen], records: Sequence[Record], trait: Trait) -> Pairs:
    """Return the pairs of which each side is the only one of its trait."""
    left, right = _groups(seen, records, trait)
    both = ((ones, right.get(value, ())) for value, ones in left.items() if value is not None)
    return [(ones[0], others[0]) for ones, others in both if len(ones) == len(others) == 1]


def _uncontradicted(seen: Sequence[Seen], records: Sequence[Record], trait: Trait) -> Pairs:
    """Return the pairs of which each side can only be the other: of the same trait, or where one of them has none."""
    left, right = _groups(seen, records, trait)
    pairs: Pairs = []
    for value in left:
        record = _only_choice(value, right)
        one = None if record is None else _only_choice(trait(record.type, record.fields), left)
        if record is not None and one is not None:
            pairs.append((one, record))
    return pairs


def _only_choice(value: Hashable, sides: Mapping[Hashable, Sequence[T]]) -> T | None:
    groups = sides.values() if value is None else (sides.get(value, ()), sides.get(None, ()))
    found = list(islice(chain.from_iterable(groups), 2))
    return found[0] if len(found) == 1 else None


def _people(fields: Fields) -> Value:
    return fields.get("assignees") or frozenset()


def _day(kind: RecordType, fields: Fields, zone: ZoneInfo) -> date | None:
    value = fields.get("start" if kind is RecordType.EVENT else "due")
    if isinstance(value, datetime):
        return day_in(value, zone)
    return value if isinstance(value, date) else None
