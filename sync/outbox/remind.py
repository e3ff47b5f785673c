"""Tells moderators what waits, in a channel of their own, with a link that opens once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from config.models import CommunitySettings
from connectors.channel import Outgoing
from domain.announcements.audience import Audience
from domain.announcements.cards import card_of
from domain.announcements.channel import Form
from domain.announcements.render import TEAMS
from domain.errors import ConfigProblem
from domain.outbox.item import Item
from domain.richtext.commonmark import render as commonmark
from domain.richtext.html import to_html
from domain.richtext.tree import Document, Paragraph, Span, Spans
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
        ConfigProblem: there is no such channel, a person posts in it, everybody reads it, or its settings are wrong.
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
    if found.channel.audience is Audience.PUBLIC:
        mend = "Let `remind` name a channel that moderators alone read; a reminder holds a link that opens the outbox."
        raise ConfigProblem(f"Everybody reads {found.id}.", mend=mend)
    return found


def reminder(
    store: Store, wiring: Wiring, place: Place, items: Sequence[Item], notes: Sequence[str], form: Form, now: datetime
) -> Outgoing:
    """Return what moderators are told; the link in it is made for this reminder alone."""
    title = f"{len(items)} {'text waits' if len(items) == 1 else 'texts wait'} for the LinkedIn group"
    shown = [f"• {item.title}" for item in items[:MOST]]
    more = [f"… and {len(items) - MOST} more"] if len(items) > MOST else []
    link = _link(store, wiring, place, now)
    lines = [*_lines([f"{title}.", *shown, *more]), _how(link), *_lines(notes)]
    text = "\n".join("".join(span.text for span in line) for line in lines)
    document = Document(tuple(map(Paragraph, lines)))
    card = card_of(document, [("Show the texts", link)] if link else [], text) if form is Form.CARD else None
    return Outgoing(f"outbox-{place.channel}-{now:%Y%m%d}", title, text, _body(document, text, form), now, card, link)


def _lines(texts: Sequence[str]) -> list[Spans]:
    return [(Span(text),) for text in texts]


def _how(link: str | None) -> Spans:
    if link is None:
        return (Span("`copsync outbox` hands them out."),)
    return (Span("Copy, post, paste the link of your post: "), Span(link, href=link))


def _body(document: Document, text: str, form: Form) -> str:
    """Return what people wrote as text, whatever it looks like in the form of the channel."""
    if form is Form.HTML:
        return to_html(document, TEAMS)
    return commonmark(document) if form is Form.MARKDOWN else text


def _link(store: Store, wiring: Wiring, place: Place, now: datetime) -> str | None:
    """Return a new one-time link; none where the page can be reached from this machine alone."""
    if wiring.configuration.settings.outbox.base_url is None:
        return None
    return link_url(wiring.configuration, links.make(store, place, f"reminder {now:%Y-%m-%d}", now))
