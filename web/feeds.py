"""Serves calendar feeds over HTTP: ``uvicorn web.feeds:app``, or better ``copsync feed serve``.

The configuration is the one that COPSYNC_CONFIG names, else ./copsync.toml. It is read once, at the start.
"""

from __future__ import annotations

import gzip
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from config.loader import DEFAULT, Configuration, load
from domain.errors import StoreProblem
from store.store import Store
from sync.feeds.publisher import Published, Publisher
from web.conditional import ZIPPED, is_known, takes_gzip
from web.hiding import hide_tokens

MAX_AGE_S = 900
LEVEL = 3
"""How hard to compress: calendars are so repetitive that more effort gains little."""

_LOG = logging.getLogger(__name__)
_NOWHERE = "There is no calendar at this address. Ask the moderators of your community for a new one.\n"
_LATER = "The calendar cannot be read at the moment. It is tried again by itself.\n"


def _now() -> datetime:
    return datetime.now(UTC)


def create_app(configuration: Configuration | None = None, clock: Callable[[], datetime] = _now) -> Starlette:
    """Return the app; without a configuration it loads its own when it starts."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        hide_tokens()
        settled = configuration or load(Path(os.environ.get("COPSYNC_CONFIG") or DEFAULT))
        store = Store.open(settled.settings.store.url, settled.folder)
        try:
            app.state.publisher, app.state.clock = Publisher(settled, store), clock
            await run_in_threadpool(app.state.publisher.prepare, clock())
            yield
        finally:
            store.close()

    return Starlette(routes=[Route("/feeds/{token}.ics", feed)], lifespan=lifespan)


def feed(request: Request) -> Response:
    """Answer with a calendar, or that the client has it already, or that there is none."""
    state = request.app.state
    try:
        found = state.publisher.find(request.path_params["token"], state.clock())
    except StoreProblem as problem:
        _LOG.error("A feed could not be read: %s", problem)
        return PlainTextResponse(_LATER, 503, {"Retry-After": "300", "Cache-Control": "no-store"})
    if found is None:
        return PlainTextResponse(_NOWHERE, 404, {"Cache-Control": "no-store"})
    return _answer(request, found)


def _answer(request: Request, found: Published) -> Response:
    zipped = takes_gzip(request.headers)
    headers = {
        "ETag": f'"{found.tag}{ZIPPED if zipped else ""}"',
        "Last-Modified": format_datetime(found.modified, usegmt=True),
        "Cache-Control": f"private, max-age={MAX_AGE_S}",
        "Vary": "Accept-Encoding",
    }
    if is_known(request.headers, found.tag, found.modified):
        return Response(status_code=304, headers=headers)
    content = found.content()
    if zipped:
        content = gzip.compress(content, LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    headers |= {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
    return Response(content, headers=headers, media_type="text/calendar; charset=utf-8")


app = create_app()
