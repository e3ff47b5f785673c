"""Pages with opaque offsets, as every list of Asana has them.

``limit`` is 1 to 100; without it a list of more than 1,000 is refused. An offset is good for some minutes and
for the request it was given out for; it continues after the last item shown, so that changes in between
neither repeat nor skip what is still there (Asana: Pagination).
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from sandbox.asana.errors import invalid

MOST = 100
MOST_UNPAGED = 1_000

_TOO_LARGE = "The result is too large. You should use pagination (may require specifying a workspace)!"


class HasGid(Protocol):
    """Anything with an id."""

    @property
    def gid(self) -> str:
        """The id."""


T = TypeVar("T", bound=HasGid)


class Request(NamedTuple):
    """What identifies the list that is paged: where, for whom and when."""

    base: str
    path: str
    query: QueryParams
    user: str
    now: datetime

    def identity(self) -> str:
        """Return what must be the same when an offset is used: all but the size and fields of pages."""
        rest = sorted(p for p in self.query.multi_items() if p[0] not in ("limit", "offset", "opt_fields"))
        return f"{self.user} {self.path} {rest}"


class _Offset(NamedTuple):
    identity: str
    after: str
    position: int
    issued_at: datetime


class Pager:
    """Cuts lists into pages and remembers the offsets it gave out."""

    def __init__(self) -> None:
        self._offsets: dict[str, _Offset] = {}

    def page(self, request: Request, items: Sequence[T], life: timedelta) -> tuple[Sequence[T], dict[str, object]]:
        """Return the items to show and what stands beside them in the answer (``next_page``, if paged).

        Raises:
            RefusedError: a limit out of range, an offset that is not (or no longer) good, or too much at once.
        """
        limit = _limit(request.query.get("limit"))
        if limit is None:
            if "offset" in request.query:
                raise invalid("offset: You must also provide a limit")
            if len(items) > MOST_UNPAGED:
                raise invalid(_TOO_LARGE)
            return items, {}
        start = self._start(request, items, life)
        shown = items[start : start + limit]
        if start + limit >= len(items):
            return shown, {"next_page": None}
        return shown, {"next_page": self._next(request, shown[-1].gid, start + limit)}

    def _start(self, request: Request, items: Sequence[T], life: timedelta) -> int:
        name = request.query.get("offset")
        if name is None:
            return 0
        offset = self._offsets.get(name)
        if offset is None or offset.identity != request.identity():
            raise invalid("offset: Your pagination token is invalid.")
        if request.now - offset.issued_at >= life:
            raise invalid("offset: Your pagination token has expired.")
        before = offset.position - 1
        if before < len(items) and items[before].gid == offset.after:
            return offset.position
        return next((n + 1 for n, item in enumerate(items) if item.gid == offset.after), offset.position)

    def _next(self, request: Request, after: str, position: int) -> dict[str, object]:
        offset = _Offset(request.identity(), after, position, request.now)
        name = hashlib.blake2s(repr(offset).encode(), digest_size=24).hexdigest()
        self._offsets[name] = offset
        query = [pair for pair in request.query.multi_items() if pair[0] != "offset"]
        path = f"{request.path}?{urlencode([*query, ('offset', name)])}"
        return {"offset": name, "path": path, "uri": request.base + path}


def _limit(given: str | None) -> int | None:
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= MOST:
        raise invalid(f"limit: Must be between 1 and {MOST}")
    return int(given)
