"""Reading a collection: all of it, what changed, one object, or the outcome of a create whose answer was lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import islice

from connectors.caldav import dav
from connectors.caldav.client import etag_of, member_name, member_path, same_path
from connectors.caldav.collections import Collection, is_missing
from connectors.caldav.cursor import Cursor
from connectors.caldav.dav import Multistatus, Response
from connectors.caldav.marks import mark_of, name_of, prefix_of, uid_of
from connectors.caldav.resource import Resource, is_mirrored, remote_of, with_parent
from connectors.caldav.space import Space
from connectors.contract import Lost, Missing, Observation, Remote, Sink
from connectors.http import HttpRefused
from domain.errors import CopsyncError, Retriable

BATCH = 100
"""How many objects are asked for in one request."""

_UNREAD = ""
"""The version of an object that the server lists but does not give; no other one is equal to it."""

_ROUNDS = 1_000
_AT_ONCE = 4
_LOG = logging.getLogger(__name__)


async def observe(space: Space, cursor: str | None, sink: Sink) -> Observation:
    """Read what changed since a cursor, or everything where there is none or the server no longer knows it."""
    known = Cursor.of(cursor)
    space.is_at(known.path)
    if known.token:
        changes = await _changes(space, known.token)
        if changes is not None:
            return await _hand_over(space, changes, sink)
        _LOG.info("%s: the sync token is no longer accepted, so everything is read", space.options.wanted)
        space.is_at(None)
    present = await space.reach()
    if known.ctag and present.ctag == known.ctag:
        return Observation(complete=False, cursor=cursor, read=0)
    return await _everything(space, present, sink)


@dataclass(slots=True)
class Changes:
    """What changed: names to be read, names that are gone, and where to resume."""

    changed: dict[str, str] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    cursor: Cursor = field(default_factory=Cursor)


async def _changes(space: Space, token: str) -> Changes | None:
    """Ask what changed since a token; None where the server does not accept it.

    An answer that was cut (507 for the collection itself) is continued with the token it gave.
    """
    path, found = await space.path(), Changes()
    for _ in range(_ROUNDS):
        answer = await space.client.sync_collection(path, token)
        if answer is None or not answer.token:
            return None
        is_cut = _take(path, answer, found)
        if not is_cut or answer.token == token:
            found.cursor = Cursor(token=answer.token, path=path)
            return None if is_cut else found
        token = answer.token
    return None


def _take(path: str, answer: Multistatus, found: Changes) -> bool:
    """Take one answer into the changes; tell whether it was cut."""
    is_cut = False
    for one in answer.responses:
        if same_path(one.href, path):
            is_cut |= one.status == HTTPStatus.INSUFFICIENT_STORAGE
            continue
        name = member_name(path, one.href)
        if name is None or one.href.endswith("/"):
            continue
        if one.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            found.changed.pop(name, None)
            found.gone.add(name)
        else:
            found.gone.discard(name)
            found.changed[name] = etag_of(one.text(dav.ETAG))
    return is_cut


async def _hand_over(space: Space, changes: Changes, sink: Sink) -> Observation:
    reader = _Reader(space, sink)
    left = await reader.read(changes.changed)
    gone = (changes.gone | left) - reader.handed
    return Observation(
        complete=False, cursor=_resume(reader, changes.cursor), read=reader.read_count, gone=sorted(gone)
    )


async def _everything(space: Space, present: Collection, sink: Sink) -> Observation:
    """List every etag, whatever a sync token says, and read every object.

    The token is taken before the listing, so that what changes meanwhile is told by the next read.
    """
    token = await _first_token(space, present)
    listing = await _listing(space, present)
    reader = _Reader(space, sink)
    await reader.read(listing.etags)
    cursor = _resume(reader, Cursor(token, present.ctag, present.path))
    return Observation(complete=listing.is_whole, cursor=cursor, read=reader.read_count)


def _resume(reader: _Reader, cursor: Cursor) -> str | None:
    """Return where the next read resumes; an object that could not be read has to be tried again."""
    return cursor.text() if reader.is_whole else None


async def _first_token(space: Space, present: Collection) -> str | None:
    """Return a sync token; what the report lists with it is not used (it also names what was deleted long ago)."""
    if present.token:
        return present.token
    if not present.can_sync:
        return None
    answer = await space.client.sync_collection(present.path, "")
    return answer.token if answer else None


@dataclass(frozen=True, slots=True)
class Listing:
    """The etags of a collection's members by name, and whether the server listed all of them."""

    etags: Mapping[str, str]
    is_whole: bool


