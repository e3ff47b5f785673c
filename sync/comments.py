"""Counts what people wrote below items that a plan would take away, so that the plan can say so."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from connectors.contract import Discussed
from domain.errors import CopsyncError
from domain.parts import whole_of
from domain.plan import Plan, Situation
from sync.community import Community
from sync.together import together

log = logging.getLogger(__name__)


async def count_comments(community: Community, situation: Situation, plan: Plan) -> Mapping[tuple[str, str], int]:
    """Return the number of comments by (space, remote) that a plan inquires about, also of what it links itself.

    What cannot be counted now is missing, and waits.
    """
    records = {**situation.records, **plan.records}
    kinds = {
        (link.space, link.remote): records[whole_of(link.record)].type
        for link in (*situation.links, *plan.links)
        if (link.space, link.remote) in plan.inquire and whole_of(link.record) in records
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
