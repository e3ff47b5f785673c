"""The page on which moderators find what to post: ``uvicorn web.outbox:app``, or better ``copsync outbox serve``.

It is opened by a link that works once. Opening is a press of a button and not the mere visit, so that programs which
look at the links in mails use none up. Whoever opened it may copy the texts and give the links of posts; nothing else.
The configuration is the one that COPSYNC_CONFIG names, else ./copsync.toml. It is read once, at the start.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from config.loader import DEFAULT, Configuration, load
from domain.errors import CopsyncError, StoreProblem
from domain.outbox.states import Event, State
from store.store import Store
from sync.outbox import desk, links
from sync.outbox.links import Standing, Visit
from sync.outbox.place import Place
from sync.outbox.places import places_of
from web.hiding import hide_tokens
from web.outbox_pages import TYPES, outbox_page, page, static

COOKIE = "copsync_outbox"
LONGEST_FORM = 16_384

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}

_ANEW = "Ask for a new one: whoever runs copsync makes it with `copsync outbox link`, and the next reminder brings one."
_REFUSED = {
    Standing.OPENED: (410, "This link was opened before", f"Each link works once, in one browser. {_ANEW}"),
    Standing.EXPIRED: (410, "This link is no longer good", f"It was not opened in time. {_ANEW}"),
    Standing.UNKNOWN: (404, "There is nothing at this address", f"Perhaps the link was cut. {_ANEW}"),
}
_NO_SESSION = (403, "This page is closed", f"Open it by the link you were sent, in this browser. {_ANEW}")
_OTHER_PAGE = (403, "This was not sent from this page", "Go back, load the page again and repeat it there.")
_LATER = (503, "The outbox cannot be read at the moment", "Nothing is lost. Try again in some minutes.")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Office:
    """What answers: the store, the groups by community and channel, and the clock."""

    store: Store
    places: Mapping[tuple[str, str], Place]
    names: Mapping[str, str]
    clock: Callable[[], datetime]
    is_secure: bool


def create_app(configuration: Configuration | None = None, clock: Callable[[], datetime] = _now) -> Starlette:
    """Return the app; without a configuration it loads its own when it starts."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        hide_tokens()
        settled = configuration or load(Path(os.environ.get("COPSYNC_CONFIG") or DEFAULT))
        store = Store.open(settled.settings.store.url, settled.folder)
        try:
            app.state.office = _office(settled, store, clock)
            yield
        finally:
            store.close()

    routes = [
        Route("/outbox", show, methods=["GET"]),
        Route("/outbox/claim", claim, methods=["POST"]),
        Route("/outbox/cancel", cancel, methods=["POST"]),
        Route("/outbox/static/{name}", asset, methods=["GET"]),
        Route("/outbox/{token}", look, methods=["GET"]),
        Route("/outbox/{token}", open_link, methods=["POST"]),
    ]
    handlers = {HTTPException: _nowhere, StoreProblem: _later}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


def _office(settled: Configuration, store: Store, clock: Callable[[], datetime]) -> Office:
    places = {(one.community, one.channel): one for one in places_of(settled, settled.settings.communities)}
    names = {one.id: one.name or one.id for one in settled.settings.communities}
    base = settled.settings.outbox.base_url or ""
    return Office(store, places, names, clock, base.startswith("https://"))


