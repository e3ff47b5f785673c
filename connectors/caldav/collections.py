"""The collections of an account: found from the address of the server, and by their names."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote

from connectors.caldav import dav
from connectors.caldav.client import Client, path_of, same_path
from connectors.caldav.dav import CALDAV, DAV, Multistatus, Response
from connectors.http import HttpRefused
from domain.errors import ConfigProblem, CopsyncError, Paused

_WELL_KNOWN = "/.well-known/caldav"
_ACCOUNT = (dav.PRINCIPAL, dav.HOME, dav.TYPE)
_SHOWN = (
    *(dav.TYPE, dav.NAME, dav.COMPONENTS, dav.PRIVILEGES, dav.REPORTS),
    *(dav.CTAG, dav.TOKEN),
)
_WRITES = frozenset({"write", "write-content", "bind", "all"})


@dataclass(frozen=True, slots=True)
class Collection:
    """A calendar or task list.

    `components` are what it can hold and `privileges` what the account may do there; None where the server does
    not say. `ctag` and `token` tell the state it is in.
    """

    path: str
    name: str
    is_calendar: bool
    components: frozenset[str] | None
    privileges: frozenset[str] | None
    can_sync: bool
    ctag: str | None
    token: str | None

    def holds(self, component: str) -> bool:
        """Tell whether it can hold events (VEVENT) or tasks (VTODO)."""
        return self.is_calendar and (self.components is None or component in self.components)

    @property
    def is_writable(self) -> bool:
        """Whether the account may write there, as far as the server says."""
        return self.privileges is None or bool(self.privileges & _WRITES)


class Account:
    """The collections of an account, looked up once for all of its spaces."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._found: list[Collection] | None = None
        self._finding = asyncio.Lock()

    async def collections(self) -> list[Collection]:
        """Return the account's calendars and task lists.

        Raises:
            ConfigProblem: no CalDAV server answers at the address.
            ConnectAgain: the credentials are not accepted.
            HttpRefused: the server refuses.
            Retriable: it could not be asked just now.
        """
        async with self._finding:
            if self._found is None:
                self._found = await collections_of(self._client, await home_of(self._client))
            return self._found


async def home_of(client: Client) -> str:
    """Return the path under which the account's collections lie.

    Raises:
        ConfigProblem: no CalDAV server answers at the address.
        ConnectAgain: the credentials are not accepted.
        Retriable: it could not be asked just now.
    """
    refused: CopsyncError | None = None
    bases = [client.base_path, _WELL_KNOWN] if client.base_path.strip("/") else [_WELL_KNOWN, "/"]
    for base in bases:
        try:
            home = await _home_from(client, base)
        except (HttpRefused, ConfigProblem) as error:
            refused = refused or error
            continue
        if home:
            return home
    if isinstance(refused, ConfigProblem):
        raise refused
    said = f" ({refused.message})" if refused else ""
    raise ConfigProblem(
        f"No calendars were found at this address{said}.",
        mend="Set base_url to the CalDAV address of the server, such as https://cloud.example.org/remote.php/dav for "
        "Nextcloud, or name the collection by the path of its address.",
        where="base_url",
    )


async def _home_from(client: Client, base: str) -> str | None:
    place, found = await client.propfind(base, _ACCOUNT)
    home = _first(found, dav.HOME)
    principal = _first(found, dav.PRINCIPAL)
    if home is None and principal is not None:
        _, found = await client.propfind(principal, (dav.HOME,))
        home = _first(found, dav.HOME)
    if home is None and any(CALDAV + "calendar" in _types(one) for one in found.responses):
        return place.rstrip("/").rpartition("/")[0] + "/"  # the address of a collection itself
    return home


def _first(found: Multistatus, name: str) -> str | None:
    return next((href for one in found.responses if (href := one.href_in(name))), None)


