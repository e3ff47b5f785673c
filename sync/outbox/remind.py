"""Tells moderators what waits, in a channel of their own, with a link that opens once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape

from config.models import CommunitySettings
from connectors.channel import Outgoing
from domain.announcements.channel import Form
from domain.errors import ConfigProblem
from domain.outbox.item import Item
from store.store import Store
from sync.announce.place import Place as Channel
from sync.outbox import links
from sync.outbox.place import Place
from sync.outbox.places import link_url
from sync.wiring import Wiring

MOST = 10
"""So many titles stand in a reminder; the page shows all."""


def channel_of(wiring: Wiring, settings: CommunitySettings, place: Place) -> Channel:
    """Return the channel in which the moderators of a place are reminded; it is not opened.

    Raises:
        ConfigProblem: there is no such channel, a person posts in it, or its settings are wrong.
    """
    found = next((one for one in wiring.channels(settings) if one.id == place.remind), None)
    if found is None:
        raise ConfigProblem(
            f'remind = "{place.remind}" names no channel of {settings.id}.',
            mend="Name the id of another of [[communities.channels]], or take the line away.",
        )
    if found.channel.abilities.assisted:
        mend = "Let `remind` name a channel that copsync posts in."
        raise ConfigProblem(f"In {found.id} a person posts.", mend=mend)
    return found


def reminder(
    store: Store, wiring: Wiring, place: Place, items: Sequence[Item], notes: Sequence[str], form: Form, now: datetime
) -> Outgoing:
    """Return what moderators are told; the link in it is made for this reminder alone."""
    title = f"{len(items)} {'text waits' if len(items) == 1 else 'texts wait'} for the LinkedIn group"
    shown = [f"• {item.title}" for item in items[:MOST]]
    more = [f"… and {len(items) - MOST} more"] if len(items) > MOST else []
    link = _link(store, wiring, place, now)
    how = f"Copy, post, paste the link of your post: {link}" if link else "`copsync outbox` hands them out."
    text = "\n".join([f"{title}.", *shown, *more, how, *notes])
    body = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines()) if form is Form.HTML else text
    blocks = [{"type": "TextBlock", "text": line, "wrap": True} for line in text.splitlines()]
    card = {"type": "AdaptiveCard", "version": "1.4", "body": blocks} if form is Form.CARD else None
    return Outgoing(f"outbox-{place.channel}-{now:%Y%m%d}", title, text, body, now, card, link)


def _link(store: Store, wiring: Wiring, place: Place, now: datetime) -> str | None:
    """Return a new one-time link; none where the page can be reached from this machine alone."""
    if wiring.configuration.settings.outbox.base_url is None:
        return None
    return link_url(wiring.configuration, links.make(store, place, f"reminder {now:%Y-%m-%d}", now))
