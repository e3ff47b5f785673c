"""How many comments would go with an entry."""

from __future__ import annotations

import re
from http import HTTPStatus

from connectors.basecamp.changes import ROUTES
from connectors.basecamp.items import Row
from connectors.basecamp.looking import recurs_at
from connectors.basecamp.space import Space
from domain.errors import Retriable
from domain.fields import RecordType


async def count_comments(space: Space, kind: RecordType, remote: str) -> int:
    """Return the number of comments; none where it is gone.

    A repeating entry tells those on itself only, while people also comment on single dates; so all comments of the
    project are looked through ("Recordings: Get recordings").

    Raises:
        Retriable: the comments could not all be read.
    """
    status, row = await space.client.read(ROUTES[kind], remote)
    if status == HTTPStatus.OK:
        return int(row.get("comments_count") or 0)
    if recurs_at(status, row) is None:
        await space.container.reach()
        return 0
    scope = await space.container.scope()
    listing = space.client.recordings("Comment", scope.project, sort="created_at")
    found = [one for one in await listing.rows() if _is_about(one, remote)]
    if listing.odd:
        raise Retriable(f"The comments on an entry in Basecamp could not be counted: {listing.odd}.")
    return len(found)


def _is_about(comment: Row, entry: str) -> bool:
    parent = comment.get("parent")
    if not isinstance(parent, dict):
        return False
    below = re.search(r"/schedule_entries/(\d+)/occurrences/", str(parent.get("url")))
    return str(parent.get("id")) == entry or (below is not None and below.group(1) == entry)
