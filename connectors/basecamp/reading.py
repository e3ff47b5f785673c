"""Reading a space: what changed since a cursor, or everything."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from connectors.basecamp.changes import read_changes
from connectors.basecamp.container import Scope
from connectors.basecamp.cursor import Cursor, cursor_from
from connectors.basecamp.items import INDEX_TYPE
from connectors.basecamp.listing import Listing
from connectors.basecamp.marks import STATUSES, mark_key
from connectors.basecamp.places import Place
from connectors.basecamp.space import Space
from connectors.basecamp.together import together
from connectors.basecamp.tray import Tray
from connectors.contract import Observation, Sink
from connectors.http import HttpRefused
from domain.fields import RecordType

VANISHED = "a list or tool went away while it was read"


async def observe(space: Space, cursor: str | None, sink: Sink) -> Observation:
    """Read what changed since the cursor, or everything.

    Raises:
        Paused: the project cannot be used.
    """
    scope = await space.container.reach()
    known, tray = cursor_from(cursor, scope), Tray(sink)
    changes = await read_changes(space, known, tray) if known else None
    return changes or await read_everything(space, scope, tray)


async def read_everything(space: Space, scope: Scope, tray: Tray) -> Observation:
    """Read every to-do and entry through the lists they lie in.

    Neither moves between lists nor lists of other to-do sets can deceive this read. It is complete unless anything
    was odd on the way, and then the next one reads everything again.
    """
    marks = await _marks(space, scope)
    places = await space.lists.read()
    reads = [_read_list(space, place, tray) for place in places]
    reads.append(_read_loose(space, scope, places.by_id[scope.todoset], tray))
    if scope.schedule is not None:
        reads.append(_read_entries(space, scope.schedule, tray))
    odd = [space.lists.odd, *await together(*reads)]
    complete = not any(odd)
    cursor = Cursor(scope, places.table(), marks).text() if complete else None
    return Observation(complete=complete, cursor=cursor, read=tray.count)


async def _marks(space: Space, scope: Scope) -> Mapping[str, str]:
    """Return from where on the index will tell of changes: noted before the read, so that none falls in between.

    Where Basecamp refuses the index there are no marks, and every run reads everything.
    """
    marks: dict[str, str] = {}
    for kind in space.kinds:
        try:
            latest = await space.client.recordings(INDEX_TYPE[kind], scope.project).first()
        except HttpRefused:
            continue
        if latest is not None and latest.get("updated_at"):
            marks.update({mark_key(kind, status): str(latest["updated_at"]) for status in STATUSES})
    return marks


async def _read_list(space: Space, place: Place, tray: Tray) -> str:
    """Read a list's open and completed to-dos; return what was odd."""
    odd = [
        await _read_todos(space, space.client.todos(place.id, completed=completed), place, tray)
        for completed in (False, True)
    ]
    return odd[0] or odd[1]


async def _read_loose(space: Space, scope: Scope, place: Place, tray: Tray) -> str:
    """Read the to-dos that lie in no list, if there are any."""
    status, todoset = await space.client.read("todosets", scope.todoset)
    if status != HTTPStatus.OK:
        await space.container.reach()
        return VANISHED
    if not todoset.get("todos_count") and not todoset.get("completed_loose_todos_count"):
        return ""
    odd = [
        await _read_todos(
            space, space.client.loose_todos(scope.project, scope.todoset, completed=completed), place, tray
        )
        for completed in (False, True)
    ]
    return odd[0] or odd[1]


async def _read_todos(space: Space, listing: Listing, place: Place, tray: Tray) -> str:
    try:
        async for page in listing.pages():
            tray.hand(space.lens.remote(RecordType.TASK, row, place) for row in page)
    except HttpRefused as refused:
        return await _gone(space, refused)
    return listing.odd


async def _read_entries(space: Space, schedule: str, tray: Tray) -> str:
    listing = space.client.entries(schedule)
    try:
        async for page in listing.pages():
            tray.hand(space.lens.remote(RecordType.EVENT, row) for row in page)
    except HttpRefused as refused:
        return await _gone(space, refused)
    return listing.odd


async def _gone(space: Space, refused: HttpRefused) -> str:
    """Return that a list vanished, unless the whole project did.

    Raises:
        Paused: the project cannot be read any more.
        HttpRefused: it was refused for another reason.
    """
    if refused.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
        raise refused
    await space.container.reach()
    return VANISHED
