"""Decides where a series is shown part by part, and lets what is there already become the parts of today.

An entry that people discuss is worth more than its date: where occurrences move or a series is split, an entry follows
the occurrence that takes its place, instead of being deleted and made anew without its comments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from domain.deliver import is_bygone, view_in, wants
from domain.draft import Draft
from domain.fields import RecordType, recurs
from domain.laying import may_lay, too_many, wholes
from domain.lens import Space
from domain.match import fold
from domain.parts import occurrence_of, whole_of
from domain.plan import Held, Link, LinkState
from domain.records import Record
from domain.recurrence.change import takes_place
from domain.recurrence.series import series_from_fields
from domain.values import Value

COMMENTS = "comments"
"""The guard's name for an entry that cannot be changed, and whose comments would go with it."""

NEAR = timedelta(days=10)
"""How far an occurrence may have moved for its entry to follow it."""


def decide_layout(draft: Draft) -> None:
    """Note which series are shown part by part in which space, and hand existing entries on to the parts."""
    concerned = {whole_of(one) for one in draft.touched}
    events = [one for one in wholes(draft) if one.id in concerned]
    for whole in events:
        for space in draft.spaces.values():
            if not may_lay(whole, space):
                continue
            _bring_back(draft, whole, space)
            if _is_laid(draft, whole, space):
                draft.laid.add((space.name, whole.id))
    for space in draft.spaces.values() if events else ():
        if not space.read_only and space.type(RecordType.EVENT) is not None:
            _hand_on(draft, space, concerned)


def _bring_back(draft: Draft, whole: Record, space: Space) -> None:
    """Let entries that went with their occurrence come back from the trash with it, comments and all."""
    stored = draft.situation.records.get(whole.id)
    before = series_from_fields(stored.fields) if stored is not None and not stored.deleted else None
    for link in _part_links(draft, space.name, whole.id):
        took_place = before is not None and takes_place(before, str(occurrence_of(link.record)))
        if link.state is LinkState.GONE and not draft.records[link.record].deleted and not took_place:
            draft.put_link(replace(link, state=LinkState.RESTORE))
    if any(link.state is LinkState.RESTORE for link in _part_links(draft, space.name, whole.id)):
        draft.replaced.add((space.name, whole.id))  # compared once they are back
        draft.waiting.add((space.name, whole.id))


def _is_laid(draft: Draft, whole: Record, space: Space) -> bool:
    if too_many(draft, whole):
        draft.notes.append(
            f"“{draft.title(whole.id)}” takes place more often than once a day, too often for single events in "
            f"{space.name}; it is not shown there."
        )
        return False
    link, parts = draft.links.get((space.name, whole.id)), _part_links(draft, space.name, whole.id)
    if any(one.state in (LinkState.LIVE, LinkState.RESTORE) for one in parts):
        return True
    if link is None:
        return not _was_withdrawn(whole, parts)
    gives_way = link.state is LinkState.LIVE and link.agreed and _gives_way(draft, whole, space, link)
    for one in parts if gives_way else ():
        draft.forget(one)  # of a time before it was shown as one
    return gives_way


def _part_links(draft: Draft, space: str, whole: str) -> list[Link]:
    names = draft.parts.get(whole, {})
    return [link for name in names if (link := draft.links.get((space, name)))]


def _was_withdrawn(whole: Record, parts: Iterable[Link]) -> bool:
    """Tell whether all of it was taken away there although it takes place: undone, or not wanted in that space."""
    series = series_from_fields(whole.fields)
    gone = [str(occurrence_of(link.record)) for link in parts]
    return series is not None and any(takes_place(series, which) for which in gone)


def _gives_way(draft: Draft, whole: Record, space: Space, link: Link) -> bool:
    """Tell whether what stands there for the whole series has to be replaced, because it can only be changed so.

    What people wrote below it would go with it. Where there is anything, a person decides.
    """
    if not any(wants(whole.type, link, name, value) for name, value in view_in(draft, whole, space, link.base).items()):
        return False
    if _must_wait(draft, space, link):  # what it shows, or whether it is there, would go with it
        draft.waiting.add((space.name, whole.id))
        return False
    if not recurs(whole.type, link.base):
        return True  # a single event, which becomes a part
    comments = draft.situation.comments.get((space.name, link.remote))
    if comments is None:
        draft.inquire.add((space.name, link.remote))
    elif comments and (space.name, whole.id) not in draft.situation.approved:
        draft.held.append(_hold(draft, whole, space, comments))
    else:
        return True
    draft.waiting.add((space.name, whole.id))
    return False


def _must_wait(draft: Draft, space: Space, link: Link) -> bool:
    """Tell whether something is not decided, or held, or it has yet to be read whether it repeats."""
    return draft.is_withheld(link) or draft.is_missing(link) or _may_repeat(space, link)


def _may_repeat(space: Space, link: Link) -> bool:
    """Tell whether the base does not say if it repeats, as after a write whose answer was lost."""
    capabilities = space.type(RecordType.EVENT)
    return capabilities is not None and "rrule" in capabilities.fields and "rrule" not in link.base