async def _listing(space: Space, present: Collection) -> Listing:
    place, found = await space.client.propfind(present.path, (dav.ETAG, dav.TYPE), depth=1)
    etags: dict[str, str] = {}
    is_whole = True
    for one in found.responses:
        is_whole &= one.status != HTTPStatus.INSUFFICIENT_STORAGE
        name = member_name(place, one.href)
        if name is None or one.href.endswith("/") or _is_folder(one) or one.status == HTTPStatus.NOT_FOUND:
            continue
        etags[name] = etag_of(one.text(dav.ETAG))
    return Listing(etags, is_whole)


async def all_objects(space: Space, present: Collection) -> AsyncIterator[Resource]:
    """Yield every object of a collection, mirrored or not."""
    listing = await _listing(space, present)
    async for resources in _in_batches(space, listing.etags):
        for one in resources:
            yield one


def _is_folder(one: Response) -> bool:
    found = one.props.get(dav.TYPE)
    return found is not None and len(found) > 0


class _Reader:
    """Reads objects in batches and hands over those that are mirrored, tasks once their parents are known."""

    def __init__(self, space: Space, sink: Sink) -> None:
        self._space = space
        self._sink = sink
        self._waiting: list[Resource] = []
        self.handed: set[str] = set()
        self.is_whole = True

    @property
    def read_count(self) -> int:
        """How many remotes were handed over."""
        return len(self.handed)

    async def read(self, etags: Mapping[str, str]) -> set[str]:
        """Read objects and hand them over; return the names of those that are not mirrored or no longer there."""
        async for resources in _in_batches(self._space, etags):
            for one in resources:
                self._learn(one)
                self.is_whole &= one.etag != _UNREAD
            self._hand_over([one for one in resources if not self._must_wait(one)])
        await self._settle_parents()
        return set(etags) - self.handed

    def _learn(self, resource: Resource) -> None:
        uid = resource.nature.uid
        if uid:
            self._space.uids[resource.name] = uid

    def _must_wait(self, resource: Resource) -> bool:
        nature = resource.nature
        waits = bool(nature.parent_uid) and is_mirrored(nature, self._space.component)
        if waits:
            self._waiting.append(resource)
        return waits

    async def _settle_parents(self) -> None:
        names = {uid: name for name, uid in self._space.uids.items()}
        waiting, self._waiting = self._waiting, []
        self._hand_over([await _with_parent(self._space, one, names) for one in waiting])

    def _hand_over(self, resources: Iterable[Resource]) -> None:
        component = self._space.component
        remotes = [remote_of(one, component) for one in resources if is_mirrored(one.nature, component)]
        self.handed.update(one.id for one in remotes)
        if remotes:
            self._sink(remotes)


async def _with_parent(space: Space, resource: Resource, names: dict[str, str]) -> Resource:
    """Return an object with the name of its parent; its UID stands for one that is not in the collection."""
    uid = resource.nature.parent_uid
    if space.lens.on_calendar or not uid:
        return resource
    if uid not in names:
        names[uid] = await _name_by_uid(space, uid)
    return with_parent(resource, names[uid])


async def _name_by_uid(space: Space, uid: str) -> str:
    found = await _by_uid(space, await space.path(), uid)
    name = next((one.name for one in found if one.nature.uid == uid), None)
    if name is None:
        return uid
    space.uids[name] = uid
    return name


async def _in_batches(space: Space, etags: Mapping[str, str]) -> AsyncIterator[list[Resource]]:
    """Yield objects, a few batches at a time so that memory stays flat."""
    names = iter(etags)
    while True:
        batches = [batch for _ in range(_AT_ONCE) if (batch := list(islice(names, BATCH)))]
        if not batches:
            return
        for resources in await asyncio.gather(*(_batch(space, batch, etags) for batch in batches)):
            yield resources


async def _batch(space: Space, names: Sequence[str], etags: Mapping[str, str]) -> list[Resource]:
    """Read some objects in one request, and those that are missing in its answer one by one."""
    path = await space.path()
    answer = await space.client.multiget(path, [member_path(path, name) for name in names])
    found: dict[str, Resource] = {}
    gone: set[str] = set()
    for one in answer.responses if answer else ():
        name = member_name(path, one.href)
        if name is not None:
            _sort_in(name, one, found, gone)
    rest = [name for name in names if name not in found and name not in gone]
    single = await asyncio.gather(*(_one(space, name, etags[name]) for name in rest))
    return [*found.values(), *(one for one in single if one is not None)]


