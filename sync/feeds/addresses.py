"""Gives out the addresses of feeds and revokes them. Who has an address can read its feed; nobody else can."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from config.loader import Configuration
from config.models import CommunitySettings
from domain.errors import ConfigProblem
from store import feeds
from store.database import transaction
from store.feeds import Feed
from store.state import load_members
from store.store import Store
from sync.feeds.calendar import Kind
from sync.people import member_id

TOKEN_BYTES = 32
PATH = "/feeds/{}.ics"
PORT = 8765
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_NOBODY = "-"


@dataclass(frozen=True, slots=True)
class Address:
    """A new address, told once: its token is kept nowhere."""

    feed: Feed
    url: str


def token_digest(token: str) -> str:
    """Return what is kept of a token; whatever cannot be one gets a digest that no feed has, at the same cost."""
    return sha256((token if _TOKEN.fullmatch(token) else _NOBODY).encode("ascii")).hexdigest()


def base_url(configuration: Configuration) -> str:
    """Return under which address the feeds can be reached: the configured one, or this machine alone."""
    return configuration.settings.feeds.base_url or f"http://127.0.0.1:{PORT}"


def add(
    store: Store,
    configuration: Configuration,
    settings: CommunitySettings,
    kind: Kind,
    email: str | None,
    now: datetime,
) -> Address:
    """Make a feed and return its address.

    Raises:
        ConfigProblem: nobody of the community has this e-mail address.
        StoreProblem: it could not be kept.
    """
    member = member_of(store, settings, email) if email else None
    token, identity = secrets.token_urlsafe(TOKEN_BYTES), f"feed-{secrets.token_hex(4)}"
    feed = Feed(identity, settings.id, kind.value, member, email.casefold() if email else None, now)
    with transaction(store.engine) as connection:
        feeds.add(connection, feed, token_digest(token))
    return Address(feed, base_url(configuration) + PATH.format(token))


def member_of(store: Store, settings: CommunitySettings, email: str) -> str:
    """Return the member record of an e-mail address, also of somebody who is only written down so far.

    Raises:
        ConfigProblem: nobody of the community has this address.
    """
    wanted = email.casefold()
    with store.reading() as connection:
        members = load_members(connection, settings.id)
    for member in members.values():
        emails = member.fields.get("emails")
        if isinstance(emails, frozenset) and wanted in {one.casefold() for one in emails}:
            return member.id
    if any(known.email.casefold() == wanted for known in settings.members):
        return member_id(settings.id, wanted)
    raise ConfigProblem(
        f"Nobody in {settings.id} is known by the e-mail address {email}.",
        mend="`copsync export` lists the members with their addresses; after somebody has joined a tool, run "
        "`copsync sync` first, or write the person down under [[communities.members]].",
    )


def listed(store: Store, community: str) -> list[Feed]:
    """Return the feeds of a community, revoked ones too, the oldest first."""
    with store.reading() as connection:
        return feeds.of_community(connection, community)


def revoke(store: Store, communities: list[str], which: str, now: datetime) -> list[Feed]:
    """Revoke a feed by its id, or all of a member by e-mail; return them.

    Raises:
        ConfigProblem: no feed that still answers is meant.
        StoreProblem: it could not be kept; they still answer.
    """
    with transaction(store.engine) as connection:
        known = [feed for community in communities for feed in feeds.of_community(connection, community)]
        meant = [feed for feed in known if which in (feed.id, feed.email) or which.casefold() == feed.email]
        live = [feed for feed in meant if feed.revoked_at is None]
        if not live:
            raise _nothing_to_revoke(which, meant)
        return feeds.revoke(connection, live, now)


def _nothing_to_revoke(which: str, meant: list[Feed]) -> ConfigProblem:
    if meant:
        return ConfigProblem(f"What “{which}” means is revoked already.", mend="`copsync feed` lists the feeds.")
    return ConfigProblem(
        f"There is no feed “{which}”.", mend="`copsync feed` lists the feeds: give an id, or a member's e-mail address."
    )
