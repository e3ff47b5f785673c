"""Remotes without a link: matched with a record that is not yet in that space, asked about, or made a new record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.absorb import NO_LINK_YET, Sighting, absorb_record
from domain.draft import Draft, record_id
from domain.errors import SetAside
from domain.fields import RecordType, complete, recurs
from domain.gathering import gather_up
from domain.laying import lay_out, may_lay
from domain.match import pair
from domain.parts import whole_of
from domain.plan import Delta, Link, Question, Seen
from domain.records import Record, Writer, check

CREATED = "created"
"""Stands in history for a field: the record came into being."""
MATCHED = (RecordType.TASK, RecordType.EVENT, RecordType.DOCUMENT)


def take_in(draft: Draft) -> frozenset[tuple[str, str]]:
    """Give every arrival its record, space by space, so that a later space can match what an earlier one brought.

    Returns the (space, remote) pairs that are linked now.
    """
    arrivals = draft.arrivals()
    for series in (True, False):  # series first: what else arrives may be their occurrences
        for space, waiting in arrivals.items():
            for generation in _parents_first([seen for seen in waiting if recurs(seen.type, seen.view) is series]):
                _take_in_space(draft, space, [draft.resolved(seen) for seen in generation])
        gather_up(draft)  # what entries say that were there already is taken up before they are written down anew
        lay_out(draft)
    return frozenset((seen.space, seen.remote) for all_of in arrivals.values() for seen in all_of)


def _parents_first(waiting: Sequence[Seen]) -> Iterator[list[Seen]]:
    """Yield the arrivals in generations, so that a child always finds its parent's record."""
    rest = list(waiting)
    while rest:
        here = {seen.remote for seen in rest}
        ready = [seen for seen in rest if seen.view.get("parent") not in here] or rest
        yield ready
        taken = {seen.remote for seen in ready}
        rest = [seen for seen in rest if seen.remote not in taken]


def _take_in_space(draft: Draft, space: str, arrivals: Sequence[Seen]) -> None:
    unmarked = [seen for seen in arrivals if not _link_by_mark(draft, seen)]
    known = [seen for seen in unmarked if not draft.is_shadow(space, seen.type)]
    if known:
        _match(draft, space, known)


def _link_by_mark(draft: Draft, seen: Seen) -> bool:
    """Recognise a remote that copsync made itself but could not note down."""
    record = draft.records.get(seen.mark or "")
    if record is None or record.type is not seen.type or (seen.space, record.id) in draft.links:
        return False
    _adopt(draft, record, seen)
    return True


def _adopt(draft: Draft, record: Record, seen: Seen) -> None:
    link = Link(seen.space, record.id, seen.remote, NO_LINK_YET, {})
    absorb_record(draft, record, [Sighting(seen, link)])


def _match(draft: Draft, space: str, arrivals: Sequence[Seen]) -> None:
    candidates = [
        record
        for record in draft.records.values()
        if record.type in MATCHED
        and not record.deleted
        and (space, record.id) not in draft.links
        and _may_be_here(draft, record, space)
    ]
    outcome = pair(arrivals, candidates, draft.spaces[space].zone)
    for seen, record in outcome.pairs:
        _adopt(draft, draft.records[record.id], seen)
    for seen in outcome.new:
        _new_record(draft, seen)
    for unclear, records in outcome.unclear:
        _ask(draft, space, unclear, records)


def _may_be_here(draft: Draft, record: Record, space: str) -> bool:
    """Tell whether a space can show a record; a part only where the series is shown part by part."""
    whole = draft.records[whole_of(record.id)]
    return record is whole or (may_lay(whole, draft.spaces[space]) and (space, whole.id) not in draft.links)


def _ask(draft: Draft, space: str, unclear: Sequence[Seen], records: Sequence[Record]) -> None:
    ids = tuple(record.id for record in records)
    title = str(unclear[0].view.get("title") or "")
    draft.questions.append(Question(space, title, tuple(seen.remote for seen in unclear), ids))
    draft.asked.update((space, record) for record in ids)
    draft.reread.add(space)


def _new_record(draft: Draft, seen: Seen) -> None:
    identity = record_id(draft.situation.community, seen.type, seen.space, seen.remote)
    if identity in draft.records:
        identity = record_id(draft.situation.community, seen.type, seen.space, f"{seen.remote}\0{seen.version}")
    fields = complete(seen.type, seen.view)
    try:
        check(seen.type, fields)
    except SetAside as why:
        draft.hold_unfit(seen, identity, str(fields.get("title") or seen.remote), str(why))
        return
    draft.put_record(Record(identity, seen.type, fields, origin=Writer(seen.space, seen.at, seen.by)))
    draft.put_link(Link(seen.space, identity, seen.remote, draft.version_of(seen), seen.view))
    title = fields.get("title") or fields.get("name")
    draft.deltas.append(Delta(identity, CREATED, None, title, seen.space, seen.by, "new there"))
