"""What each key may say by itself and not together with the others: names used twice, names of nothing, secrets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from config.models import CommunitySettings, Settings, did_you_mean
from config.problems import KeyPath, Problem

_PASSWORD = re.compile(r"//[^/@]*:[^/@]+@")


def contradictions(settings: Settings) -> Iterator[Problem]:
    """Yield everything that does not fit together."""
    ids = ((("communities", at, "id"), one.id) for at, one in enumerate(settings.communities))
    yield from _repeated(ids, "give every community an id of its own.")
    for number, community in enumerate(settings.communities):
        here: tuple[str | int, ...] = ("communities", number)
        names = (((*here, "spaces", at, "name"), one.name) for at, one in enumerate(community.spaces))
        yield from _repeated(names, "give every space a name of its own.")
        emails = (((*here, "members", at, "email"), one.email.lower()) for at, one in enumerate(community.members))
        yield from _repeated(emails, "keep one entry for every member.")
        channels = (((*here, "channels", at, "id"), one.id) for at, one in enumerate(community.channels))
        yield from _repeated(channels, "give every channel an id of its own.")
        yield from _unconnected(settings, community, here)
        yield from _nameless(community, here)
        yield from _preferred(community, here)


def literal_password(url: str) -> Iterator[Problem]:
    """Yield a problem if the address of the store, as the file has it, holds a password."""
    if _PASSWORD.search(url):
        yield Problem(
            ("store", "url"),
            "a password must not stand in this file. Take it out, and give the whole address in the environment "
            "variable COPSYNC_STORE__URL (or leave the password to PGPASSWORD or ~/.pgpass); then change the "
            "password, for it has been written down.",
        )


def _repeated(names: Iterable[tuple[KeyPath, str]], mend: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for key, name in names:
        if name in seen:
            yield Problem(tuple(key), f"'{name}' is used twice; {mend}")
        seen.add(name)


def _unconnected(settings: Settings, community: CommunitySettings, here: KeyPath) -> Iterator[Problem]:
    known = list(settings.connections)
    spaces = [("spaces", at, one.connection) for at, one in enumerate(community.spaces)]
    channels = [("channels", at, one.connection) for at, one in enumerate(community.channels) if one.connection]
    for where, place, name in (*spaces, *channels):
        if name not in settings.connections:
            hint = did_you_mean(name, known) or f" There are: {', '.join(known) or 'none yet'}."
            yield Problem(
                (*here, where, place, "connection"),
                f"'{name}' is no connection; add [connections.{name}] or correct it.{hint}",
            )


def _nameless(community: CommunitySettings, here: KeyPath) -> Iterator[Problem]:
    for place, channel in enumerate(community.channels):
        about = sorted({"welcome", "thanks"} & set(channel.wants))
        if about and not channel.names_members:
            yield Problem(
                (*here, "channels", place, "wants"),
                f"'{about[0]}' is about people, and nobody is named in this channel: leave it out, or write "
                "names = true if the members agree to be named there.",
            )


def _preferred(community: CommunitySettings, here: KeyPath) -> Iterator[Problem]:
    names = [space.name for space in community.spaces]
    preferred = community.policy.conflict.removeprefix("prefer:")
    if community.policy.conflict.startswith("prefer:") and preferred not in names:
        hint = did_you_mean(preferred, names) or f" Name one of: {', '.join(sorted(names)) or 'none yet'}."
        yield Problem((*here, "policy", "conflict"), f"'{preferred}' is no space of this community.{hint}")
