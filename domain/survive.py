"""What is seen of an item that was deleted, restored or is to be taken away: it stands or goes by what people did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from domain.capabilities import Hold
from domain.changes import HUB, Change
from domain.contact import is_news
from domain.draft import Draft
from domain.fields import FIELDS, same
from domain.lens import project
from domain.plan import Conflict, Link, LinkState, Seen
from domain.records import Record

DELETED = "deleted"


def standing(draft: Draft, seen: Seen, link: Link) -> Link:
    """Return the link of a remote that is there now, with what follows from that for its record.

    A remote that was gone was restored. One that was edited keeps its record alive that was deleted elsewhere, also if
    it had left the scope and came back. One that is to be taken away stays if somebody edited it.
    """
    record = draft.records[link.record]
    if link.state is LinkState.WITHDRAW:
        return _edited_meanwhile(draft, link) if _is_edited(draft, seen, link) else link
    if record.deleted and link.state is LinkState.GONE:
        _revive(draft, record, link)
    elif record.deleted and _is_edited(draft, seen, link):
        survive(draft, record, _revive(draft, record, link))
    return link if link.state is LinkState.LIVE else replace(link, state=LinkState.LIVE)


def _is_edited(draft: Draft, seen: Seen, link: Link) -> bool:
    """Tell whether the remote shows what neither side had agreed on, or what was never compared.

    What only flows in a tool also fills in by itself, in any item that is new there.
    """
    if draft.is_orphaned(seen, link):
        return True
    record, space = draft.records[link.record], draft.spaces[link.space]
    capabilities, table = space.type(record.type), FIELDS[record.type]
    fields = capabilities.fields if capabilities else {}
    expected = {**record.fields, **project(record.type, record.fields, space, link.base)}
    return any(
        fields[name].hold is not Hold.READ and is_news(table[name], fields[name], value, expected[name])
        if name not in link.base
        else not same(table[name], value, link.base[name]) and not same(table[name], value, expected[name])
        for name, value in seen.view.items()
        if name in fields and not table[name].derived
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
