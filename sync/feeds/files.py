"""Calendars for files: the same as behind an address, and the whole community's as one."""

from __future__ import annotations

from datetime import datetime

from config.models import CommunitySettings
from store.store import Store
from sync.feeds.addresses import member_of
from sync.feeds.calendar import Kind, whole
from sync.feeds.items import Sort
from sync.feeds.publisher import audience_of
from sync.feeds.snapshot import Reader


def content_of(store: Store, settings: CommunitySettings, kind: Kind, email: str | None, now: datetime) -> bytes:
    """Return a calendar as its feed would be; `email` says whose duties are meant.

    Raises:
        ConfigProblem: nobody of the community has this e-mail address.
        StoreProblem: the store cannot be read.
    """
    member = member_of(store, settings, email) if email and kind is Kind.DUTIES else None
    return Reader(audience_of(settings)).snapshot(store, None, now).calendar(kind, member)


def everything(store: Store, settings: CommunitySettings, now: datetime) -> bytes:
    """Return gatherings and deadlines in one calendar.

    Raises:
        StoreProblem: the store cannot be read.
    """
    items = Reader(audience_of(settings)).items(store, now)
    return whole(audience_of(settings), (item for item in items if item.sort is not Sort.DUTY), now.date())
