"""First contact: which items of two tools are the same work. What is not clear is asked, never guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.fields import RecordType, recurs
from domain.lens import day_in
from domain.plan import Seen
from domain.records import Record
from domain.values import Fields, Value

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


Rule = Callable[[Seen, Record], bool]


def _pair_group(
    seen: list[Seen], records: list[Record], zone: ZoneInfo
) -> tuple[list[tuple[Seen, Record]], list[Seen], list[Record]]:
    pairs: list[tuple[Seen, Record]] = []
    for rule in _rules(zone):
        found = _only_pairs(seen, records, rule)
        pairs += found
        taken = {one.remote for one, _ in found}
        kept = {record.id for _, record in found}
        seen = [one for one in seen if one.remote not in taken]
        records = [record for record in records if record.id not in kept]
    return pairs, seen, records


def _only_pairs(seen: Sequence[Seen], records: Sequence[Record], rule: Rule) -> list[tuple[Seen, Record]]:
    """Return the pairs in which each side fits exactly one of the other."""
    fits = [(one, record) for one in seen for record in records if rule(one, record)]
    return [
        (one, record)
        for one, record in fits
        if sum(other is one for other, _ in fits) == 1 and sum(other is record for _, other in fits) == 1
    ]


def _rules(zone: ZoneInfo) -> tuple[Rule, ...]:
    def same_day(seen: Seen, record: Record) -> bool:
        day = _day(seen.type, seen.view, zone)
        return day is not None and day == _day(record.type, record.fields, zone)

    def same_day_and_people(seen: Seen, record: Record) -> bool:
        return same_day(seen, record) and _people(seen.view) == _people(record.fields) != frozenset()

    def no_contradiction(seen: Seen, record: Record) -> bool:
        days = {_day(seen.type, seen.view, zone), _day(record.type, record.fields, zone)}
        return len(days - {None}) <= 1

    return same_day_and_people, same_day, no_contradiction


def _people(fields: Fields) -> Value:
    return fields.get("assignees") or frozenset()


def _day(kind: RecordType, fields: Fields, zone: ZoneInfo) -> date | None:
    value = fields.get("start" if kind is RecordType.EVENT else "due")
    if isinstance(value, datetime):
        return day_in(value, zone)
    return value if isinstance(value, date) else None
