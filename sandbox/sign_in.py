"""The sign-in service of a stand-in: the page on which a person lets an app in, and the token endpoint.

It is as strict as the vendors' documentation says (OAuth 2.0, RFC 6749 and 7636): registered redirects only, codes
that work once and for ten minutes, access tokens that end, and refresh tokens that are replaced if ``rotates`` says
so. What it gives works at the stand-in's API as the person who consented.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

REDIRECT = "http://127.0.0.1:8917/callback"
"""The redirect that is registered from the beginning; `copsync connect` listens there."""

_CODE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True)
class Vendor:
    """What differs between the services.

    Attributes:
        title: the tool's name on the page.
        authorize, token: the paths; `about` tells a token's holder where there is such a path.
        life: of an access token.
        pkce: whether a code challenge is checked.
        needs_state: whether a request without ``state`` is refused.
        shows_code: the redirect for which the code is shown instead of sent.
        ended: error code of a grant that is no longer accepted.
        renewal_names_refresh: whether a renewal's answer repeats the refresh token when it stays the same.
        gives_refresh: whether there is a refresh token at all; `refresh_life` is then how long after the consent it
            works, which no renewal makes longer.
        denied: error code when the person says no.
        code_ended: error code of a code that is not accepted, where it is another one than `ended`.
    """

    title: str
    authorize: str
    token: str
    life: timedelta
    pkce: bool
    needs_state: bool
    about: str | None = None
    shows_code: str | None = None
    ended: str = "invalid_grant"
    renewal_names_refresh: bool = False
    gives_refresh: bool = True
    refresh_life: timedelta | None = None
    denied: str = "access_denied"
    code_ended: str | None = None


ASANA = Vendor(
    title="Asana",
    authorize="/-/oauth_authorize",
    token="/-/oauth_token",  # noqa: S106 - a path, not a token
    life=timedelta(hours=1),
    pkce=True,
    needs_state=True,
    shows_code="urn:ietf:wg:oauth:2.0:oob",
)
LAUNCHPAD = Vendor(
    title="Basecamp",
    authorize="/authorization/new",
    token="/authorization/token",  # noqa: S106 - a path, not a token
    life=timedelta(days=14),
    pkce=False,
    needs_state=False,
    about="/authorization.json",
    ended="authorization_expired",
    renewal_names_refresh=True,
)
LINKEDIN = Vendor(
    title="LinkedIn",
    authorize="/oauth/v2/authorization",
    token="/oauth/v2/accessToken",  # noqa: S106 - a path, not a token
    life=timedelta(days=60),
    pkce=False,
    needs_state=False,
    gives_refresh=False,  # only approved marketing partners get one
    refresh_life=timedelta(days=365),
    denied="user_cancelled_authorize",
    code_ended="invalid_request",
    renewal_names_refresh=True,
)


@dataclass
class _Code:
    person: Any
    redirect: str
    challenge: str | None
    until: datetime
    scope: str = ""
    is_used: bool = False


@dataclass
class _Grant:
    """What one consent led to: its tokens end together."""

    person: Any
    refresh: set[str] = field(default_factory=set)
    access: set[str] = field(default_factory=set)
    scope: str = ""
    until: datetime | None = None


class SignInService:
    """One tool's service. Change the public attributes at any time.

    Attributes:
        client_id, client_secret: the one app that is registered; `redirects` are its addresses.
        life: how long new access tokens work.
        scopes: what the app was granted and may ask for; None where the service knows no scopes.
        gives_refresh: whether consents lead to a refresh token.
        rotates: a renewal replaces the refresh token, and the old one ends at once.
        reuse_ends_all: a refresh token that was replaced and comes again ends the whole grant.
        requests: every request so far as (method, path, status).
        given: every secret that was handed out: codes and tokens, in their order.
        renewals: how many refresh tokens were accepted.

    Args:
        vendor: whose service it is.
        tokens: the stand-in's own map of access tokens to people, to which tokens are added and from which they go.
        people: who can consent: the value that `tokens` wants for them, and their name.
        now: the clock.
    """

    def __init__(
        self,
        vendor: Vendor,
        *,
        tokens: MutableMapping[str, Any],
        people: Callable[[], Mapping[Any, str]],
        now: Callable[[], datetime],
    ) -> None:
        self.vendor = vendor
        self.client_id = "1200000000000001"
        self.client_secret = f"sandbox-{vendor.title.lower()}-client-secret"
        self.redirects = {REDIRECT, *([vendor.shows_code] if vendor.shows_code else [])}
        self.life = vendor.life
        self.scopes: frozenset[str] | None = None
        self.gives_refresh = vendor.gives_refresh
        self.rotates = False
        self.reuse_ends_all = False
        self.requests: list[tuple[str, str, int]] = []
        self.given: list[str] = []
        self.renewals = 0
        self._tokens = tokens
        self._people = people
        self._now = now
        self._codes: dict[str, _Code] = {}
        self._grants: dict[str, _Grant] = {}
        self._replaced: dict[str, _Grant] = {}
        self._until: dict[str, datetime] = {}

    def let_in(self, person: Any) -> str:
        """Return a refresh token as if a person had consented earlier."""
        grant = _Grant(person)
        return self._new_refresh(grant)

    def adopt(self, refresh: str, person: Any) -> None:
        """Take a refresh token of one's own choice for one that a person's consent led to."""
        self._grants[refresh] = _Grant(person, {refresh})

    def give(self, person: Any, life: timedelta | None = None) -> str:
        """Return an access token as if a person had consented earlier, without anything to renew it."""
        return self._new_access(_Grant(person), life)

    def expire_access(self) -> None:
        """End every access token given so far; refresh tokens stay."""
        for token in list(self._until):
            self._end_access(token)

    def revoke(self) -> None:
        """End every grant, as a changed password does."""
        self.expire_access()
        self._grants.clear()

    def sweep(self) -> None:
        """End the access tokens whose time is over."""
        now = self._now()
        for token in [token for token, until in self._until.items() if until <= now]:
            self._end_access(token)

    def routes(self) -> list[Route]:
        """Return the paths that are served."""
        vendor = self.vendor
        about = [Route(vendor.about, self._noted(self._about), methods=["GET"])] if vendor.about else []
        return [
            Route(vendor.authorize, self._noted(self._authorize), methods=["GET", "POST"]),
            Route(vendor.token, self._noted(self._token), methods=["POST"]),
            *about,
        ]

    def _noted(self, serve: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def noted(request: Request) -> Response:
            self.sweep()
            response: Response = await serve(request)
            self.requests.append((request.method, request.url.path, response.status_code))
            return response

        return noted

    # The page.

    async def _authorize(self, request: Request) -> Response:
        asked = request.query_params
        wrong = self._wrong_with(asked)
        if wrong:
            return HTMLResponse(f"<h1>{escape(self.vendor.title)}</h1><p>{escape(wrong)}</p>", 400)
        if self.scopes is not None and not set(asked.get("scope", "").split()) <= self.scopes:
            return self._back(asked, error="unauthorized_scope_error")
        if request.method == "GET":
            return HTMLResponse(self._page())
        form = await _form(request)
        person = next((one for one in self._people() if str(one) == form.get("person")), None)
        if person is None:
            return self._back(asked, error=self.vendor.denied)
        code = secrets.token_urlsafe(24)
        self.given.append(code)
        until = self._now() + _CODE_LIFE
        scope = asked.get("scope", "")
        self._codes[code] = _Code(person, asked["redirect_uri"], asked.get("code_challenge"), until, scope)
        if asked["redirect_uri"] == self.vendor.shows_code:
            return HTMLResponse(f"<h1>Code</h1><code>{code}</code>")
        return self._back(asked, code=code)

    def _wrong_with(self, asked: QueryParams) -> str | None:
        vendor = self.vendor
        if asked.get("client_id") != self.client_id:
            return "This app is not known."
        if asked.get("redirect_uri") not in self.redirects:
            return "The redirect_uri does not match a registered one."
        if asked.get("response_type") != "code":
            return "The response_type must be code."
        if vendor.needs_state and not asked.get("state"):
            return "The state is missing."
        if vendor.pkce and asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            return "The code_challenge_method must be S256."
        return None

    def _page(self) -> str:
        choices = "".join(f'<option value="{one}">{escape(name)}</option>' for one, name in self._people().items())
        return (
            f"<title>{escape(self.vendor.title)}: sign in</title><h1>Let copsync in?</h1>"
            f'<form method="post"><select name="person">{choices}</select><button>Allow</button></form>'
        )

    def _back(self, asked: QueryParams, **answer: str) -> Response:
        state = {"state": asked["state"]} if "state" in asked else {}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({**answer, **state})}", 302)

    # The token endpoint.

    async def _token(self, request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
            return _refused("invalid_request", "Send a form.")
        form = await _form(request)
        if form.get("client_id") != self.client_id or not _same(form.get("client_secret"), self.client_secret):
            return _refused("invalid_client", "Unknown client or wrong secret.", 401)
        if form.get("grant_type") == "authorization_code":
            return self._first(form)
        if form.get("grant_type") == "refresh_token":
            return self._renewed(form.get("refresh_token", ""))
        return _refused("unsupported_grant_type", "Use authorization_code or refresh_token.")

    def _first(self, form: Mapping[str, str]) -> Response:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.is_used or code.until <= self._now() or form.get("redirect_uri") != code.redirect:
            return _refused(self.vendor.code_ended or self.vendor.ended, "The code is not valid any more.")
        if self.vendor.pkce and code.challenge and _challenge(form.get("code_verifier", "")) != code.challenge:
            return self._over()
        code.is_used = True
        life = self.vendor.refresh_life
        grant = _Grant(code.person, scope=code.scope, until=self._now() + life if life else None)
        return self._given(grant, self._new_refresh(grant) if self.gives_refresh else None)

    def _renewed(self, token: str) -> Response:
        if token in self._replaced and self.reuse_ends_all:
            self._end(self._replaced[token])
        grant = self._grants.get(token)
        if grant is None or (grant.until is not None and grant.until <= self._now()):
            return self._over()
        self.renewals += 1
        if not self.rotates:
            return self._given(grant, token if self.vendor.renewal_names_refresh else None)
        self._replaced[token] = self._grants.pop(token)
        return self._given(grant, self._new_refresh(grant))

    def _given(self, grant: _Grant, refresh: str | None) -> Response:
        left = grant.until - self._now() if grant.until else None
        life = min(self.life, left) if left else self.life
        answer: dict[str, Any] = {
            "access_token": self._new_access(grant, life),
            "token_type": "bearer",
            "expires_in": int(life.total_seconds()),
        }
        answer |= {"scope": grant.scope} if grant.scope else {}
        answer |= {"refresh_token": refresh} if refresh else {}
        if refresh and left:
            answer["refresh_token_expires_in"] = int(left.total_seconds())
        return JSONResponse(answer)

    def _over(self) -> Response:
        return _refused(self.vendor.ended, "The grant is not valid any more.")

    def _new_refresh(self, grant: _Grant) -> str:
        token = f"refresh-{secrets.token_urlsafe(24)}"
        self.given.append(token)
        grant.refresh.add(token)
        self._grants[token] = grant
        return token

    def _new_access(self, grant: _Grant, life: timedelta | None) -> str:
        token = f"access-{secrets.token_urlsafe(24)}"
        self.given.append(token)
        grant.access.add(token)
        self._tokens[token] = grant.person
        self._until[token] = self._now() + (life or self.life)
        return token

    def _end_access(self, token: str) -> None:
        self._until.pop(token, None)
        self._tokens.pop(token, None)

    def _end(self, grant: _Grant) -> None:
        for token in grant.access:
            self._end_access(token)
        for token in grant.refresh:
            self._grants.pop(token, None)

    # Who a token belongs to.

    async def _about(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").partition(" ")[2]
        if token not in self._until:
            return JSONResponse({"error": "OAuth token could not be verified."}, 401)
        name = self._people().get(self._tokens[token], "")
        until = self._until[token].strftime("%Y-%m-%dT%H:%M:%SZ")
        return JSONResponse({"expires_at": until, "identity": {"id": 1, "first_name": name}, "accounts": []})


class Served(Protocol):
    """A sign-in service: the paths that it serves, and what it does before every other request."""

    def routes(self) -> list[Route]:
        """Return the paths."""

    def sweep(self) -> None:
        """End what is over."""


class WithSignIn:
    """A stand-in with its sign-in service on the same origin."""

    def __init__(self, app: ASGIApp, service: Served) -> None:
        self._app = app
        self._service = service
        routes = service.routes()
        self._paths = {route.path for route in routes}
        self._pages = Starlette(routes=routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] in self._paths:
            await self._pages(scope, receive, send)
            return
        self._service.sweep()
        await self._app(scope, receive, send)


def _refused(code: str, why: str, status: int = 400) -> Response:
    return JSONResponse({"error": code, "error_description": why}, status)


async def _form(request: Request) -> Mapping[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))


def _same(given: str | None, wanted: str) -> bool:
    return given is not None and hmac.compare_digest(given.encode(), wanted.encode())


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
