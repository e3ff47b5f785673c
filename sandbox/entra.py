"""The sign-in service of Microsoft 365 as a stand-in: the device-code flow of a public client (RFC 8628).

A person enters the code by :meth:`EntraService.enter`, or on the page that a browser opens. Refresh tokens roll with
every use, as Entra's do; the ones before go on working, unless ``rotates`` says otherwise.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GRAPH = "https://graph.microsoft.com/"
_FORM = (
    '<!doctype html><html lang="en"><title>Sign in</title><h1>Enter the code</h1><form method="post">'
    '<p><label>Code <input name="code" required></label></p><p><label>Sign in as <input name="person" required '
    'placeholder="copsync@example.org"></label></p><button>Allow</button></form></html>'
)
_ENTERED = '<!doctype html><html lang="en"><title>Sign in</title><h1>You are signed in; close this page.</h1></html>'


@dataclass
class _Device:
    word: str
    scopes: frozenset[str]
    until: datetime
    person: str | None = None
    is_declined: bool = False


@dataclass(frozen=True)
class _Grant:
    person: str
    scopes: frozenset[str]


class EntraService:
    """One tenant's service. Change the public attributes at any time.

    Attributes:
        client_id, tenant: the one public client that is registered, and where.
        consented: what an administrator consented to; a code for more is refused, None allows everything.
        is_public: whether the app may sign in without a secret.
        life, code_life: of new access tokens and of codes.
        interval: seconds between two questions, as told; asking sooner is answered with slow_down.
        rotates: an old refresh token ends when it is used.
        given: every secret that was handed out, in order; `renewals`: how many refresh tokens were accepted.

    Args:
        let_in: takes an access token, its person and its scopes, and lets it in at Graph; `keep_out` the reverse.
        now: the clock.
    """

    def __init__(
        self,
        *,
        let_in: Callable[[str, str, frozenset[str]], None],
        keep_out: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        self.client_id, self.tenant = "6731de76-14a6-49ae-97bc-6eba6914391e", "example.org"
        self.consented: frozenset[str] | None = None
        self.is_public = True
        self.life, self.code_life = timedelta(hours=1), timedelta(minutes=15)
        self.interval = 1
        self.rotates = False
        self.given: list[str] = []
        self.renewals = 0
        self.requests: list[tuple[str, str, int]] = []
        self._let_in, self._keep_out, self._now = let_in, keep_out, now
        self._devices: dict[str, _Device] = {}
        self._grants: dict[str, _Grant] = {}
        self._until: dict[str, datetime] = {}

    def enter(self, word: str, person: str | None) -> bool:
        """Enter a code as a person, by address; None says no. False: there is no such code."""
        found = next((one for one in self._devices.values() if one.word == word), None)
        if found is not None:
            found.person, found.is_declined = person, person is None
        return found is not None

    def words(self) -> list[str]:
        """Return the codes that wait for a person."""
        return [one.word for one in list(self._devices.values()) if one.person is None and not one.is_declined]

    def adopt(self, refresh: str, person: str, scopes: frozenset[str]) -> None:
        """Take a refresh token of one's own choice for one that a person's consent led to."""
        self._grants[refresh] = _Grant(person, scopes)

    def expire_access(self) -> None:
        """End every access token given so far; refresh tokens stay."""
        for token in list(self._until):
            self._end(token)

    def revoke(self) -> None:
        """End everything, as a changed password does."""
        self.expire_access()
        self._grants.clear()

    def sweep(self) -> None:
        """End the access tokens whose time is over."""
        for token in [one for one, until in self._until.items() if until <= self._now()]:
            self._end(token)

    def routes(self) -> list[Route]:
        """Return the paths that are served."""
        base = f"/{self.tenant}/oauth2/v2.0"
        return [
            Route(f"{base}/devicecode", self._device, methods=["POST"]),
            Route(f"{base}/token", self._token, methods=["POST"]),
            Route("/devicelogin", self._page, methods=["GET", "POST"]),
        ]

    async def _device(self, request: Request) -> Response:
        form = await _form(request)
        if form.get("client_id") != self.client_id:
            return self._refused(request, "unauthorized_client", "AADSTS700016: Application was not found.", 400)
        scopes = frozenset(one.removeprefix(GRAPH) for one in form.get("scope", "").split())
        code, word = secrets.token_urlsafe(24), secrets.token_hex(4).upper()
        self._devices[code] = _Device(word, scopes, self._now() + self.code_life)
        self.given.append(code)
        page = f"{request.url.scheme}://{request.url.netloc}/devicelogin"
        body = {
            "user_code": word,
            "device_code": code,
            "verification_uri": page,
            "expires_in": int(self.code_life.total_seconds()),
            "interval": self.interval,
            "message": f"To sign in, open {page} and enter the code {word}.",
        }
        return self._answered(request, JSONResponse(body))

    async def _page(self, request: Request) -> Response:
        form = await _form(request)
        entered = request.method == "POST" and self.enter(form.get("code", ""), form.get("person") or None)
        return HTMLResponse(_ENTERED if entered else _FORM, 200 if entered or request.method == "GET" else 400)

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        if form.get("client_id") != self.client_id:
            return self._refused(request, "unauthorized_client", "AADSTS700016: Application was not found.", 400)
        if not self.is_public:
            return self._refused(request, "invalid_client", "AADSTS7000218: The request must have a secret.", 401)
        if form.get("grant_type") == DEVICE:
            return self._first(request, form.get("device_code", ""))
        if form.get("grant_type") == "refresh_token":
            return self._renewed(request, form)
        return self._refused(request, "unsupported_grant_type", "AADSTS70003", 400)

    def _first(self, request: Request, code: str) -> Response:
        device = self._devices.get(code)
        if device is None:
            return self._refused(request, "bad_verification_code", "AADSTS70019", 400)
        if device.until <= self._now():
            return self._refused(request, "expired_token", "AADSTS70020", 400)
        if device.is_declined:
            return self._refused(request, "authorization_declined", "AADSTS70018", 400)
        if device.person is None:
            return self._refused(request, "authorization_pending", "AADSTS70016: still pending.", 400)
        if self.consented is not None and not device.scopes - {"offline_access"} <= self.consented:
            return self._refused(request, "invalid_grant", "AADSTS65001: not consented.", 400)
        del self._devices[code]
        return self._given(request, _Grant(device.person, device.scopes))

    def _renewed(self, request: Request, form: Mapping[str, str]) -> Response:
        token = form.get("refresh_token", "")
        grant = self._grants.get(token)
        if grant is None:
            return self._refused(request, "invalid_grant", "AADSTS50173: the grant was revoked.", 400)
        scopes = frozenset(one.removeprefix(GRAPH) for one in form.get("scope", "").split())
        if not scopes <= grant.scopes:
            return self._refused(request, "invalid_grant", "AADSTS65001: not consented.", 400)
        self.renewals += 1
        if self.rotates:
            del self._grants[token]
        return self._given(request, grant)

    def _given(self, request: Request, grant: _Grant) -> Response:
        access, refresh = f"access-{secrets.token_urlsafe(24)}", f"refresh-{secrets.token_urlsafe(24)}"
        self.given += [access, refresh]
        self._grants[refresh] = grant
        self._until[access] = self._now() + self.life
        self._let_in(access, grant.person, grant.scopes)
        body = {
            "token_type": "Bearer",
            "scope": " ".join(sorted(grant.scopes)),
            "expires_in": int(self.life.total_seconds()),
            "access_token": access,
            "refresh_token": refresh,
        }
        return self._answered(request, JSONResponse(body))

    def _refused(self, request: Request, code: str, why: str, status: int) -> Response:
        return self._answered(request, JSONResponse({"error": code, "error_description": why}, status))

    def _answered(self, request: Request, response: Response) -> Response:
        self.requests.append((request.method, request.url.path, response.status_code))
        return response

    def _end(self, token: str) -> None:
        self._until.pop(token, None)
        self._keep_out(token)


async def _form(request: Request) -> Mapping[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
