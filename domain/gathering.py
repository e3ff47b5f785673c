"""Gathers up what people changed in the parts of a series: what differs in some occurrences, and what is cancelled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from domain.changes import HUB, Change
from domain.draft import Draft
from domain.fields import FIELDS, RecordType, same
from domain.parts import occurrence_of, whole_of
from domain.plan import Conflict, Delta, LinkState
from domain.records import Record, Writer
from domain.recurrence.change import takes_place
from domain.recurrence.overrides import OVERRIDABLE, PERIOD, encode, period
from domain.recurrence.series import Series, fields_from_series, make_series, series_from_fields
from domain.survive import DELETED
from domain.values import Fields, Value, When

_KEPT_IN = ("overrides", "exdates", "rdates")


def gather_up(draft: Draft) -> None:
    """Take what became of the parts into their series, and set the parts back to what the series says.

    Their history and conflicts become those of the series.
    """
    for identity, parts in draft.parts.items():
        changed = {one: draft.records[one] for one, before in parts.items() if draft.records[one] is not before}
        if changed:
            _take_up(draft, draft.records[identity], parts, changed)
            draft.records.update(parts)
            draft.laid_from.pop(identity, None)
    ends = _ends(draft.conflicts)
    draft.conflicts = [kept for one in draft.conflicts if (kept := _of_the_whole(draft, one, ends))]


def _take_up(draft: Draft, whole: Record, before: Mapping[str, Record], changed: Mapping[str, Record]) -> None:
    if whole.deleted and any(not one.deleted for one in changed.values()):
        whole = _revived(draft, whole)
    told = {delta.record: delta for delta in draft.deltas if delta.record in changed}
    draft.deltas = [delta for delta in draft.deltas if delta.record not in changed]
    edited = any(not one.deleted for one in changed.values())
    series = series_from_fields(whole.fields) or (_once(whole) if edited else None)
    if series is None or whole.deleted:
        return
    for identity, part in changed.items():
        series = _with_part(series, str(occurrence_of(identity)), whole, before[identity], part)
    held = fields_from_series(series)
    fields = {name: held[name] for name in _KEPT_IN if held[name] != whole.fields.get(name)}
    if fields:
        _keep(draft, whole, fields, next(iter(told.values()), None))


def _once(whole: Record) -> Series:
    """Return what takes place once as a series, to which a date can be added that somebody edited meanwhile."""
    start, end, zone = (whole.fields.get(name) for name in ("start", "end", "zone"))
    return make_series(cast("When", start), cast("When", end), str(zone) if zone else None)


def _with_part(series: Series, which: str, whole: Record, before: Record, part: Record) -> Series:
    """Return a series in which one occurrence is as its part became."""
    others = {other: own for other, own in series.overrides.items() if other != which}
    if part.deleted:
        rest = replace(series, overrides=others, rdates=series.rdates - {which})
        return replace(rest, exdates=rest.exdates | {which}) if takes_place(rest, which) else rest
    own = {**series.overrides.get(which, {}), **_differences(series, which, whole.fields, before.fields, part.fields)}
    kept = {name: value for name, value in own.items() if value is not None}
    back = replace(series, overrides={**others, which: kept} if kept else others)
    if not kept and not takes_place(back, which):
        back = replace(back, exdates=back.exdates - {which})
    if not takes_place(back, which):  # nothing but the edit names it
        back = replace(back, overrides={**others, which: {PERIOD: _period(part.fields)}})
    return back


def _differences(series: Series, which: str, whole: Fields, before: Fields, after: Fields) -> dict[str, Value]:
    """Return what is different now in an occurrence; None for what is as in the series again."""
    table = FIELDS[RecordType.EVENT]
    names = [name for name in OVERRIDABLE if name != PERIOD and not same(table[name], before[name], after[name])]
    found = {name: None if same(table[name], after[name], whole[name]) else after[name] for name in names}
    span = (after["start"], after["end"])
    if span != (before["start"], before["end"]):
        found[PERIOD] = None if span == series.at(series.wall_of(which)) else _period(after)
    return found


def _period(fields: Fields) -> str:
    return period(cast("When", fields["start"]), cast("When", fields["end"]))


def _keep(draft: Draft, whole: Record, fields: Fields, told: Delta | None) -> None:
    space, by = (told.space, told.by) if told else (HUB, None)
    writer = Writer(space, draft.situation.now, by)
    draft.put_record(
        replace(whole, fields={**whole.fields, **fields}, writers={**whole.writers, **dict.fromkeys(fields, writer)})
    )
    for name, value in fields.items():
        cause = told.cause if told else ""
        draft.deltas.append(Delta(whole.id, name, whole.fields.get(name), value, space, by, cause))


def _revived(draft: Draft, whole: Record) -> Record:
    """Bring a series back whose occurrence was edited after it was deleted; it is made anew where it is gone (H07)."""
    back = {(seen.space, seen.remote) for seen in draft.situation.seen}
    mine = [link for link in list(draft.links.values()) if whole_of(link.record) == whole.id]
    for link in mine:
        if link.state is LinkState.GONE and (link.space, link.remote) not in back:
            draft.forget(link)
    alive = replace(whole, deleted=False)
    draft.put_record(alive)
    draft.notes.append(f"“{draft.title(whole.id)}” was deleted, and one of its dates edited since; it goes on.")
    return alive


def _ends(conflicts: Sequence[Conflict]) -> Mapping[tuple[str, str], dict[str, Value]]:
    """Return when a date takes place by each side of its conflicts, by record and space: both ends belong together."""
    found: dict[tuple[str, str], dict[str, Value]] = defaultdict(dict)
    for conflict in conflicts:
        for side in (conflict.kept, *conflict.lost):
            if conflict.field in ("start", "end"):
                found[conflict.record, side.space][conflict.field] = side.after
    return found


def _of_the_whole(
    draft: Draft, conflict: Conflict, ends: Mapping[tuple[str, str], Mapping[str, Value]]
) -> Conflict | None:
    """Return the conflict of a part as one of its series, so that it can be decided there."""
    which = occurrence_of(conflict.record)
    if which is None:
        return conflict
    whole = draft.records[whole_of(conflict.record)]
    if conflict.field == DELETED or whole.deleted:
        draft.notes.append(f"“{conflict.title}” on {which} was edited in one tool and deleted in another; it is kept.")
        return None
    kept, *lost = (
        _in_the_map(whole, which, conflict.field, one, ends.get((conflict.record, one.space), {}))
        for one in (conflict.kept, *conflict.lost)
    )
    return replace(conflict, record=whole.id, field="overrides", kept=kept, lost=tuple(lost))


def _in_the_map(whole: Record, which: str, name: str, change: Change, ends: Mapping[str, Value]) -> Change:
    """Return a change of one field of an occurrence as one of everything that differs in occurrences."""
    return replace(
        change,
        before=_with(whole, which, name, change.before, {}),
        after=_with(whole, which, name, change.after, ends),
    )


def _with(whole: Record, which: str, name: str, value: Value, ends: Mapping[str, Value]) -> Value:
    series = series_from_fields(whole.fields)
    overrides = dict(series.overrides) if series else {}
    own = dict(overrides.get(which, {}))
    if name in OVERRIDABLE:
        own[name] = value
    elif isinstance(value, When) and series is not None:
        planned = dict(zip(("start", "end"), series.at(series.wall_of(which)), strict=True))
        start, end = (cast("When", {**planned, **ends, name: value}[one]) for one in ("start", "end"))
        own[PERIOD] = period(start, max(start, end)) if type(start) is type(end) else period(value, value)
    kept = {one: told for one, told in own.items() if told is not None}
    return encode({**overrides, which: kept} if kept else overrides)