def _hold(draft: Draft, whole: Record, space: Space, comments: int) -> Held:
    what = "1 comment" if comments == 1 else f"{comments} comments"
    return Held(
        space.name,
        whole.id,
        draft.title(whole.id),
        COMMENTS,
        f"It was changed elsewhere, and {space.name} lets nobody but people change what repeats. It has {what}. Change "
        "it there by hand; or approve with `copsync sync --approve RUN` to have its dates as single entries instead, "
        f"and the repeating one with its {what} in the trash.",
    )


def _hand_on(draft: Draft, space: Space, concerned: set[str]) -> None:
    """Let entries that lost their occurrence stand for one that has none yet: first on the same day, then nearby."""
    free = [link for link in draft.links.values() if _is_free(draft, space, link, concerned)]
    if not free:
        return
    for link in [one for one in draft.links.values() if one.record in concerned and _gave_way(draft, space, one)]:
        draft.forget(link)
    wanted = [one for one in draft.records.values() if _is_wanted(draft, space, one, concerned)]
    pairs = _on_the_same_day(draft, space, free, wanted)
    taken = {link.remote for link, _ in pairs}
    given = {record.id for _, record in pairs}
    pairs += _nearby(
        space,
        [link for link in free if link.remote not in taken],
        [record for record in wanted if record.id not in given],
    )
    for link, _ in pairs:
        draft.forget(link)
    for link, record in pairs:
        draft.put_link(replace(link, record=record.id))
        draft.touched.add(record.id)
        if (space.name, link.record) in draft.versions:
            draft.versions[space.name, record.id] = draft.versions[space.name, link.record]


def _is_free(draft: Draft, space: Space, link: Link, concerned: set[str]) -> bool:
    """Tell whether an entry stands for an occurrence that is no more, or for a single event that became a series."""
    whole = draft.records.get(whole_of(link.record))
    if link.space != space.name or whole is None or whole.id not in concerned or whole.deleted:
        return False
    if link.state is not LinkState.LIVE or not link.agreed or whole.type is not RecordType.EVENT:
        return False
    if draft.is_withheld(link):
        return False
    if link.record == whole.id:
        is_single = not recurs(whole.type, link.base) and not _may_repeat(space, link)
        return (space.name, whole.id) in draft.laid and is_single
    return not is_bygone(draft, link) and (draft.records[link.record].deleted or not recurs(whole.type, whole.fields))


def _gave_way(draft: Draft, space: Space, link: Link) -> bool:
    """Tell whether what repeated gave way to the parts of a series that is none any more."""
    record = draft.records[link.record]
    gone = link.space == space.name and link.state is LinkState.GONE
    return gone and recurs(record.type, link.base) and not record.deleted and not recurs(record.type, record.fields)


def _is_wanted(draft: Draft, space: Space, record: Record, concerned: set[str]) -> bool:
    whole = whole_of(record.id)
    if record.type is not RecordType.EVENT or record.deleted or whole not in concerned:
        return False
    if (space.name, record.id) in draft.links:
        return False
    if record.id != whole:
        return (space.name, whole) in draft.laid
    return space.admits(record.type, record.fields) and not recurs(record.type, record.fields)


Pairs = list[tuple[Link, Record]]


def _on_the_same_day(draft: Draft, space: Space, free: Sequence[Link], wanted: Sequence[Record]) -> Pairs:
    waiting: dict[tuple[date, str], list[Record]] = defaultdict(list)
    for record in sorted(wanted, key=lambda one: _moment(space, one.fields["start"])):
        waiting[_moment(space, record.fields["start"]).date(), fold(record.fields.get("title"))].append(record)
    pairs = []
    for link in sorted(free, key=lambda one: _moment(space, one.base.get("start"))):
        titles = (link.base.get("title"), draft.records[link.record].fields.get("title"))
        day = _moment(space, link.base.get("start")).date()
        found = next((waiting[day, fold(title)] for title in titles if waiting.get((day, fold(title)))), None)
        if found:
            pairs.append((link, found.pop(0)))
    return pairs


def _nearby(space: Space, free: Sequence[Link], wanted: Sequence[Record]) -> Pairs:
    """Pair entries and occurrences of one series that are next to each other, the nearest first."""
    by_whole: dict[str, list[Record]] = defaultdict(list)
    for record in wanted:
        by_whole[whole_of(record.id)].append(record)
    near = [
        (abs(_moment(space, link.base.get("start")) - _moment(space, record.fields["start"])), link, record)
        for link in free
        for record in by_whole[whole_of(link.record)]
    ]
    pairs: Pairs = []
    used: set[str] = set()
    for apart, link, record in sorted(near, key=lambda one: (one[0], one[1].remote, one[2].id)):
        if apart <= NEAR and not {link.remote, record.id} & used:
            pairs.append((link, record))
            used |= {link.remote, record.id}
    return pairs


def _moment(space: Space, when: Value) -> datetime:
    """Return a day or an instant as a moment of the community's clock, to hold both against each other."""
    if isinstance(when, datetime):
        return when.astimezone(space.zone)
    day = when if isinstance(when, date) else date.max
    return datetime(day.year, day.month, day.day, tzinfo=space.zone)
