"""What the demo's scenes about channels share: the world, the store, and how they tell a person what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from cli.words import line
from config.loader import Configuration
from domain.errors import CopsyncError
from sandbox.world import World
from store.store import Store

Json = dict[str, Any]

TITLE = "Open space afternoon"
"""The gathering that the channels hear of."""
TEAMS = "teams"
"""The channel whose messages are edited."""
REPORT = "Please report it with the lines above."


class NotToldError(CopsyncError):
    """A channel did not hear what it was to hear; something is broken on this machine or in copsync."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What every scene about channels needs."""

    world: World
    configuration: Configuration
    store: Store
    console: Console

    def tell(self, text: str) -> None:
        """Print what happens."""
        self.console.print(f"  {line(text)}")

    def quote(self, lines: Sequence[str]) -> None:
        """Print what people see there."""
        for one in filter(str.strip, lines):
            self.console.print(f"    [dim]│[/] {line(one)}")


def member(world: World) -> str:
    """Return a member who has Microsoft 365, by key."""
    return next(iter(world.tokens.people["microsoft365"]))


def in_teams(world: World) -> Json:
    """Return the one message about the gathering in the channel, as a member sees it.

    Raises:
        NotToldError: there is none, or more than one.
    """
    found = [one for one in world.teams_messages(member(world)) if TITLE in one["title"]]
    if len(found) != 1:
        raise NotToldError(f"“{TITLE}” stands {len(found)} times in the channel in Teams.", mend=REPORT)
    return found[0]
