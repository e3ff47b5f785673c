"""What an admin must mend before a connection or a space can be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from connectors.contract import Finding
from connectors.http import HttpRefused
from connectors.microsoft365.appointment import Json, is_private, is_somebody_elses
from connectors.microsoft365.bodies import TEAMS
from connectors.microsoft365.client import Client
from connectors.microsoft365.query import Query
from connectors.microsoft365.refusals import MEMBERSHIP, read_refusal, would_tell_followers
from connectors.microsoft365.space import Space
from domain.errors import CopsyncError

_SHOWS = ("id", "type", "sensitivity", "isOrganizer")
_PAGE = 1000


_STRANGERS = (
    "Graph does not tell the addresses of {} and of who has signed in. Outlook puts both among the attendees of every "
    "event, which therefore look as if people were invited, and are not changed."
)


async def check_connection(client: Client) -> Sequence[Finding]:
    """Sign in, and see whether Graph accepts the token."""
    try:
        await client.someone()
    except HttpRefused:
        pass  # a token that may not look at the directory was accepted all the same, and needs no right to
    except CopsyncError as error:
        return [Finding("error", error.message, error.mend)]
    return [Finding("ok", "Microsoft Graph accepts the sign-in.")]


async def check_space(space: Space) -> Sequence[Finding]:
    """Read the calendar, and say what is left out."""
    try:
        await space.prepare()
        calendar = await space.reach()
        found = [*_readable(space, calendar), *_followers(space), *_meetings(space, calendar)]
        return [*found, *await _left_out(space)]
    except HttpRefused as refused:
        error = read_refusal(space.options, refused)
        return [Finding("error", error.message, error.mend)]
    except CopsyncError as error:
        return [Finding("error", error.message, error.mend)]


def _readable(space: Space, calendar: Json) -> Sequence[Finding]:
    name = f"The calendar “{calendar.get('name')}” of {space.name}"
    if calendar.get("canEdit") is False:
        mend = "Give it the right to edit this calendar, or make the space read-only."
        return [Finding("warning", f"{name} can be read, but this sign-in may not change it.", mend)]
    return [Finding("ok", f"{name} can be read.")]


def _meetings(space: Space, calendar: Json) -> Sequence[Finding]:
    allowed = calendar.get("allowedOnlineMeetingProviders")
    if not space.meetings or not isinstance(allowed, list) or TEAMS in allowed:
        return []
    licence = "Give the service user" if space.owner.is_group else "Give the mailbox"
    return [
        Finding(
            "warning",
            f"{_capital(space.name)} cannot set up Teams meetings: new gatherings get none.",
            f'{licence} a licence with Teams, or take `meetings = "teams"` out.',
        )
    ]


def _followers(space: Space) -> Sequence[Finding]:
    """Say who hears of every event of a group: Outlook tells them by itself."""
    if space.group is None:
        return []
    if space.group.subscribes and not space.options.mail_attendees:
        problem = would_tell_followers(space.name)
        return [Finding("warning", f"{problem.message} Until then it is only read.", problem.mend)]
    if not space.group.is_told:
        return [Finding("warning", _STRANGERS.format(space.name), MEMBERSHIP)]
    told = "; whether new members are made to follow it, Graph does not tell" if space.group.subscribes is None else ""
    words = f"Members who follow {space.name} in their inbox get every event from Outlook by e-mail{told}."
    return [Finding("ok", words)]


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:] if name.startswith("the ") else name


async def _left_out(space: Space) -> Sequence[Finding]:
    listing = await space.listing(Query(_SHOWS, _PAGE, count=True))
    rows = await listing.rows()
    found = [*_not_ours(rows)]
    if listing.promised not in (None, listing.read):
        found.append(
            Finding(
                "warning",
                f"Graph counts {listing.promised} events in this calendar, but lists {listing.read}.",
                "If it stays so, tell whoever looks after Exchange: until then copsync takes no deletion from here.",
            )
        )
    return found


def _not_ours(rows: Sequence[Json]) -> Sequence[Finding]:
    reasons: Sequence[tuple[Callable[[Json], bool], str]] = (
        (is_private, "marked as private"),
        (is_somebody_elses, "organised by somebody else"),
    )
    counts = [(sum(map(applies, rows)), why) for applies, why in reasons]
    return [Finding("ok", f"Left alone, because {why}: {count}.") for count, why in counts if count]
