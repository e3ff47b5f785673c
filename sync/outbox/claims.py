"""Many claims at once, from a table that moderators fill in; each row stands for itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.linkedin.permalink import parse
from domain.errors import ConfigProblem, Stale
from domain.outbox.item import Item
from domain.outbox.states import WAITING, State
from store.store import Store
from sync.outbox import desk, sheets
from sync.outbox.place import Place

COLUMNS = ("outbox_id", "title", "post_by", "post_url", "moderator_email")
NEEDED = ("outbox_id", "post_url")


@dataclass(frozen=True, slots=True)
class Claimed:
    """What became of one row: the item, or what is wrong."""

    row: int
    outbox_id: str
    item: Item | None = None
    problem: ConfigProblem | Stale | None = None


def sheet(store: Store, places: Sequence[Place], by: str, now: datetime) -> bytes:
    """Return the table of what waits, for links to be filled in; what is in it counts as handed out."""
    lines: list[list[str]] = []
    for place in places:
        ready = desk.items(store, place, WAITING - {State.DRAFT})
        lines += [_line(place, item) for item in desk.hand_out(store, ready, by, now)]
    return sheets.write(COLUMNS, lines)


def _line(place: Place, item: Item) -> list[str]:
    return [item.id, item.title, f"{item.expires_at.astimezone(place.zone):%Y-%m-%d}", "", ""]


def claim_rows(
    store: Store, places: Sequence[Place], content: bytes, name: str, by: str, now: datetime
) -> Iterator[Claimed]:
    """Claim what a table says, row by row; rows without a link are passed over, and the same table twice is as once.

    Raises:
        ConfigProblem: it is no such table.
    """
    known = {item.id: (place, item) for place in places for item in desk.items(store, place)}
    for row in sheets.rows(content, name, NEEDED):
        link, which = row.get("post_url"), row.get("outbox_id")
        if not link:
            continue
        try:
            place, item = known[which] if which in known else desk.item_of(store, [], which)
            if item.post is None or item.post != parse(link).urn:
                item = desk.claim(store, place, item, link, row.get("moderator_email") or by, now)
                known[which] = place, item
        except (ConfigProblem, Stale) as problem:
            yield Claimed(row.number, which, problem=problem)
        else:
            yield Claimed(row.number, which, item)
