"""One space: a calendar of a mailbox, or that of a group."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from http import HTTPStatus

from connectors.http import HttpRefused
from connectors.microsoft365.appointment import Json
from connectors.microsoft365.client import Client
from connectors.microsoft365.group import Group, read_group
from connectors.microsoft365.lens import Lens
from connectors.microsoft365.listing import Listing
from connectors.microsoft365.options import SpaceOptions
from connectors.microsoft365.owner import Owner
from connectors.microsoft365.query import Query
from connectors.microsoft365.refusals import read_refusal
from domain.errors import Paused

_PAGE = 500


@dataclass(slots=True)
class Space:
    """What reading and writing a calendar takes. The calendar's id is looked up once, if it has a name.

    `today` is the community's day, by which occurrences are looked at one by one. `meetings` gives new gatherings a
    Teams meeting. `group` is known once `prepare` has been awaited, which every read and write does first.
    """

    client: Client
    options: SpaceOptions
    lens: Lens
    today: date
    meetings: bool = False
    group: Group | None = None
    _calendar: str | None = None

    @property
    def owner(self) -> Owner:
        """Whose calendar it is."""
        return self.options.owner

    @property
    def name(self) -> str:
        """The owner in words for people."""
        return f"the group “{self.group.name}”" if self.group else str(self.owner)

    async def prepare(self) -> None:
        """Find out, once, who stands in each event of a group without having been invited.

        Raises:
            ConnectAgain, Retriable, ConfigProblem: Graph cannot be asked.
        """
        if self.owner.is_group and self.group is None:
            self.group = await read_group(self.client, self.owner.id)
            self.client = self.client.apart_from(self.group.named)

    async def place(self) -> str | None:
        """Return the calendar's id; None is the owner's own calendar.

        Raises:
            Paused: the mailbox has no such calendar.
            HttpRefused: the mailbox cannot be used.
        """
        if self.options.calendar is not None and self._calendar is None:
            self._calendar = _named(self.options.calendar, await self.calendars(), str(self.owner))
        return self._calendar

    async def calendars(self) -> list[Json]:
        """Return the mailbox's calendars; nothing for a group, whose one calendar Graph does not list."""
        if self.owner.is_group:
            return []
        return await Listing(self.client, await self.client.calendars(self.owner)).rows()

    async def reach(self) -> Json:
        """Return the calendar.

        Raises:
            Paused: it cannot be used.
        """
        try:
            return await self.client.calendar(self.owner, await self.place())
        except HttpRefused as refused:
            raise read_refusal(self.options, refused) from refused

    async def listing(self, query: Query, calendar: str | None = None) -> Listing:
        """Return a listing of this calendar's events, or of another one's."""
        place = calendar or await self.place()
        return Listing(self.client, await self.client.events(self.owner, place, query))

    async def search(self, query: Query, calendar: str | None = None) -> list[Json]:
        """Return the events that pass the query's filter; all of them where Graph does not know such a filter."""
        try:
            return await (await self.listing(query, calendar)).rows()
        except HttpRefused as refused:
            if refused.status != HTTPStatus.BAD_REQUEST or query.filter is None:
                raise
        return await (await self.listing(replace(query, filter=None, top=_PAGE), calendar)).rows()

    async def view(self, query: Query, since: datetime, before: datetime) -> Listing:
        """Return a listing of what takes place in this calendar in a stretch of time, occurrences one by one."""
        place = await self.place()
        return Listing(self.client, await self.client.view(self.owner, place, query, since, before))

    async def instances(self, master: str, query: Query, since: datetime, before: datetime) -> Listing:
        """Return a listing of a series' occurrences in a stretch of time."""
        return Listing(self.client, await self.client.instances(self.owner, master, query, since, before))


def _named(wanted: str, calendars: list[Json], mailbox: str) -> str:
    for row in calendars:
        if row["id"] == wanted:
            return wanted
    found = [str(row["id"]) for row in calendars if _fold(row.get("name")) == _fold(wanted)]
    if found:
        return found[0]
    names = ", ".join(f"“{row.get('name')}”" for row in calendars)
    raise Paused(
        f"The mailbox {mailbox} has no calendar “{wanted}”.",
        mend=f"Set `calendar` to one of its calendars ({names}), or leave it out for the mailbox's own.",
    )


def _fold(name: object) -> str:
    return " ".join(str(name or "").split()).casefold()
