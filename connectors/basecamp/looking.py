"""Reading one remote directly, and looking for one whose creation was not confirmed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import aclosing
from datetime import date, datetime, timedelta
from http import HTTPStatus

from connectors.basecamp.changes import ROUTES
from connectors.basecamp.items import INDEX_TYPE, Row, is_recurring, is_whole, moment
from connectors.basecamp.places import Place, parent_id
from connectors.basecamp.repeating import as_a_whole
from connectors.basecamp.space import Space
from connectors.basecamp.texts import fold, line
from connectors.contract import Lost, Missing, Remote
from domain.errors import Retriable
from domain.fields import RecordType
from domain.values import Fields, Value

SLACK = timedelta(minutes=5)
_OCCURRENCE = re.compile(r"/occurrences/(\d{8})")

_KEYS = {RecordType.TASK: ("kind", "list", "due"), RecordType.EVENT: ("start",)}


async def fetch(space: Space, kind: RecordType, remote: str) -> Remote | Missing:
    """Read one remote and say what became of it where it cannot be shown.

    Basecamp answers 404 for what is deleted and for what we may not see. So only what a readable, active project
    does not know is gone, and for a client user, who sees a part of a project, not even that.

    Raises:
        Paused: the project cannot be used, so nothing can be said about one remote.
    """
    status, row = await space.client.read(ROUTES[kind], remote)
    asked = recurs_at(status, row)
    if asked is not None:
        status, row = await _read_repeating(space, remote, asked)
    if status == HTTPStatus.OK and row.get("status") == "active":
        return await _shown(space, kind, row)
    await space.container.reach()
    if status == HTTPStatus.OK:
        return Missing.GONE if row.get("status") == "trashed" else Missing.OUT_OF_SCOPE
    if status == HTTPStatus.NOT_FOUND and asked is None and not (await space.account.me()).get("client"):
        return Missing.GONE
    return Missing.NO_ACCESS


def recurs_at(status: int, headers: Row) -> date | None:
    """Return the date to which a read of a repeating entry is sent on ("Schedule entries: Get a schedule entry")."""
    found = _OCCURRENCE.search(str(headers.get("location"))) if status == HTTPStatus.FOUND else None
    try:
        return datetime.strptime(found.group(1), "%Y%m%d").date() if found else None  # noqa: DTZ007 - a calendar day
    except ValueError:
        return None


async def _read_repeating(space: Space, remote: str, asked: date) -> tuple[int, Row]:
    """Read a repeating entry through its first date. The address that Basecamp sends us to is that of a page."""
    status, row = await space.client.read("schedule_entries", remote, "occurrences", f"{asked:%Y%m%d}")
    if status != HTTPStatus.OK or not is_recurring(row):
        return status, row
    return status, {**as_a_whole(row, asked, space.lens.zone), "id": remote}


async def _shown(space: Space, kind: RecordType, row: Row) -> Remote | Missing:
    scope = await space.container.scope()
    if not _is_in(row, scope.project) or not is_whole(kind, row):
        return Missing.OUT_OF_SCOPE
    if kind is RecordType.EVENT:
        return space.lens.remote(kind, row) if parent_id(row) == scope.schedule else Missing.OUT_OF_SCOPE
    place = await space.lists.locate(row)
    return space.lens.remote(kind, row, place) if isinstance(place, Place) else place


def _is_in(row: Row, project: str) -> bool:
    bucket = row.get("bucket")
    return not isinstance(bucket, dict) or str(bucket.get("id")) == project


async def find(space: Space, lost: Lost) -> Sequence[Remote]:
    """Look for what a lost create may have made: by us, since then, under this title, on this day, in this place.

    There is no place in Basecamp for a mark, and its search lags; the index of recordings does not. The oldest
    comes first.
    """
    scope, me = await space.container.scope(), str((await space.account.me())["id"])
    since = lost.since + (space.account.http.clock_offset or timedelta(0)) - SLACK
    rows = [row for row in await _made_since(space, scope.project, lost.type, since) if _creator(row) == me]
    titled = [row for row in rows if _title(row) == _words(lost.view.get("title"))]
    found = [remote for row in titled if isinstance(remote := await _read(space, lost.type, row), Remote)]
    alike = [remote for remote in found if is_alike(lost.type, lost.view, space.lens.view(remote))]
    return sorted(alike, key=lambda remote: (len(remote.id), remote.id))


async def _made_since(space: Space, project: str, kind: RecordType, since: datetime) -> list[Row]:
    rows: list[Row] = []
    listing = space.client.recordings(INDEX_TYPE[kind], project, sort="created_at")
    async with aclosing(listing.pages()) as pages:
        async for page in pages:
            fresh = [row for row in page if (moment(row, "created_at") or since) >= since]
            rows += fresh
            if len(fresh) < len(page):
                return rows
    if listing.odd:
        raise Retriable(f"Looking for a lost item in Basecamp was not conclusive: {listing.odd}.")
    return rows


async def _read(space: Space, kind: RecordType, row: Row) -> Remote | Missing:
    if is_whole(kind, row):
        return await _shown(space, kind, row)
    return await fetch(space, kind, str(row["id"]))


def _creator(row: Row) -> str:
    creator = row.get("creator")
    return str(creator.get("id")) if isinstance(creator, dict) else ""


def _title(row: Row) -> list[str]:
    return _words(line(row.get("title")))


def _words(title: object) -> list[str]:
    return str(title or "").split()


def is_alike(kind: RecordType, wanted: Fields, shown: Fields) -> bool:
    """Tell whether an item is what was to be made: same day and same place, as far as these were asked for."""
    return all(_same(key, wanted[key], shown.get(key)) for key in _KEYS[kind] if key in wanted)


def _same(key: str, wanted: Value, shown: Value) -> bool:
    return fold(str(wanted or "")) == fold(str(shown or "")) if key == "list" else wanted == shown
