"""What an admin must mend before a connection or a space can be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from connectors.caldav.client import Client
from connectors.caldav.collections import Collection, collections_of, home_of
from connectors.caldav.cursor import Cursor
from connectors.caldav.reading import all_objects
from connectors.caldav.refusals import read_refusal
from connectors.caldav.resource import Nature
from connectors.caldav.space import Space
from connectors.contract import Container, Finding
from connectors.http import HttpRefused
from domain.errors import ConnectAgain, CopsyncError

SIGN_IN = (
    "Check `username` and what `password` (or `token`) names; servers with a second factor, such as Nextcloud, want "
    "an app password."
)
_WORDS = {"VEVENT": "events", "VTODO": "tasks", "VJOURNAL": "journal entries"}


async def check_connection(client: Client) -> Sequence[Finding]:
    """Sign in, and find the account's collections."""
    try:
        found = await collections_of(client, await home_of(client))
    except CopsyncError as error:
        return [_error(error)]
    sort = "calendar or task list" if len(found) == 1 else "calendars and task lists"
    return [Finding("ok", f"The server accepts the account; it has {len(found)} {sort}.")]


async def discover(client: Client) -> Sequence[Container]:
    """Return the account's collections: each as a calendar, a task list, or both."""
    found = await collections_of(client, await home_of(client))
    return [container for one in found for container in _containers(one)]


def _containers(one: Collection) -> Iterator[Container]:
    if one.holds("VEVENT"):
        yield Container(one.path, one.name, "calendar")
    if one.holds("VTODO"):
        yield Container(one.path, one.name, "tasks")


async def check_space(space: Space) -> Sequence[Finding]:
    """Read the collection, and say what is left out."""
    try:
        present = await space.reach()
        natures = [one.nature async for one in all_objects(space, present)]
    except HttpRefused as refused:
        return [_error(read_refusal(space.options.wanted, refused))]
    except CopsyncError as error:
        return [_error(error)]
    return [_usable(space, present), *_reads(present), *_left_out(space, natures)]


def _error(error: CopsyncError) -> Finding:
    mend = SIGN_IN if isinstance(error, ConnectAgain) else error.mend
    return Finding("error", error.message, mend)


def _usable(space: Space, present: Collection) -> Finding:
    sort = "calendar" if space.lens.on_calendar else "task list"
    name = f"The {sort} “{present.name}”"
    if present.is_writable:
        return Finding("ok", f"{name} can be read and written.")
    return Finding(
        "warning",
        f"{name} can be read, but this account may not write there.",
        "Share it with the account for editing, or set read_only = true for this space.",
    )


def _reads(present: Collection) -> Iterator[Finding]:
    """Note what keeps a server from telling what changed."""
    if present.token and Cursor(token=present.token).text() is None:
        yield Finding("ok", "This server's sync tokens do not tell one moment from another: each run reads everything.")
    elif not (present.can_sync or present.token):
        when = "whenever its ctag moved" if present.ctag else "on each run"
        yield Finding("ok", f"This server has no sync tokens (sync-collection): the collection is read anew {when}.")


def _left_out(space: Space, natures: Sequence[Nature]) -> Iterator[Finding]:
    own = [one for one in natures if one.component == space.component]
    for reason, count in sorted(Counter(one.refusal for one in own if one.refusal).items()):
        yield Finding(
            "warning",
            f"Left alone, because {reason}: {count} {'series' if space.lens.on_calendar else 'recurring tasks'}.",
            "Nothing to do; they stay in this collection only.",
        )
    private = sum(one.is_private and not one.refusal for one in own)
    if private:
        yield Finding("ok", f"Left alone, because marked as private: {private}.")
    for component, count in sorted(Counter(one.component for one in natures).items()):
        if component not in ("", space.component):
            yield Finding(
                "ok", f"Left alone, because this space is for others: {count} {_WORDS.get(component, 'objects')}."
            )
    yield from _unreadable(natures)


def _unreadable(natures: Sequence[Nature]) -> Iterator[Finding]:
    count = sum(not one.component for one in natures)
    if count:
        yield Finding(
            "warning",
            f"{count} {'object' if count == 1 else 'objects'} cannot be understood and {_is(count)} set aside.",
            "`copsync status` names them after a run; open them in a calendar program and save them again.",
        )


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
