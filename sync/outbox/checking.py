"""What an admin must mend about a group in which a person posts, beyond its own keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config.models import CommunitySettings
from connectors.contract import Finding
from domain.errors import ConfigProblem
from sync.outbox.place import Place
from sync.outbox.remind import channel_of
from sync.wiring import Wiring


def findings(wiring: Wiring, settings: CommunitySettings, place: Place) -> Sequence[Finding]:
    """Return what does not fit together: where moderators are reminded, and how posts are confirmed."""
    return [*_reminding(wiring, settings, place), *_proving(wiring, place)]


def _reminding(wiring: Wiring, settings: CommunitySettings, place: Place) -> Iterator[Finding]:
    if place.remind is None:
        return
    try:
        channel_of(wiring, settings, place)
    except ConfigProblem as wrong:
        yield Finding("error", wrong.message, wrong.mend)
        return
    if wiring.configuration.settings.outbox.base_url is None:
        yield Finding(
            "warning",
            f"Reminders in {place.remind} hold no link, for the page of the outbox is reached from this machine alone.",
            "Set base_url under [outbox] to where your proxy shows it, or let moderators use `copsync outbox`.",
        )


def _proving(wiring: Wiring, place: Place) -> Iterator[Finding]:
    named = wiring.configuration.settings.connections.get(place.connection or "")
    if place.connection is None and place.proof > 1:
        yield Finding(
            "error",
            "proof = 2 needs an account by which LinkedIn is asked; without one no claim is ever verified.",
            'Name a connection with tool = "linkedin" (docs/connectors/linkedin.md), or set proof = 1.',
        )
    if place.connection is not None and (named is None or named.tool != "linkedin"):
        yield Finding(
            "error",
            f"The connection {place.connection} is none to LinkedIn.",
            'Name one with tool = "linkedin", or take the line away: a group needs none.',
        )