async def collections_of(client: Client, home: str) -> list[Collection]:
    """Return the account's calendars and task lists."""
    place, found = await client.propfind(home, _SHOWN, depth=1)
    all_of_them = [collection_of(one) for one in found.responses if not same_path(one.href, place)]
    own = [collection_of(one) for one in found.responses if same_path(one.href, place)]
    return [one for one in [*all_of_them, *own] if one.is_calendar]


async def look_at(client: Client, path: str) -> Collection:
    """Return a collection in its present state.

    Raises:
        HttpRefused: the server refuses.
    """
    place, found = await client.propfind(path, _SHOWN)
    own = [one for one in found.responses if same_path(one.href, place) and one.status is None]
    if not own:
        raise Paused(
            f"{unquote(path_of(place))} is no longer there.",
            mend="Restore it on the server, or name another one. Nothing is deleted elsewhere.",
        )
    return collection_of(own[0])


def collection_of(one: Response) -> Collection:
    """Read what the server says of a collection."""
    path = path_of(one.href)
    components = one.props.get(dav.COMPONENTS)
    named = None if components is None else {str(each.get("name")).upper() for each in components.iterchildren()}
    return Collection(
        path=path if path.endswith("/") else f"{path}/",
        name=(one.text(dav.NAME) or "").strip() or unquote(path.rstrip("/").rpartition("/")[2]),
        is_calendar=CALDAV + "calendar" in _types(one),
        components=frozenset(named) if named else None,
        privileges=_inner(one, dav.PRIVILEGES, f"{DAV}privilege"),
        can_sync=f"{DAV}sync-collection" in _all_tags(one, dav.REPORTS),
        ctag=one.text(dav.CTAG),
        token=one.text(dav.TOKEN),
    )


def _types(one: Response) -> frozenset[str]:
    found = one.props.get(dav.TYPE)
    return frozenset() if found is None else frozenset(str(each.tag) for each in found.iterchildren())


def _inner(one: Response, name: str, wrapper: str) -> frozenset[str] | None:
    found = one.props.get(name)
    if found is None:
        return None
    inner = (each for wrapped in found.iterchildren(wrapper) for each in wrapped.iterchildren())
    return frozenset(str(each.tag).rpartition("}")[2] for each in inner)


def _all_tags(one: Response, name: str) -> frozenset[str]:
    found = one.props.get(name)
    return frozenset() if found is None else frozenset(str(each.tag) for each in found.iter())


def is_path(wanted: str) -> bool:
    """Tell whether a setting is the path (or whole address) of a collection, and not its name."""
    return wanted.startswith("/") or "://" in wanted


def named(wanted: str, component: str, found: Sequence[Collection]) -> Collection:
    """Return the collection of a name.

    Raises:
        Paused: there is none, there are two, or it holds something else.
    """
    sort = "calendar" if component == "VEVENT" else "task list"
    fits = [one for one in found if _fold(wanted) in (_fold(one.name), _fold(_last(one.path)))]
    exact = [one for one in fits if one.holds(component)]
    if len(exact) == 1:
        return exact[0]
    if len(exact) > 1:
        paths = ", ".join(unquote(one.path) for one in exact)
        raise Paused(f"{len(exact)} collections are called “{wanted}”.", mend=f"Name one by its path: {paths}.")
    names = ", ".join(f"“{one.name}”" for one in found if one.holds(component))
    choose = f"Use one of: {names}." if names else f"Make a {sort} in the server's web page or a calendar program."
    if fits:
        raise Paused(f"“{wanted}” is no {sort}: it holds {_contents(fits[0])}.", mend=choose)
    raise Paused(f"This account has no {sort} “{wanted}”.", mend=choose)


def _contents(one: Collection) -> str:
    words = {"VEVENT": "events", "VTODO": "tasks", "VJOURNAL": "journals"}
    return " and ".join(words.get(each, each) for each in sorted(one.components or ())) or "nothing"


def _last(path: str) -> str:
    return unquote(path.rstrip("/").rpartition("/")[2])


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()


def is_missing(refused: HttpRefused) -> bool:
    """Tell whether a refusal says that there is nothing at this address."""
    return refused.status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
