"""Writing: read, merge, replace, and whatever else one change takes. Nobody is ever notified."""

from __future__ import annotations

from http import HTTPStatus

from connectors.basecamp.bodies import (
    Body,
    changed_entry,
    changed_todo,
    new_entry,
    new_todo,
    present_entry,
    present_todo,
)
from connectors.basecamp.items import Raw, Row, is_recurring
from connectors.basecamp.lens import raw_of
from connectors.basecamp.looking import fetch
from connectors.basecamp.places import Place
from connectors.basecamp.refusals import write_refusal
from connectors.basecamp.space import Space
from connectors.contract import Remote, Write
from connectors.http import HttpRefused
from domain.errors import CopsyncError, SetAside, Stale, Uncertain
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields


async def write(space: Space, write: Write) -> Remote | None:
    """Carry out a write and return what Basecamp then holds; None after it went into the trash.

    Raises:
        Stale: it is no longer there.
        SetAside: Basecamp refuses it.
        Uncertain: it may or may not have been made.
        Paused: the project cannot be used any more.
    """
    try:
        return await _carry_out(space, write)
    except HttpRefused as refused:
        title = str(write.view.get("title") or write.base.get("title") or write.remote or "")
        raise await write_refusal(space.container, refused, title) from refused


async def _carry_out(space: Space, write: Write) -> Remote | None:
    if write.verb is Verb.DELETE:
        await _delete(space, str(write.remote))
        return None
    if write.verb is Verb.RESTORE:
        return await _bring_back(space, write.type, str(write.remote))
    if write.remote is None:
        created = _create_todo if write.type is RecordType.TASK else _create_entry
        return await created(space, write.view)
    current = write.current or await fetch(space, write.type, write.remote)
    if not isinstance(current, Remote):
        raise Stale(f"The item {write.remote} in Basecamp is {current}.")
    changed = _change_todo if write.type is RecordType.TASK else _change_entry
    return await changed(space, raw_of(current), write)


async def _delete(space: Space, remote: str) -> None:
    """Put it into the trash. What is not there any more needs no deletion, if the project can be read."""
    try:
        await space.client.trash(remote)
    except HttpRefused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        await space.container.reach()


async def _bring_back(space: Space, kind: RecordType, remote: str) -> Remote | None:
    """Take it out of the trash, comments and all; None when the trash, emptied after 30 days, no longer has it."""
    try:
        await space.client.bring_back(remote)
    except HttpRefused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        await space.container.reach()
        return None
    found = await fetch(space, kind, remote)
    return found if isinstance(found, Remote) else None


async def _create_todo(space: Space, view: Fields) -> Remote:
    body = new_todo(view)
    row, place = await _post_todo(space, space.lens.path_for(view), body)
    if view.get("state") == "done":
        try:
            await space.client.complete(str(row["id"]), done=True)
            row = await _reread(space, row)
        except CopsyncError as failed:
            # It exists: anything but "look it up" would make it again.
            raise Uncertain(f"“{row.get('title')}” was made, but not ticked off: {failed.message}") from failed
    return space.lens.remote(RecordType.TASK, row, place)


async def _post_todo(space: Space, path: str, body: Body) -> tuple[Row, Place]:
    """Create a to-do in the list of that name; once more if the list turned out to be gone."""
    place = await space.lists.ensure(path)
    try:
        return await space.client.create(body, "todolists", place.id, "todos"), place
    except HttpRefused as refused:
        if refused.status != HTTPStatus.NOT_FOUND:
            raise
        await space.container.reach()
        space.lists.forget()
    place = await space.lists.ensure(path)
    return await space.client.create(body, "todolists", place.id, "todos"), place


async def _change_todo(space: Space, raw: Raw, write: Write) -> Remote:
    """Change a to-do: what can be refused goes first, and only what differs is sent."""
    row = raw.row
    identity, place = str(row["id"]), await _destination(space, raw, write)
    body = changed_todo(row, write.fields)
    if body != present_todo(row):
        row = await space.client.replace(body, "todos", identity)
    done = write.fields.get("state", "done" if row["completed"] else "open") == "done"
    moves, ticks = place is not None, done != bool(row["completed"])
    if place is not None:
        await space.client.move(identity, place.id)
    if ticks:
        await space.client.complete(identity, done=done)
    if moves or ticks:
        row = await _reread(space, row)
    return await _as_remote(space, row, place or raw.place)


async def _destination(space: Space, raw: Raw, write: Write) -> Place | None:
    """Return where a to-do must move, or None when it stays where it is."""
    if raw.place is None or not {"kind", "list"} & write.fields.keys():
        return None
    kind, where = space.lens.shown_place(raw.place)
    wanted = {"kind": write.fields.get("kind", kind), "list": write.fields.get("list", write.view.get("list"))}
    settled = space.lens.settle(RecordType.TASK, wanted)
    if (settled["kind"], settled.get("list")) == (kind, where):
        return None
    return await space.lists.ensure(space.lens.path_for(settled))


async def _as_remote(space: Space, row: Row, expected: Place | None) -> Remote:
    """Return the to-do where it lies now; if that is out of scope meanwhile, the next read finds out."""
    place = await space.lists.locate(row)
    return space.lens.remote(RecordType.TASK, row, place if isinstance(place, Place) else expected)


async def _reread(space: Space, row: Row) -> Row:
    """Read a to-do after a change whose answer is empty, so that its version is that of the next listing."""
    status, found = await space.client.read("todos", str(row["id"]))
    if status != HTTPStatus.OK:
        raise Uncertain(f"“{row.get('title')}” could not be read after it was changed ({status}).")
    return found


async def _create_entry(space: Space, view: Fields) -> Remote:
    body, scope = new_entry(view), await space.container.scope()
    if scope.schedule is None:
        raise SetAside("This space mirrors no events.", mend="Take `events = false` out of the space's settings.")
    return space.lens.remote(RecordType.EVENT, await space.client.create(body, "schedules", scope.schedule, "entries"))


async def _change_entry(space: Space, raw: Raw, write: Write) -> Remote:
    row = raw.row
    if is_recurring(row):
        raise SetAside(
            f"“{row.get('title')}” repeats in Basecamp, and Basecamp does not let programs change repeating entries.",
            mend="Change it in Basecamp by hand.",
        )
    body = changed_entry(row, write.fields, write.view)
    if body != present_entry(row):
        row = await space.client.replace(body, "schedule_entries", str(row["id"]))
    return space.lens.remote(RecordType.EVENT, row)
