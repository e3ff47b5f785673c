"""Reaches every connection and space and names each problem with its mend; sends only reads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from config.models import CommunitySettings
from connectors.channel import KnowsPeople, Sender
from connectors.contract import Finding
from domain.announcements.samples import samples
from domain.errors import ConfigProblem, CopsyncError
from sync.announce.wording import templates_of
from sync.newcomers import newcomers
from sync.outbox.checking import findings
from sync.outbox.places import places_of
from sync.wiring import Wiring

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding and what it is about: a connection, or a space of a community."""

    about: str
    finding: Finding


async def check(wiring: Wiring, communities: Sequence[CommunitySettings]) -> list[Checked]:
    """Return everything that was found, in the order of the configuration; a user's mistake never raises.

    Connections that only other communities use are left out.
    """
    checkup = _Checkup(wiring)
    for name in _connections(wiring, communities):
        checkup.ask_connection(name)
    for settings in communities:
        checkup.ask_community(settings)
    return await checkup.answers()


def _connections(wiring: Wiring, communities: Sequence[CommunitySettings]) -> Iterator[str]:
    configured = wiring.configuration.settings
    used: set[str | None] = {one.connection for settings in communities for one in settings.spaces}
    used |= {one.connection for settings in communities for one in settings.channels}
    everything = len(communities) == len(configured.communities)
    return (name for name in configured.connections if everything or name in used)


@dataclass(slots=True)
class _Checkup:
    """Collects the questions first, so that they can be asked side by side."""

    wiring: Wiring
    asked: list[tuple[str, Awaitable[Sequence[Finding]]]] = field(default_factory=list)
    said: set[str] = field(default_factory=set)

    def ask_connection(self, name: str) -> None:
        about = f"connection {name}"
        connection = self._try(about, lambda: self.wiring.connection(name))
        if connection is not None:
            self._ask(about, connection.check())

    def ask_community(self, settings: CommunitySettings) -> None:
        about = f"community {settings.id}"
        if not settings.spaces:
            self._tell(about, Finding("warning", "It has no space yet.", "Add [[communities.spaces]] for each tool."))
        self._ask_channels(settings)
        self._ask_outboxes(settings)
        found = [self._ask_space(settings, place) for place in range(len(settings.spaces))]
        if all(found):
            self._try(about, lambda: self.wiring.community(settings))
        else:
            self._try(about, lambda: self.wiring.check_members(settings))

    def _ask_channels(self, settings: CommunitySettings) -> None:
        """Reach every channel, and try the words of a community's own templates."""
        for place, named in enumerate(settings.channels):
            about = f"channel {named.id} of {settings.id}"
            channel = self._try(about, lambda place=place: self.wiring.channel(settings, place))  # type: ignore[misc]
            sender = self._try(about, channel.open) if channel else None
            if sender is not None:
                self._ask(about, _closing(sender, settings, channel.kind.tool or "" if channel else ""))
        if settings.templates is not None:
            about = f"templates of {settings.id}"
            templates = self._try(about, lambda: templates_of(self.wiring.configuration, settings))
            for problem in templates.problems(samples) if templates else ():
                self._tell(about, _failure(problem))

    def _ask_outboxes(self, settings: CommunitySettings) -> None:
        """See whether what a group in which a person posts names is there."""
        places = self._try(f"community {settings.id}", lambda: places_of(self.wiring.configuration, [settings]))
        for place in places or ():
            for finding in findings(self.wiring, settings, place):
                self._tell(f"channel {place.channel} of {settings.id}", finding)

    def _ask_space(self, settings: CommunitySettings, place: int) -> bool:
        about = f"space {settings.spaces[place].name} of {settings.id}"
        space = self._try(about, lambda: self.wiring.space(settings, place))
        if space is not None:
            self._ask(about, space.connector.check())
        return space is not None

    def _try(self, about: str, make: Callable[[], T]) -> T | None:
        """Return what can be made of the settings; a problem is told once, whoever else runs into it."""
        try:
            return make()
        except ConfigProblem as wrong:
            if str(wrong) not in self.said:
                self._tell(about, _failure(wrong))
            self.said.add(str(wrong))
            return None

    def _tell(self, about: str, finding: Finding) -> None:
        async def answer() -> Sequence[Finding]:
            return [finding]

        self._ask(about, answer())

    def _ask(self, about: str, question: Awaitable[Sequence[Finding]]) -> None:
        self.asked.append((about, question))

    async def answers(self) -> list[Checked]:
        """Return all findings, in the order of the questions."""
        found = await asyncio.gather(*(_safely(about, question) for about, question in self.asked))
        return [one for some in found for one in some]


async def _closing(sender: Sender, settings: CommunitySettings, tool: str) -> Sequence[Finding]:
    """Ask a channel, and whoever it knows to be there, where that is allowed."""
    try:
        found = await sender.check()
        people = await sender.people() if isinstance(sender, KnowsPeople) else None
        return [*found, *(newcomers(people, settings.members, tool) if people is not None else ())]
    finally:
        await sender.aclose()


async def _safely(about: str, question: Awaitable[Sequence[Finding]]) -> list[Checked]:
    try:
        return [Checked(about, finding) for finding in await question]
    except CopsyncError as problem:
        return [Checked(about, _failure(problem))]
    except Exception as bug:
        log.exception("%s could not be checked", about)
        message = f"The connector made a mistake ({type(bug).__name__})."
        return [Checked(about, Finding("error", message, "Please report it; COPSYNC_DEBUG=1 shows the details."))]


def _failure(problem: CopsyncError) -> Finding:
    where = getattr(problem, "where", None)
    return Finding("error", f"{where}: {problem.message}" if where else problem.message, problem.mend)
