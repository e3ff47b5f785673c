"""Carrying out writes to series: first the master, then what is left to do to single occurrences.

Every request presumes the version that was read (If-Match). What Outlook holds is read before anything is sent, and
what is left is worked out from that: a write that was interrupted is carried on by the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.contract import Remote, Write
from connectors.http import HttpRefused
from connectors.microsoft365.appointment import Json, etag_of, is_online, is_series, remote_of
from connectors.microsoft365.bodies import changes, html_body, new_event, recurrence, span
from connectors.microsoft365.family import Family, master_etag, remote_of_family, series_of
from connectors.microsoft365.lens import Lens
from connectors.microsoft365.marks import PART, Sign, transaction_id
from connectors.microsoft365.refusals import has_moved, is_not_there, would_mail
from connectors.microsoft365.richtext import replace_text, to_exchange
from connectors.microsoft365.series_lens import PATTERN, SINGLES, Own, note_of_interruption, own_of
from connectors.microsoft365.series_reading import family as read_family
from connectors.microsoft365.series_reading import instance
from connectors.microsoft365.series_steps import AddPart, Cancel, ChangePart, Edit, RemovePart, Step, remaining
from connectors.microsoft365.space import Space
from domain.errors import SetAside, Stale
from domain.fields import FIELDS, RecordType, recurs, same
from domain.recurrence.overrides import PERIOD, read_period
from domain.values import Fields, Value, is_empty

EVENT = RecordType.EVENT
_CROSSING = "ErrorOccurrenceCrossingBoundary"


def concerns_series(order: Write) -> bool:
    """Tell whether a write is about a series, before it or after it."""
    return order.type is EVENT and (recurs(EVENT, order.view) or recurs(EVENT, order.base))


@dataclass(frozen=True, slots=True)
class SeriesWriter:
    """Brings one series of a calendar to what a write asks for."""

    space: Space
    order: Write

    @property
    def _lens(self) -> Lens:
        return self.space.lens

    async def finish(self, master: Json) -> Remote:
        """Tell single occurrences of a series that has just been created, and return it."""
        made = Family(master)
        return await self._tell(made) if self._left(made) else self._remote(made)

    async def change(self, event: str) -> Remote:
        """Change a series.

        Raises:
            Stale: it moved since it was read, in what is about to be changed.
            SetAside: Outlook has no pattern for it.
        """
        found = await self._read(event)
        self._refuse_if_moved(found)
        body, before = self._body(found), found
        if body:
            master = await self._send(found.master, body)
            found = await self._after(found, master)
        if is_online(before.master) and not is_online(found.master):
            raise _meeting_lost(self.order)
        return await self._tell(found) if self._left(found) or self._is_open(found) else self._remote(found)

    async def remove(self, event: str) -> None:
        """Delete a series with all that stands beside it."""
        try:
            found = await self._read(event)
        except HttpRefused as refused:
            if is_not_there(refused):
                return
            raise
        if self.order.version and etag_of(found.master) != master_etag(self.order.version):
            self._refuse_if_moved(found)
        master = found.master
        if found.parts:
            master = await self._send(
                master, self._noted(note_of_interruption(self.order.base, self.order.base), found)
            )
            for part in found.parts:
                await self._remove(part)
        await self._remove(master)

    async def _read(self, event: str) -> Family:
        master = await self.space.client.event(self.space.owner, event)
        return await read_family(self.space, master) if is_series(master) else Family(master)

    def _remote(self, found: Family) -> Remote:
        if is_series(found.master):
            return remote_of_family(found, self._lens.zones, self.space.today, self.order.mark)
        return remote_of(found.master, EVENT, self.order.mark)

    def _refuse_if_moved(self, found: Family) -> None:
        """Refuse if a person changed what is about to be written; what shows what is wanted is no obstacle.

        When a series takes place is written as a whole, and so is all that differs in its occurrences. A deletion takes
        everything. The version alone tells nothing: it moves with answers and reminders as well.
        """
        remote = self._remote(found)
        if self.order.version == remote.version:
            return
        view, table = self._lens.view(remote), FIELDS[EVENT]
        written = {*self.order.fields, *PATTERN, *SINGLES} if self.order.fields else self.order.base.keys()
        for name in written & self.order.base.keys() & view.keys():
            known = (self.order.base[name], self.order.view.get(name))
            if not any(same(table[name], view[name], value) for value in known):
                raise self._stale()

    def _stale(self) -> Stale:
        return Stale(f"“{_title(self.order)}” changed in Outlook in the meantime.")

    def _body(self, found: Family) -> dict[str, Any]:
        """Return what changes in the master."""
        view, fields = self.order.view, self.order.fields
        shown = self._lens.view(self._remote(found))
        body = changes(self._lens, EVENT, {name: fields[name] for name in fields.keys() & {"title", "location"}}, view)
        if "notes" in fields:
            body |= html_body(replace_text(_html(found.master), str(fields["notes"] or "")))
        if self._has_new_pattern(found, shown):
            body |= span(self._lens, view) | (recurrence(self._lens, view) or {"recurrence": None})
            if is_series(found.master) and any(not is_empty(shown.get(name)) for name in SINGLES):
                body |= self._noted(note_of_interruption(shown, view), found)
        return body

    def _has_new_pattern(self, found: Family, shown: Fields) -> bool:
        if self._is_open(found):
            shown = {**shown, **self._lens.view(self._remote(Family(_without_note(found.master))))}
        table = FIELDS[EVENT]
        differs = any(not same(table[name], shown.get(name), self.order.view.get(name)) for name in PATTERN)
        return differs and not self.order.fields.keys().isdisjoint(PATTERN)

    def _noted(self, note: Mapping[str, object], found: Family | None = None) -> dict[str, Any]:
        kept = {"parts": True} if found and (found.parts or found.has_parts) else {}
        return {"singleValueExtendedProperties": [Sign(EVENT.value, self.order.mark, {**kept, **note}).property()]}

    def _is_open(self, found: Family) -> bool:
        return bool(found.sign and "was" in found.sign.note)

    async def _after(self, before: Family, master: Json) -> Family:
        """Return the family once its master has changed; read anew where single occurrences may have followed."""
        if not is_series(master):
            return Family(master, parts=before.parts)
        if before.exceptions or before.cancelled or before.parts:
            return await self._read(str(master["id"]))
        return Family(master)

    def _left(self, found: Family) -> list[Step]:
        if not is_series(found.master):
            return [RemovePart(row) for row in found.parts]
        shown = series_of(found.master, self._lens.zones)
        return list(remaining(self.order.view, found, shown, self._lens.read))

    async def _tell(self, found: Family) -> Remote:
        """Do what is left to do to single occurrences, and return the series as it is then.

        Raises:
            SetAside: one of them cannot be told; the others are.
        """
        left = self._left(found)
        note = dict(found.sign.note) if found.sign else {}
        if any(isinstance(step, AddPart) for step in left) and not found.has_parts:
            await self._send(found.master, self._noted({**note, "parts": True}))
        untold = [why for step in left if (why := await self._try(found, step))]
        now = await self._read(str(found.master["id"]))
        if self._is_open(now) or (now.has_parts and not now.parts):
            parts = {"parts": True} if now.parts else {}
            master = await self._send(now.master, self._noted(parts))
            now = Family(_with_sign(master, Sign(EVENT.value, self.order.mark, parts)), *_rest(now))
        if untold:
            raise untold[0]
        return self._remote(now)

    async def _try(self, found: Family, step: Step) -> SetAside | None:
        try:
            await self._do(found, step)
        except SetAside as untold:
            return untold
        return None

    async def _do(self, found: Family, step: Step) -> None:
        match step:
            case AddPart(which, says):
                await self._add(which, says)
            case ChangePart(row, says, names):
                await self._send(row, self._says(says, names, row))
            case RemovePart(row):
                await self._remove(row)
            case Cancel(which, row):
                await self._cancel(found, which, row)
            case Edit(which, says, names, row):
                await self._edit(found, step)

    async def _cancel(self, found: Family, which: str, row: Json | None) -> None:
        row = row or await self._instance(found, which)
        if row is not None:
            await self._remove(row)

    async def _edit(self, found: Family, step: Edit) -> None:
        row = step.row or await self._instance(found, step.which)
        if row is None:
            raise await self._not_listed(found, step.which)
        try:
            await self._send(row, self._says(step.says, step.names, row))
        except HttpRefused as refused:
            if refused.code != _CROSSING:
                raise
            await self._send(found.master, self._noted({"parts": True}))
            await self._add(step.which, step.says)
            await self._cancel(found, step.which, None)

    async def _not_listed(self, found: Family, which: str) -> Stale | SetAside:
        """Return why an occurrence cannot be changed: it has just been deleted, or Outlook does not list it."""
        now = await self._read(str(found.master["id"]))
        return self._stale() if which in now.cancelled else _not_there(self.order, which)

    async def _instance(self, found: Family, which: str) -> Json | None:
        shown = series_of(found.master, self._lens.zones)
        return await instance(self.space, str(found.master["id"]), which, shown)

    async def _add(self, which: str, says: Own) -> None:
        """Make a single event for one occurrence; sent again it is not made twice."""
        start, end = read_period(str(says[PERIOD]))
        view = {**self.order.view, **says, "start": start, "end": end, "rrule": None, **dict.fromkeys(SINGLES)}
        single = self._lens.settle(EVENT, {name: value for name, value in view.items() if name != PERIOD})
        body = new_event(self._lens, _as_single(self.order, single))
        body |= {
            "transactionId": transaction_id(f"{self.order.key}:{which}"),
            "singleValueExtendedProperties": [Sign(PART, self.order.mark, {"at": which}).property()],
        }
        await self.space.client.create(self.space.owner, await self.space.place(), body)

    def _says(self, says: Own, names: frozenset[str], row: Json) -> dict[str, Any]:
        """Return the properties by which one occurrence says something of its own."""
        body: dict[str, Any] = {}
        if PERIOD in names:
            start, end = read_period(str(says[PERIOD]))
            body |= span(self._lens, {"start": start, "end": end, "zone": self.order.view.get("zone")})
        plain: dict[str, Value] = {name: says[name] for name in names & {"title", "location"}}
        body |= changes(self._lens, EVENT, plain, plain)
        if "notes" in names:
            text = str(says["notes"] or "")
            body |= html_body(replace_text(_html(row), text) if _html(row) else to_exchange(text))
        return body

    async def _send(self, row: Json, body: Mapping[str, Any]) -> Json:
        """Change an event unless somebody else did; where an answer was lost, the next run carries on."""
        self._stay_quiet(row)
        change, owner = self.space.client.change, self.space.owner
        try:
            return await change(owner, str(row["id"]), body, etag_of(row))
        except HttpRefused as refused:
            if not has_moved(refused):
                raise
            if refused.maybe_done:
                raise self._stale() from refused
        return await change(owner, str(row["id"]), body, await self._moved_by_us(row))

    async def _remove(self, row: Json) -> None:
        self._stay_quiet(row)
        remove, owner = self.space.client.remove, self.space.owner
        try:
            await remove(owner, str(row["id"]), etag_of(row))
        except HttpRefused as refused:
            if is_not_there(refused):
                return
            if not has_moved(refused):
                raise
            await remove(owner, str(row["id"]), await self._moved_by_us(row))

    async def _moved_by_us(self, row: Json) -> str:
        """Return the version of an event that shows what it did: another request of ours moves its series' versions.

        Raises:
            Stale: somebody changed it.
        """
        now = await self.space.client.event(self.space.owner, str(row["id"]))
        if own_of(now, self._lens.read) != own_of(row, self._lens.read) or now.get("type") != row.get("type"):
            raise self._stale()
        return etag_of(now)

    def _stay_quiet(self, row: Json) -> None:
        invited = len(row.get("attendees") or ())
        if invited and not self.space.options.mail_attendees:
            raise would_mail(invited, _title(self.order))


def _as_single(order: Write, view: Fields) -> Write:
    return replace(order, view=view, fields=view)


def _rest(found: Family) -> tuple[Any, Any, Any]:
    return found.cancelled, found.exceptions, found.parts


def _with_sign(master: Json, sign: Sign) -> Json:
    return {**master, "singleValueExtendedProperties": [sign.property()]}


def _without_note(master: Json) -> Json:
    return {name: value for name, value in master.items() if name != "singleValueExtendedProperties"}


def _title(order: Write) -> str:
    return str(order.view.get("title") or order.base.get("title") or order.mark)


def _html(raw: Json) -> str:
    return str((raw.get("body") or {}).get("content") or "")


def _not_there(order: Write, which: str) -> SetAside:
    return SetAside(
        f"Outlook does not list “{_title(order)}” on {which}, so what differs on that day cannot be told there.",
        mend="Look at that day in Outlook. The rest of the series is in place, and this is tried again by itself.",
    )


def _meeting_lost(order: Write) -> SetAside:
    return SetAside(
        f"Outlook took the Teams meeting off “{_title(order)}” when it changed.",
        mend="Open the series in Outlook and switch the Teams meeting on again; the rest of the change is in place.",
    )
