"""The incremental read: the index of recordings, the latest change first, down to where the last read was."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from connectors.basecamp.client import Status
from connectors.basecamp.cursor import Cursor, reach_of
from connectors.basecamp.items import INDEX_TYPE, Row, is_recurring, is_whole, moment
from connectors.basecamp.marks import STATUSES, mark_key
from connectors.basecamp.places import Place, parent_id
from connectors.basecamp.space import Space
from connectors.basecamp.together import together
from connectors.basecamp.tray import Tray
from connectors.contract import Missing, Observation
from connectors.http import HttpRefused
from domain.fields import RecordType

MOST_REFETCHED = 50
ROUTES = {RecordType.TASK: "todos", RecordType.EVENT: "schedule_entries"}


class NotEnough(Exception):  # noqa: N818 - no error: everything has to be read instead
    """The index does not tell enough this time."""


async def read_changes(space: Space, cursor: Cursor, tray: Tray) -> Observation | None:
    """Read what changed since the cursor; None when only a full read can tell.

    A list that was renamed, moved, put away or removed changes its to-dos without touching their `updated_at`, so
    then everything is read. A list that is new here (made, or back from the archive) is read as a whole.
    """
    try:
        return await _Changes(space, cursor, tray).read()
    except NotEnough:
        return None
    except HttpRefused as refused:
        if refused.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
            raise
        await space.container.reach()
        return None


@dataclass(slots=True)
class _Changes:
    space: Space
    cursor: Cursor
    tray: Tray
    gone: dict[str, None] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    refetched: int = 0
    places: dict[str, Place | Missing] = field(default_factory=dict)

    async def read(self) -> Observation:
        places = await self.space.lists.read_index()
        table = places.table()
        if self.space.lists.odd or any(table.get(identity) != path for identity, path in self.cursor.lists.items()):
            raise NotEnough
        walks = [self._walk(kind, status) for kind in self.space.kinds for status in STATUSES]
        marks = dict(await together(*walks))
        fresh = [place for place in places if place.id not in self.cursor.lists]
        odd = [await self._read_list(place) for place in fresh]
        unread = {place.id for place, why in zip(fresh, odd, strict=True) if why}
        lists = {identity: path for identity, path in table.items() if identity not in unread}
        kept = {key: mark for key, mark in marks.items() if mark}
        following = replace(self.cursor, lists=lists, marks=kept, told=self.told)
        return Observation(complete=False, cursor=following.text(), read=self.tray.count, gone=tuple(self.gone))

    async def _walk(self, kind: RecordType, status: Status) -> tuple[str, str]:
        """Read one listing down to its mark and return (name, new mark); the old mark stays after anything odd."""
        key = mark_key(kind, status)
        since, latest = self.cursor.since(key), ""
        listing = self.space.client.recordings(INDEX_TYPE[kind], self.cursor.scope.project, status=status)
        put_away: list[Row] = []
        async with aclosing(listing.pages()) as pages:
            async for page in pages:
                latest = latest or str(page[0].get("updated_at") or "") if page else latest
                fresh = [row for row in page if _is_since(row, since)]
                await self._take(kind, status, fresh)
                put_away += fresh if status != "active" else []
                if len(fresh) < len(page):
                    break
        before = self.cursor.marks.get(key, "")
        mark = before if listing.odd else latest or before
        self.told.update(_met_again(put_away, mark))
        return key, mark

    async def _take(self, kind: RecordType, status: Status, rows: list[Row]) -> None:
        if status != "active":
            told = self.cursor.told
            fresh = [row for row in rows if told.get(str(row["id"])) != str(row.get("updated_at"))]
            self.gone.update(dict.fromkeys(str(row["id"]) for row in fresh))
            return
        for row in rows:
            whole = row if is_whole(kind, row) else await self._whole(kind, row)
            await (self._take_todo(whole) if kind is RecordType.TASK else self._take_entry(whole))

    async def _whole(self, kind: RecordType, row: Row) -> Row:
        """Read a row anew that the index gave in part; what cannot be read stays as it is."""
        if is_recurring(row):
            return row
        self.refetched += 1
        if self.refetched > MOST_REFETCHED:
            raise NotEnough
        status, found = await self.space.client.read(ROUTES[kind], str(row["id"]))
        return found if status == HTTPStatus.OK else row

    async def _take_todo(self, row: Row) -> None:
        place = await self._place(row) if is_whole(RecordType.TASK, row) else Missing.NO_ACCESS
        if isinstance(place, Place):
            self.tray.hand([self.space.lens.remote(RecordType.TASK, row, place)])
        else:
            self.gone[str(row["id"])] = None

    async def _take_entry(self, row: Row) -> None:
        foreign = parent_id(row) not in (None, self.cursor.scope.schedule)
        if foreign or not is_whole(RecordType.EVENT, row):
            self.gone[str(row["id"])] = None
        else:
            self.tray.hand([self.space.lens.remote(RecordType.EVENT, row)])

    async def _place(self, row: Row) -> Place | Missing:
        """Return where a to-do lies; a list that is not ours is asked about once."""
        key = parent_id(row) or ""
        if key not in self.places:
            self.places[key] = await self.space.lists.locate(row)
        return self.places[key]

    async def _read_list(self, place: Place) -> str:
        """Read a list that is new here; return what was odd, so that it is read again."""
        odd = ""
        for completed in (False, True):
            listing = self.space.client.todos(place.id, completed=completed)
            async for page in listing.pages():
                self.tray.hand(self.space.lens.remote(RecordType.TASK, row, place) for row in page)
            odd = odd or listing.odd
        return odd


def _met_again(rows: list[Row], mark: str) -> dict[str, str]:
    """Return those rows that a read from this mark on meets again: id -> `updated_at`."""
    since = reach_of(mark)
    return {str(row["id"]): str(row.get("updated_at")) for row in rows if _is_since(row, since)}


def _is_since(row: Row, since: datetime | None) -> bool:
    changed = moment(row, "updated_at")
    return since is None or changed is None or changed >= since
