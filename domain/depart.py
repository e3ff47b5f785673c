"""Remotes that are no longer there: what a deletion, confirmed and under the caps, does to the record."""

from __future__ import annotations

from dataclasses import replace

from domain.deliver import view_in, wants
from domain.doubt import doubt
from domain.draft import Draft
from domain.fields import RecordType
from domain.guards import split_deletions
from domain.parts import occurrence_of, whole_of
from domain.plan import Absence, Absent, Delta, Link, LinkState
from domain.records import Record, Writer
from domain.recurrence.overrides import PERIOD
from domain.recurrence.series import series_from_fields
from domain.survive import DELETED, survive

_AGAIN = "It is shown there again when its date changes."


def take_out(draft: Draft, edited: set[str]) -> None:
    """Let go of remotes that left the scope, and follow deletions by the community's policy.

    `edited` are the records that changed elsewhere in the same run: the edit survives the deletion.
    """
    for absent in draft.situation.absent:
        link = draft.by_remote.get((absent.space, absent.remote))
        if link is None:
            continue
        if link.state is LinkState.LIVE:
            _let_go(draft, absent, link)
        elif link.state is LinkState.WITHDRAW:
            draft.put_link(replace(link, state=LinkState.GONE))
    passed, held = split_deletions(draft)
    draft.held += held
    draft.reread.update(one.space for one in held)
    gone = {(one.space, one.remote) for one in draft.situation.absent if one.absence is Absence.DELETED}
    draft.missing |= gone - {(one.space, one.remote) for one in passed}
    for absent in passed:
        link = draft.by_remote[absent.space, absent.remote]
        _follow(draft, link, survives=link.record in edited or _is_behind(draft, link))


def _let_go(draft: Draft, absent: Absent, link: Link) -> None:
    """Leave a record alone whose remote only left the scope, or was a mere sign of it."""
    if absent.absence is Absence.OUT_OF_SCOPE:
        draft.put_link(replace(link, state=LinkState.OUT))
        draft.notes.append(f"“{draft.title(link.record)}” left what is mirrored in {link.space}; it stays elsewhere.")
    elif draft.is_sign(link):
        draft.put_link(replace(link, state=LinkState.GONE))
        draft.notes.append(f"“{draft.title(link.record)}” was removed from {link.space}; {_what_stays(draft, link)}")


def _what_stays(draft: Draft, link: Link) -> str:
    record = draft.records[link.record]
    if not draft.is_shadow(link.space, record.type):
        return "the series goes on."
    what = "gathering" if record.type is RecordType.EVENT else "task"
    return f"the {what} itself stays. {_AGAIN}"


def _is_behind(draft: Draft, link: Link) -> bool:
    """Tell whether the hub held an edit before this run which this space has not received."""
    record = draft.situation.records.get(link.record) or draft.records[link.record]
    space = draft.spaces[link.space]
    wanted = view_in(draft, record, space, link.base)
    own = _own_fields(draft, record)
    return any(wants(record.type, link, name, value) for name, value in wanted.items() if own is None or name in own)


def _own_fields(draft: Draft, record: Record) -> set[str] | None:
    """Return what was edited in this very occurrence: an edit of the series is none of it. None for a whole record."""
    which, whole = occurrence_of(record.id), draft.records[whole_of(record.id)]
    series = series_from_fields(whole.fields) if which else None
    if series is None:
        return None if which is None else set()
    own = series.overrides.get(str(which), {})
    return {*own, *(("start", "end") if PERIOD in own else ())}


def _follow(draft: Draft, link: Link, *, survives: bool) -> None:
    record = draft.records[link.record]
    if record.deleted:
        draft.put_link(replace(link, state=LinkState.GONE))
    elif survives:
        _revive(draft, record, link)
    else:
        _delete(draft, record, link)


def _revive(draft: Draft, record: Record, link: Link) -> None:
    """Keep an item that was edited in one place and deleted in another; it is made anew where it was deleted."""
    draft.forget(link)
    draft.touched.add(record.id)
    survive(draft, record, [link])


def _delete(draft: Draft, record: Record, link: Link) -> None:
    draft.put_link(replace(link, state=LinkState.GONE))
    policy = draft.situation.policy.delete
    if policy == "trash":
        draft.put_record(replace(record, deleted=True))
        draft.deltas.append(Delta(record.id, DELETED, None, "true", link.space, cause="deletion followed"))
    elif policy == "complete" and record.type is RecordType.TASK:
        writers = {**record.writers, "state": Writer(link.space, draft.situation.now)}
        completed = replace(record, fields={**record.fields, "state": "done"}, writers=writers)
        draft.put_record(completed)
        doubt(draft, record, completed)
        cause = "completed, because it was deleted there"
        draft.deltas.append(Delta(record.id, "state", record.fields.get("state"), "done", link.space, cause=cause))
    else:
        draft.notes.append(f"“{draft.title(record.id)}” was deleted in {link.space}; it is kept everywhere else.")
