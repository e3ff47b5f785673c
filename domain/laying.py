"""Lays series out: writes their occurrences down as events of their own (parts), before they are merged or sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from domain.draft import Draft
from domain.errors import SetAside
from domain.fields import RecordType, recurs
from domain.lens import Space
from domain.parts import occurrence_of, part_id, whole_of
from domain.records import Edit, Record, Writer
from domain.recurrence.change import takes_place
from domain.recurrence.expand import Occurrence, Window
from domain.recurrence.layout import ahead, event_fields, layout, occurrence
from domain.recurrence.overrides import OVERRIDABLE, PERIOD, decode, read_period
from domain.recurrence.series import Series, series_from_fields
from domain.values import Value

MOST_PARTS = 400
"""A daily series has 366 in twelve months; what takes place more often would bury everything else."""

_EVENT = RecordType.EVENT


def lay_out(draft: Draft) -> None:
    """Write down the parts of every series that a space may have to show so, and of those that have links.

    A part that has a link but does not take place is written down as deleted. Nothing is done twice.
    """
    events = list(wholes(draft))
    linked = _linked(draft) if events else {}
    for whole in events:
        if "overrides" in whole.edits:
            draft.decided[whole.id] = whole.edits["overrides"]
        names = frozenset(linked.get(whole.id, ()))
        wanted = names or any(may_lay(whole, space) for space in draft.spaces.values())
        known = draft.laid_from.get(whole.id)
        if wanted and (known is None or known[0] is not whole or known[1] != names):
            _lay(draft, whole, names)
            draft.laid_from[whole.id] = (whole, names)


def wholes(draft: Draft) -> Iterator[Record]:
    """Yield the events that are no parts."""
    return (one for one in draft.records.values() if one.type is _EVENT and occurrence_of(one.id) is None)


def may_lay(whole: Record, space: Space) -> bool:
    """Tell whether a space shows a series as single events, if it shows it at all."""
    return (
        not whole.deleted
        and recurs(whole.type, whole.fields)
        and not space.read_only
        and space.type(whole.type) is not None
        and space.lays_out(whole.type, whole.fields)
        and space.admits(whole.type, whole.fields)
    )


def window(draft: Draft) -> Window:
    """Return the stretch of time for which series are laid out: a year from the community's today on."""
    zones = [space.zone for space in draft.situation.spaces]
    return ahead(draft.situation.now.astimezone(zones[0]) if zones else draft.situation.now)


def too_many(draft: Draft, whole: Record) -> bool:
    """Tell whether a series takes place too often to be laid out."""
    series = series_from_fields(whole.fields)
    try:
        return series is not None and len(layout(series, window(draft), MOST_PARTS)) > MOST_PARTS
    except SetAside:
        return True


def _linked(draft: Draft) -> Mapping[str, set[str]]:
    """Return the occurrences that have a link in some space, by series."""
    found: dict[str, set[str]] = defaultdict(set)
    for _, identity in draft.links:
        which = occurrence_of(identity)
        if which is not None:
            found[whole_of(identity)].add(which)
    return found


def _lay(draft: Draft, whole: Record, linked: frozenset[str]) -> None:
    series = None if whole.deleted else series_from_fields(whole.fields)
    found = _occurrences(draft, series, linked) if series else {}
    parts = {part_id(whole.id, which): _part(whole, series, which, one) for which, one in found.items()}
    for which in linked - found.keys():
        parts[part_id(whole.id, which)] = _absent(draft, whole, series, which)
    if whole.id in draft.decided:
        parts = {one: _with_decision(part, whole, draft.decided[whole.id]) for one, part in parts.items()}
    for identity in draft.parts.get(whole.id, {}).keys() - parts.keys():
        del draft.records[identity]
    draft.parts[whole.id] = parts
    draft.records.update(parts)


def _occurrences(draft: Draft, series: Series, linked: frozenset[str]) -> dict[str, Occurrence]:
    try:
        found = layout(series, window(draft), MOST_PARTS)
    except SetAside:
        found = {}
    others = (which for which in linked - found.keys() if series.id_of(series.wall_of(which)) == which)
    return found | {which: occurrence(series, which) for which in others if takes_place(series, which)}


def _part(whole: Record, series: Series | None, which: str, one: Occurrence) -> Record:
    overrides = whole.writer("overrides")
    own: dict[str, Writer] = dict.fromkeys(one.fields, overrides)
    if series is not None and (one.start, one.end) != series.at(series.wall_of(which)):
        own |= {"start": overrides, "end": overrides}
    writers = {**whole.writers, **own}
    return Record(
        part_id(whole.id, which), _EVENT, event_fields(whole.fields, one), writers=writers, origin=whole.origin
    )


def _absent(draft: Draft, whole: Record, series: Series | None, which: str) -> Record:
    """Return a part that does not take place: as it was until now, so that an edit of it is seen as what it is."""
    stored = draft.situation.records.get(whole.id)
    before = series_from_fields(stored.fields) if stored is not None else None
    if stored is not None and before is not None and takes_place(before, which):
        return replace(_part(stored, before, which, occurrence(before, which)), deleted=True)
    try:
        one = occurrence(series, which) if series else None
    except (SetAside, OverflowError):
        one = None
    start, end = whole.fields["start"], whole.fields["end"]
    part = _part(whole, series, which, one or Occurrence(which, start, end, {}))  # type: ignore[arg-type]
    return replace(part, deleted=True)


def _with_decision(part: Record, whole: Record, edit: Edit) -> Record:
    """Let a part know what a person decided about it in its series, and which values they overruled."""
    which = str(occurrence_of(part.id))
    value, over = _told(edit.value, which, part, whole), [_told(one, which, part, whole) for one in edit.over]
    names = {name for one in over for name in one if one[name] != value[name]}
    edits = {name: Edit(value[name], edit.at, tuple(one[name] for one in over), edit.cause) for name in sorted(names)}
    return replace(part, edits=edits) if edits else part


def _told(overrides: Value, which: str, part: Record, whole: Record) -> dict[str, Value]:
    """Return the fields of one occurrence as a value of `overrides` has them."""
    own = decode(overrides).get(which, {})
    fields = {name: own.get(name, whole.fields.get(name)) for name in OVERRIDABLE if name != PERIOD}
    series = series_from_fields(whole.fields)
    planned = series.at(series.wall_of(which)) if series else (part.fields["start"], part.fields["end"])
    start, end = read_period(str(own[PERIOD])) if PERIOD in own else planned
    return {**fields, "start": start, "end": end}
