"""Carrying out writes. Each is refused by Exchange itself when the event moved since it was read (If-Match)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.contract import Remote, Write
from connectors.http import HttpRefused
from connectors.microsoft365.appointment import Json, etag_of, is_online, remote_of
from connectors.microsoft365.bodies import changes, html_body, new_event, online_meeting
from connectors.microsoft365.refusals import (
    create_refusal,
    has_moved,
    is_not_there,
    would_mail,
    would_tell_followers,
    write_refusal,
)
from connectors.microsoft365.richtext import replace_text
from connectors.microsoft365.series_writing import SeriesWriter, concerns_series
from connectors.microsoft365.space import Space
from domain.errors import SetAside, Stale, Uncertain
from domain.fields import FIELDS, RecordType, same
from domain.plan import Verb

_DUPLICATE = "ErrorDuplicateTransactionId"
_EXISTING = "@event.existingEventId"


async def write(space: Space, order: Write) -> Remote | None:
    """Carry out one write and return the event as Outlook then holds it; None after a delete.

    Raises:
        Stale: it moved since it was read; nothing was written.
        Uncertain: it may have been created, and the answer was lost.
        SetAside: Outlook refuses it, or would write to the people invited.
        Paused: the mailbox or the group cannot be used any more, or Outlook would write to all members of the group.
    """
    _stay_quiet(space, order)
    try:
        if concerns_series(order):
            return await _series(space, order)
        if order.remote is None:
            return remote_of(await _create(space, order), order.type, order.mark)
        if order.verb is Verb.DELETE:
            await _delete(space, order, order.remote)
            return None
        return await _change(space, order, order.remote)
    except HttpRefused as refused:
        meaning = create_refusal if order.remote is None else write_refusal
        raise meaning(space.options, refused, _title(order)) from refused


async def _series(space: Space, order: Write) -> Remote | None:
    writer = SeriesWriter(space, order)
    if order.remote is None:
        return await writer.finish(await _create(space, order))
    if order.verb is Verb.DELETE:
        await writer.remove(order.remote)
        return None
    return await writer.change(order.remote)


def _title(order: Write) -> str:
    return str(order.view.get("title") or order.base.get("title") or order.mark)


def _stay_quiet(space: Space, order: Write) -> None:
    """Refuse what makes Outlook write to people who did not ask for it.

    It does so at every change of an event with attendees, and to everybody who was made to follow a group.
    """
    if space.group is not None and space.group.subscribes and not space.options.mail_attendees:
        raise would_tell_followers(space.name)
    invited = order.base.get("attendees")
    if not invited or not isinstance(invited, frozenset) or space.options.mail_attendees:
        return
    raise would_mail(len(invited), _title(order))


async def _create(space: Space, order: Write) -> Json:
    body = new_event(space.lens, order) | (online_meeting(order) if space.meetings else {})
    try:
        return await space.client.create(space.owner, await space.place(), body)
    except HttpRefused as refused:
        if refused.code != _DUPLICATE:
            raise
        return await _existing(space, order, refused)


async def _existing(space: Space, order: Write, refused: HttpRefused) -> Json:
    """Return what an earlier attempt of the same create made."""
    error = refused.body_json.get("error") if isinstance(refused.body_json, dict) else None
    known = error.get(_EXISTING) if isinstance(error, dict) else None
    if isinstance(known, str):
        try:
            return await space.client.event(space.owner, known)
        except HttpRefused as gone:
            if not is_not_there(gone):
                raise
    raise Uncertain(f"Outlook says that it made “{_title(order)}” before, but not which event that is.")


async def _delete(space: Space, order: Write, event: str) -> None:
    version = order.version or etag_of(await _unchanged(space, order, event))
    try:
        try:
            await space.client.remove(space.owner, event, version)
        except HttpRefused as refused:
            if not has_moved(refused):
                raise
            await space.client.remove(space.owner, event, etag_of(await _unchanged(space, order, event)))
    except HttpRefused as refused:
        if not is_not_there(refused):
            raise


async def _change(space: Space, order: Write, event: str) -> Remote:
    body = changes(space.lens, order.type, order.fields, order.view)
    version, before = order.version, None
    if not version or _has_notes(order):
        before = await _unchanged(space, order, event)
        version = etag_of(before)
    if before is not None and _has_notes(order):
        body |= html_body(replace_text(_html(before), str(order.fields["notes"] or "")))
    after = await _send(space, order, event, body, version)
    if before is not None and is_online(before) and not is_online(after):
        raise _meeting_lost(order)
    return remote_of(after, order.type, order.mark)


async def _send(space: Space, order: Write, event: str, body: Mapping[str, Any], version: str) -> Json:
    try:
        return await space.client.change(space.owner, event, body, version)
    except HttpRefused as refused:
        if not has_moved(refused):
            raise
        maybe_done = refused.maybe_done
    raw = await space.client.event(space.owner, event)
    if maybe_done and _shows(space, order, raw, order.fields):
        return raw  # an attempt was lost, and it is what moved the event
    return await space.client.change(space.owner, event, body, etag_of(_as_known(space, order, raw)))


async def _unchanged(space: Space, order: Write, event: str) -> Json:
    """Read an event before it is written, and refuse if a person changed what is about to be written."""
    return _as_known(space, order, await space.client.event(space.owner, event))


def _as_known(space: Space, order: Write, raw: Json) -> Json:
    """Return an event if it shows what is known of it: versions move with answers and reminders as well.

    Raises:
        Stale: a person changed it.
    """
    if order.version and etag_of(raw) == order.version:
        return raw
    view, table = space.lens.view(remote_of(raw, order.type)), FIELDS[order.type]
    names = order.base.keys() if order.version else order.fields.keys() & order.base.keys() or order.base.keys()
    for name in names & view.keys():
        known = [order.base[name]] if name in order.fields else [order.base[name], order.view.get(name)]
        if not any(same(table[name], view[name], value) for value in known):
            raise Stale(f"“{_title(order)}” changed in Outlook in the meantime.")
    return raw


def _shows(space: Space, order: Write, raw: Json, fields: Mapping[str, Any]) -> bool:
    view = space.lens.view(remote_of(raw, order.type))
    table = FIELDS[order.type]
    return all(same(table[name], view.get(name), value) for name, value in fields.items() if name in view)


def _has_notes(order: Write) -> bool:
    return order.type is RecordType.EVENT and "notes" in order.fields


def _html(raw: Json) -> str:
    return str((raw.get("body") or {}).get("content") or "")


def _meeting_lost(order: Write) -> SetAside:
    return SetAside(
        f"Outlook took the Teams meeting off “{_title(order)}” when its notes changed.",
        mend="Open the event in Outlook and switch the Teams meeting on again; the notes are in place.",
    )
