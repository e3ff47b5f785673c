"""Counts what people wrote below items that a plan would take away, so that the plan can say so."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping

from connectors.contract import Discussed
from domain.errors import CopsyncError
from domain.parts import whole_of
from domain.plan import Situation
from sync.community import Community
from sync.together import together

log = logging.getLogger(__name__)


async def count_comments(
    community: Community, situation: Situation, asked: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], int]:
    """Return the number of comments by (space, remote); what cannot be counted now is missing, and waits."""
    kinds = {
        (link.space, link.remote): situation.records[whole_of(link.record)].type
        for link in situation.links
        if (link.space, link.remote) in asked and whole_of(link.record) in situation.records
    }

    async def count(space: str, remote: str) -> tuple[tuple[str, str], int | None]:
        connector = community.space(space).connector
        if not isinstance(connector, Discussed):
            return (space, remote), 0
        try:
            return (space, remote), await connector.comments(kinds[space, remote], remote)
        except CopsyncError as problem:
            log.info("%s: the comments of %s could not be counted: %s", space, remote, problem)
            return (space, remote), None

    counted = await together(*(count(*one) for one in sorted(kinds)))
    return {one: number for one, number in counted if number is not None}
