"""Carrying out writes. Each begins with a read, and is refused by the server itself when the object moved since.

The read is what a change is made in, and it protects where a server does not heed conditions (SOGo and Zimbra
overwrite whatever is there). After a write the object is read again: servers write it down anew in their own way.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from http import HTTPStatus

import httpx

from connectors.caldav.bodies import changed, new_object
from connectors.caldav.client import etag_of
from connectors.caldav.fields import attendees_of
from connectors.caldav.marks import name_of, uid_of
from connectors.caldav.reading import resolved
from connectors.caldav.refusals import read_refusal, write_refusal
from connectors.caldav.resource import Resource, entry_of, is_mirrored, remote_of
from connectors.caldav.space import Space
from connectors.contract import Remote, Write
from connectors.http import HttpRefused
from domain.errors import SetAside, Stale, Uncertain
from domain.fields import FIELDS, RecordType, same
from domain.plan import Verb
from domain.values import Fields

_DONE = range(200, 300)


async def write(space: Space, order: Write) -> Remote | None:
    """Carry out one write and return the object as the server then holds it; None after a delete.

    Raises:
        Stale: it moved since it was read; nothing was written.
        Uncertain: it may have been created, and the answer was lost; or something is there already.
        SetAside: the server refuses it, or would write to the people invited.
        Paused: the collection cannot be used any more.
    """
    try:
        if order.remote is None:
            return await _create(space, order)
        if order.verb is Verb.DELETE:
            await _delete(space, order, order.remote)
            return None
        return await _change(space, order, order.remote)
    except HttpRefused as refused:
        raise read_refusal(space.options.wanted, refused) from refused


def _title(order: Write) -> str:
    return str(order.view.get("title") or order.base.get("title") or order.mark)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


async def _create(space: Space, order: Write) -> Remote:
    uid = uid_of(order.type, order.mark, order.key, on_calendar=space.lens.on_calendar)
    parent = await _parent_uid(space, order)
    text = new_object(space.lens, order.type, uid, order.view, _now(), parent)
    path = await space.member(name_of(uid))
    if await space.client.get(path) is not None:
        raise Uncertain(f"“{_title(order)}” is in “{space.options.wanted}” already.")
    answer = await space.client.put(path, text, None)
    if answer.status_code in _DONE:
        return await _stored(space, name_of(uid), text, answer)
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        # An earlier attempt of this very request may have been stored before its answer was lost.
        raise Uncertain(f"“{_title(order)}” is in “{space.options.wanted}” already.")
    raise write_refusal(space.options.wanted, _title(order), answer, creates=True)


async def _change(space: Space, order: Write, name: str) -> Remote:
    resource = await _unchanged(space, order, name)
    await _stay_quiet(space, order, resource)
    parent = await _parent_uid(space, order)
    try:
        text = changed(space.lens, order.type, resource.text, order.fields, order.view, _now(), parent)
    except ValueError as odd:
        raise SetAside(
            f"{name} cannot be changed, because it cannot be understood: {odd}.",
            mend="Open it in a calendar program and save it again.",
        ) from odd
    if text == resource.text:
        return remote_of(await resolved(space, resource), space.component)
    answer = await space.client.put(await space.member(name), text, resource.etag)
    if answer.status_code in _DONE:
        return await _stored(space, name, text, answer)
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        return await _after_all(space, order, name)
    raise write_refusal(space.options.wanted, _title(order), answer, creates=False)


async def _after_all(space: Space, order: Write, name: str) -> Remote:
    """Return an object that moved, if it shows what was to be written: an attempt was lost, and was carried out."""
    present = await _read(space, name)
    remote = None if present is None else remote_of(await resolved(space, present), space.component)
    if remote is None or not _shows(space, remote, order.fields):
        raise Stale(f"“{_title(order)}” changed in “{space.options.wanted}” in the meantime.")
    return remote


async def _delete(space: Space, order: Write, name: str) -> None:
    resource = await _unchanged(space, order, name, gone_is_fine=True)
    if resource.text:
        await _stay_quiet(space, order, resource)
        answer = await space.client.delete(await space.member(name), resource.etag)
        if answer.status_code not in {*_DONE, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            raise write_refusal(space.options.wanted, _title(order), answer, creates=False)


async def _read(space: Space, name: str) -> Resource | None:
    answer = await space.client.get(await space.member(name))
    return None if answer is None else Resource.of(name, *answer)


async def _unchanged(space: Space, order: Write, name: str, *, gone_is_fine: bool = False) -> Resource:
    """Read an object before it is written, and refuse if a person changed it since it was read.

    An object that is to be deleted and is gone already is returned without its text.
    """
    resource = await _read(space, name)
    if resource is None:
        if gone_is_fine:
            return Resource.of(name, "", "")
        raise Stale(f"“{_title(order)}” is no longer in “{space.options.wanted}”.")
    if not is_mirrored(resource.nature, space.component):
        why = resource.nature.refusal or "it is private"
        raise Stale(f"“{_title(order)}” has become something that is not mirrored: {why}.")
    if order.version:
        has_moved = resource.etag != order.version
    else:
        known = {name: order.base[name] for name in order.fields.keys() & order.base.keys()} or order.base
        has_moved = not _shows(space, remote_of(await resolved(space, resource), space.component), known)
    if has_moved:
        raise Stale(f"“{_title(order)}” changed in “{space.options.wanted}” in the meantime.")
    return resource


def _shows(space: Space, remote: Remote, fields: Fields) -> bool:
    try:
        view = space.lens.view(remote)
    except SetAside:
        return False
    table = FIELDS[remote.type]
    return all(same(table[name], view.get(name), value) for name, value in fields.items() if name in view)


async def _stored(space: Space, name: str, sent: str, answer: httpx.Response) -> Remote:
    """Return what the server made of what was sent.

    Where somebody else was faster than this read, what was sent is returned under the etag that it got, so that the
    next read takes their edit in.
    """
    etag = etag_of(answer.headers.get("etag"))
    present = await _read(space, name)
    if present is None or (etag and present.etag != etag):
        present = Resource.of(name, etag, sent)
    return remote_of(await resolved(space, present), space.component)


async def _parent_uid(space: Space, order: Write) -> str:
    """Return the UID of a task's parent, which is named by its remote id; empty if it has none."""
    parent = order.view.get("parent")
    if order.type is not RecordType.TASK or space.lens.on_calendar or not isinstance(parent, str):
        return ""
    if parent not in space.uids:
        found = await _read(space, parent)
        uid = found.nature.uid if found else ""
        if not uid:
            raise Stale(f"The task above “{_title(order)}” is no longer in “{space.options.wanted}”.")
        space.uids[parent] = uid
    return space.uids[parent]


async def _stay_quiet(space: Space, order: Write, resource: Resource) -> None:
    """Refuse what makes a server write to people: many do so at every change of an event with attendees."""
    invited = _invited(resource.text)
    if not invited or space.options.mail_attendees or not await space.client.schedules(await space.path()):
        return
    people = "1 person is" if len(invited) == 1 else f"{len(invited)} people are"
    raise SetAside(
        f"{people} invited to “{_title(order)}”, and this server writes to them at every change.",
        mend="Make this change in a calendar program by hand, or set mail_attendees = true for this space in "
        "copsync.toml.",
    )


def _invited(text: str) -> Collection[str]:
    try:
        entry = entry_of(text)
        return frozenset[str]().union(*map(attendees_of, (entry.main, *entry.edited)))
    except ValueError:
        return ()
