"""What is seen of an item that was deleted, restored or is to be taken away: it stands or goes by what people did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from domain.changes import HUB, Change
from domain.draft import Draft
from domain.fields import FIELDS, same
from domain.lens import project
from domain.plan import Conflict, Link, LinkState, Seen
from domain.records import Record

DELETED = "deleted"


def standing(draft: Draft, seen: Seen, link: Link) -> Link:
    """Return the link of a remote that is there now, with what follows from that for its record.

    A remote that was gone was restored, or came back into scope. One that was edited after its record was deleted
    keeps the record alive. One that is to be taken away stays if somebody edited it.
    """
    record = draft.records[link.record]
    if link.state is LinkState.WITHDRAW:
        return _edited_meanwhile(draft, link) if _is_edited(draft, seen, link) else link
    if record.deleted and link.state is LinkState.GONE:
        _revive(draft, record, link)
    elif record.deleted and link.state is LinkState.LIVE and _is_edited(draft, seen, link):
        survive(draft, record, _revive(draft, record, link))
    return link if link.state is LinkState.LIVE else replace(link, state=LinkState.LIVE)


def _is_edited(draft: Draft, seen: Seen, link: Link) -> bool:
    """Tell whether the remote shows what neither side had agreed on."""
    if draft.is_orphaned(seen, link):
        return True
    record, space = draft.records[link.record], draft.spaces[link.space]
    wanted = project(record.type, record.fields, space, link.base)
    return any(
        name in link.base
        and not FIELDS[record.type][name].derived
        and not same(FIELDS[record.type][name], value, link.base[name])
        and not same(FIELDS[record.type][name], value, wanted.get(name, link.base[name]))
        for name, value in seen.view.items()
    )


def _edited_meanwhile(draft: Draft, link: Link) -> Link:
    draft.notes.append(f"“{draft.title(link.record)}” was changed in {link.space} since then; it stays there.")
    return replace(link, state=LinkState.LIVE)


def _revive(draft: Draft, record: Record, link: Link) -> list[Link]:
    """Bring a record back to life, to be made anew wherever else it was deleted; return those links."""
    draft.put_record(replace(record, deleted=False))
    back = {(seen.space, seen.remote) for seen in draft.situation.seen}
    gone = [one for one in draft.links_of(record.id) if one.state is LinkState.GONE and one.space != link.space]
    others = [one for one in gone if (one.space, one.remote) not in back]
    for other in others:
        draft.forget(other)
    return others


def survive(draft: Draft, record: Record, deleted_in: Iterable[Link]) -> None:
    """Note that an item goes on which was edited in one place and deleted in others."""
    lost = tuple(Change(link.space, None, DELETED, draft.situation.now) for link in deleted_in)
    kept = Change(HUB, None, "kept, because it was edited elsewhere", draft.situation.now)
    draft.conflicts.append(Conflict(record.id, record.type, DELETED, kept, lost, title=draft.title(record.id)))
