"""What the parts of one space share."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connectors.basecamp.account import Account
from connectors.basecamp.client import Client
from connectors.basecamp.container import Container
from connectors.basecamp.lens import Lens
from connectors.basecamp.lists import Lists
from connectors.basecamp.options import SpaceOptions
from domain.fields import RecordType


@dataclass(frozen=True, slots=True)
class Space:
    """One project as a space: its settings, its tools, its lists and its views."""

    account: Account
    options: SpaceOptions
    container: Container
    lists: Lists
    lens: Lens

    @property
    def client(self) -> Client:
        """The account's endpoints."""
        return self.account.client

    @property
    def kinds(self) -> tuple[RecordType, ...]:
        """The record types mirrored here."""
        return (RecordType.TASK, RecordType.EVENT) if self.options.events else (RecordType.TASK,)


def space_of(account: Account, options: SpaceOptions, zone: ZoneInfo) -> Space:
    """Return a space with its parts put together."""
    container = Container(account.client, options)
    return Space(account, options, container, Lists(account.client, container), Lens(options, zone))