def _sort_in(name: str, one: Response, found: dict[str, Resource], gone: set[str]) -> None:
    text = one.text(dav.DATA)
    if text:
        found[name] = Resource.of(name, etag_of(one.text(dav.ETAG)), text)
    elif one.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        gone.add(name)


async def _one(space: Space, name: str, etag: str) -> Resource | None:
    """Read one object that a batch did not bring; one that the server cannot give is handed over empty.

    Its view then says that it cannot be read, and the others of the collection go on.
    """
    try:
        answer = await space.client.get(await space.member(name))
    except (HttpRefused, Retriable) as trouble:
        await space.reach()  # raises where it is not about this object alone
        _LOG.warning("%s: %s cannot be read: %s", space.options.wanted, name, trouble.message)
        return Resource.of(name, _UNREAD, "")
    if answer is None:
        return None
    return Resource.of(name, answer[0] or etag, answer[1])


async def fetch(space: Space, name: str) -> Remote | Missing:
    """Read one object, and say what became of it where it is not shown.

    Raises:
        Paused: the collection cannot be used, so nothing can be said about one object.
        HttpRefused: likewise.
    """
    try:
        answer = await space.client.get(await space.member(name))
    except HttpRefused as refused:
        if is_missing(refused) or refused.status == HTTPStatus.FORBIDDEN:
            await space.reach()
            return Missing.NO_ACCESS
        raise
    if answer is None:
        await space.reach()
        return Missing.OUT_OF_SCOPE if await _is_elsewhere(space, name) else Missing.GONE
    resource = Resource.of(name, *answer)
    nature = resource.nature
    if not is_mirrored(nature, space.component):
        return Missing.OUT_OF_SCOPE
    return remote_of(await resolved(space, resource), space.component)


async def resolved(space: Space, resource: Resource) -> Resource:
    """Return an object that was read by itself with its parent known."""
    nature = resource.nature
    if nature.uid:
        space.uids[resource.name] = nature.uid
    return await _with_parent(space, resource, {uid: name for name, uid in space.uids.items()})


async def _is_elsewhere(space: Space, name: str) -> bool:
    """Tell whether somebody moved an object into another collection of the account: that is no deletion."""
    uid = space.uids.get(name) or name.removesuffix(".ics")
    try:
        others = await space.elsewhere()
    except CopsyncError as problem:
        _LOG.info("%s: other collections could not be looked at: %s", space.options.wanted, problem)
        return False
    for other in others:
        try:
            if any(one.nature.uid == uid for one in await _by_uid(space, other.path, uid)):
                return True
        except HttpRefused:
            continue
    return False


async def _by_uid(space: Space, path: str, uid: str) -> list[Resource]:
    answer = await space.client.by_uid(path, space.component, uid)
    found: dict[str, Resource] = {}
    for one in answer.responses:
        name = member_name(path, one.href)
        if name is not None:
            _sort_in(name, one, found, set())
    return list(found.values())


async def find(space: Space, lost: Lost) -> Sequence[Remote]:
    """Look for the outcome of a create: at its own address, by its UID, and among all that stand for the record."""
    on_calendar = space.lens.on_calendar
    uid = uid_of(lost.type, lost.mark, lost.key, on_calendar=on_calendar)
    own = await fetch_own(space, uid)
    if own is not None:
        return [own]
    prefix = prefix_of(lost.type, lost.mark, on_calendar=on_calendar)
    found = await _by_uid(space, await space.path(), prefix)
    exact = [one for one in found if one.nature.uid == uid]
    ours = [one for one in found if mark_of(one.nature.uid, on_calendar=on_calendar) == (lost.type, lost.mark)]
    return [remote_of(await resolved(space, one), space.component) for one in exact or ours]


async def fetch_own(space: Space, uid: str) -> Remote | None:
    """Return what stands at the address under which copsync stores an object of this UID."""
    name = name_of(uid)
    answer = await space.client.get(await space.member(name))
    if answer is None:
        return None
    resource = Resource.of(name, *answer)
    if resource.nature.uid not in ("", uid):
        return None
    return remote_of(await resolved(space, resource), space.component)