def look(request: Request) -> Response:
    """Answer a visit of a link: it changes nothing."""
    office: Office = request.app.state.office
    standing = links.standing(office.store, request.path_params["token"], office.clock())
    if standing is Standing.GOOD:
        hours = int(links.SESSION.total_seconds() // 3600)
        return _html(page("open.html", title="Posts for your group", root=_root(request), hours=hours))
    if standing is Standing.OPENED and _visit(request) is not None:
        return _redirect("../outbox")
    return _refusal(request, _REFUSED[standing])


def open_link(request: Request) -> Response:
    """Use a link up, and let this browser in."""
    office: Office = request.app.state.office
    token = request.path_params["token"]
    session = links.open_once(office.store, token, office.clock())
    if session is None:
        standing = links.standing(office.store, token, office.clock())
        return _refusal(request, _REFUSED.get(standing, _REFUSED[Standing.OPENED]))
    answer = _redirect("../outbox")
    answer.set_cookie(
        COOKIE,
        session,
        max_age=int(links.SESSION.total_seconds()),
        secure=office.is_secure,
        httponly=True,
        samesite="strict",
    )
    return answer


def show(request: Request) -> Response:
    """Show what waits. To be shown a text is to be handed it out: only a session gets here, and twice is as once."""
    visit = _visit(request)
    if visit is None:
        return _refusal(request, _NO_SESSION)
    return _page(request, visit)


async def claim(request: Request) -> Response:
    """Take the link of a post."""
    return await _deed(request, _claim)


async def cancel(request: Request) -> Response:
    """Take note that an item is not to be posted."""
    return await _deed(request, _cancel)


def asset(request: Request) -> Response:
    """Answer with the style or the script of the pages."""
    name = request.path_params["name"]
    if name not in TYPES:
        raise HTTPException(404)
    return Response(static(name), media_type=TYPES[name], headers={**HEADERS, "Cache-Control": "max-age=3600"})


Deed = Callable[[Office, Place, Visit, Mapping[str, str]], str]


async def _deed(request: Request, do: Deed) -> Response:
    form = await _form(request)
    return await run_in_threadpool(_done, request, do, form)


def _done(request: Request, do: Deed, form: Mapping[str, str]) -> Response:
    visit = _visit(request)
    if visit is None:
        return _refusal(request, _NO_SESSION)
    if not _is_own(request, form.get("key", "")):
        return _refusal(request, _OTHER_PAGE)
    office: Office = request.app.state.office
    try:
        said = do(office, office.places[visit.community, visit.channel], visit, form)
    except StoreProblem:
        raise
    except CopsyncError as problem:
        return _page(request, visit, problem=problem, of=form.get("item", ""), given=form.get("link", ""))
    return _redirect(f"../outbox?said={said}")


def _claim(office: Office, place: Place, visit: Visit, form: Mapping[str, str]) -> str:
    _, item = desk.item_of(office.store, [place], form.get("item", ""))
    desk.claim(office.store, place, item, form.get("link", ""), visit.moderator, office.clock())
    return "claimed"


def _cancel(office: Office, place: Place, visit: Visit, form: Mapping[str, str]) -> str:
    _, item = desk.item_of(office.store, [place], form.get("item", ""))
    desk.move(office.store, item, Event.CANCEL, visit.moderator, office.clock(), place)
    return "cancelled"


def _visit(request: Request) -> Visit | None:
    """Return whose session a request belongs to; None also where its channel is no longer configured."""
    office: Office = request.app.state.office
    found = links.visit(office.store, request.cookies.get(COOKIE, ""), office.clock())
    return found if found and (found.community, found.channel) in office.places else None


def _is_own(request: Request, key: str) -> bool:
    elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    return not elsewhere and links.is_own_form(request.cookies.get(COOKIE, ""), key)


async def _form(request: Request) -> Mapping[str, str]:
    """Return the fields of a form; one that is longer than any of ours is refused unread."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise HTTPException(413)
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _page(
    request: Request, visit: Visit, *, problem: CopsyncError | None = None, of: str = "", given: str = ""
) -> Response:
    office: Office = request.app.state.office
    place, now = office.places[visit.community, visit.channel], office.clock()
    everything = desk.items(office.store, place)
    shown = desk.hand_out(
        office.store, [item for item in everything if item.state is State.READY], visit.moderator, now
    )
    fresh = {item.id: item for item in shown}
    html = outbox_page(
        place,
        office.names[visit.community],
        [fresh.get(item.id, item) for item in everything],
        now,
        key=links.form_key(request.cookies.get(COOKIE, "")),
        said=request.query_params.get("said", ""),
        problem=problem,
        problem_of=of,
        given=given,
        root=_root(request),
    )
    return _html(html, 422 if problem else 200)


def _html(text: str, status: int = 200) -> Response:
    return Response(text, status, HEADERS, "text/html")


def _redirect(where: str) -> RedirectResponse:
    return RedirectResponse(where, 303, HEADERS)


def _refusal(request: Request, told: tuple[int, str, str]) -> Response:
    status, title, mend = told
    return _html(page("refused.html", title=title, root=_root(request), mend=mend), status)


def _root(request: Request) -> str:
    """Return how the outbox is reached from the address of a request, whatever a proxy has put in front of it."""
    depth = request.url.path.count("/")
    return "outbox/" if depth <= 1 else "../" * (depth - 2)


def _nowhere(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    told = (status, "This page does not exist", "Open the outbox by the link you were sent.")
    if status == 413:
        told = (413, "This is too long", "Paste the link of your post alone.")
    return _refusal(request, told)


def _later(request: Request, _error: Exception) -> Response:
    return _refusal(request, _LATER)


app = create_app()
