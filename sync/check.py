"""Reaches every connection and space and names each problem with its mend; sends only reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from config.models import CommunitySettings
from connectors.contract import Finding
from domain.errors import ConfigProblem, CopsyncError
from sync.community import Community
from sync.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding and what it is about: a connection, or a space of a community."""

    about: str
    finding: Finding


async def check(wiring: Wiring, communities: Sequence[CommunitySettings]) -> list[Checked]:
    """Return everything that was found, in the order of the configuration; a user's mistake never raises."""
    found: list[Checked] = []
    asked: list[tuple[str, Awaitable[Sequence[Finding]]]] = []
    for name in wiring.configuration.settings.connections:
        try:
            asked.append((f"connection {name}", wiring.connection(name).check()))
        except ConfigProblem as wrong:
            found.append(_wrong(f"connection {name}", wrong))
    for settings in communities:
        found += _ask_spaces(wiring, settings, asked)
    answers = await asyncio.gather(*(_safely(about, question) for about, question in asked))
    return found + [one for some in answers for one in some]


def _ask_spaces(
    wiring: Wiring, settings: CommunitySettings, asked: list[tuple[str, Awaitable[Sequence[Finding]]]]
) -> list[Checked]:
    try:
        community: Community = wiring.community(settings)
    except ConfigProblem as wrong:
        return [_wrong(f"community {settings.id}", wrong)]
    asked += [(f"space {space.name} of {settings.id}", space.connector.check()) for space in community.spaces]
    if community.spaces:
        return []
    return [
        Checked(f"community {settings.id}", Finding("warning", "It has no space yet.", "Add [[communities.spaces]]."))
    ]


async def _safely(about: str, question: Awaitable[Sequence[Finding]]) -> list[Checked]:
    try:
        return [Checked(about, finding) for finding in await question]
    except CopsyncError as problem:
        return [_wrong(about, problem)]


def _wrong(about: str, problem: CopsyncError) -> Checked:
    where = getattr(problem, "where", None)
    return Checked(about, Finding("error", f"{where}: {problem.message}" if where else problem.message, problem.mend))
