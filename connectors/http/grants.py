"""Asks a tool's sign-in service for tokens: for a person's code or refresh token (RFC 6749), or a device (8628)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from connectors.http.answers import HttpRefused
from connectors.http.auth import Unsigned
from connectors.http.client import Http
from connectors.http.clock import Timing
from connectors.http.limits import Limits
from connectors.http.redact import VAULT
from connectors.http.retry import Patience
from domain.errors import ConfigProblem, ConnectAgain, Retriable, Uncertain

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_ANSWERS = frozenset({HTTPStatus.OK, HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_PACE = Limits(10, 10.0, at_once=2)
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
_CODE = re.compile(r"[\w .-]{1,60}")
_LONGEST_LIFE = 10 * 365 * 86_400
_APP_IS_UNKNOWN = frozenset({"invalid_client", "unauthorized_client"})
_DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
_REQUEST = "invalid_request"
_NOT_UNDERSTOOD = frozenset({_REQUEST, "unsupported_grant_type", "invalid_scope"})


class GrantEnded(ConnectAgain):
    """The code or refresh token is used up, revoked or too old; another one may still do.

    `code` is the service's own word for it.
    """

    def __init__(self, message: str, *, mend: str, code: str = "") -> None:
        super().__init__(message, mend=mend)
        self.code = code


@dataclass(frozen=True, slots=True)
class Grant:
    """What the service gave: a token for requests, one to renew it with (None: the old one stays) and their lives."""

    access: SecretStr
    refresh: SecretStr | None
    seconds: float | None
    refresh_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class App:
    """As whom copsync asks: the app that an admin registered at a tool, for one connection.

    A public client (RFC 6749, 2.1) has no secret. `scope` is what the tokens are for, where the service wants to hear
    it with every request.
    """

    connection: str
    title: str
    client_id: str
    client_secret: SecretStr | None
    token_url: str
    user_agent: str
    scope: str = ""


class SignIn:
    """The token endpoint of a tool. Nothing but the app's credentials and the grant goes there, and only there.

    Args:
        app: the app and the endpoint's address.
        timing: clocks and sleep, for tests.
        patience: how long to keep trying while the service is down.

    Raises:
        ConfigProblem: the address is plain http to another machine, or no address.
    """

    def __init__(self, app: App, *, timing: Timing | None = None, patience: Patience | None = None) -> None:
        self.app = app
        VAULT.learn(*([app.client_secret.get_secret_value()] if app.client_secret else []))
        try:
            # No `secrets`: requests that wait for a token hold places at the tool's gate, so this needs its own.
            self._http = Http(
                app.token_url,
                auth=Unsigned(),
                limits=_PACE,
                user_agent=app.user_agent,
                timing=timing,
                patience=patience,
            )
        except ConfigProblem as wrong:
            message = wrong.message.replace("of this connection", "of the sign-in service")
            raise ConfigProblem(message, mend=wrong.mend, where=f"connections.{app.connection}.token_url") from None

    def __repr__(self) -> str:
        return f"<SignIn {self.app.connection}>"

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def refresh(self, token: SecretStr) -> Grant:
        """Return fresh tokens for a refresh token.

        Raises:
            GrantEnded: this token is no longer accepted.
            ConnectAgain: nor would any other be, because the app itself or the request is not accepted.
            Retriable: the service cannot be asked just now.
        """
        scope = {"scope": self.app.scope} if self.app.scope else {}
        return await self._ask({"grant_type": "refresh_token", "refresh_token": token, **scope})

    async def exchange(self, code: SecretStr, redirect_uri: str, verifier: SecretStr | None) -> Grant:
        """Return the first tokens for a code that a person's consent gave; errors are those of `refresh`.

        Args:
            code: good once, for some minutes.
            redirect_uri: the one that the consent was asked with.
            verifier: what proves that we asked (RFC 7636), where the tool checks it.
        """
        proof = {"code_verifier": verifier} if verifier is not None else {}
        return await self._ask(
            {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, **proof}
        )

    async def redeem(self, device_code: SecretStr) -> Grant:
        """Return the first tokens for a device's code, once its person has consented (RFC 8628, 3.4).

        Raises:
            GrantEnded: not yet, or never; its `code` tells which.
            ConnectAgain, Retriable: as for `refresh`.
        """
        return await self._ask({"grant_type": _DEVICE, "device_code": device_code})

    async def answer(self, fields: Mapping[str, str | SecretStr]) -> Mapping[str, Any]:
        """Return the JSON of an answer that is no refusal; errors are those of `refresh`."""
        response = await self._post({**fields, **self._identity()})
        body = _json_of(response)
        if response.status_code != HTTPStatus.OK:
            code = _code_of(body, response.status_code)
            if "code" in fields and code == _REQUEST:
                raise self._spent(code)
            self._refuse(code)
        return body

    async def _ask(self, fields: Mapping[str, str | SecretStr]) -> Grant:
        body = await self.answer(fields)
        grant = _grant_of(body)
        if grant is None:
            del body  # tracebacks that print local variables shall not show what else is in it
            raise Retriable(
                f"{self.app.title}'s sign-in service answered without a token.", mend=f"{_AGAIN} {_ADDRESS}"
            )
        return grant

    def _identity(self) -> Mapping[str, str | SecretStr]:
        secret = self.app.client_secret
        return {"client_id": self.app.client_id, **({"client_secret": secret} if secret else {})}

    async def _post(self, fields: Mapping[str, str | SecretStr]) -> httpx.Response:
        VAULT.learn(*(_plain(value) for value in fields.values() if isinstance(value, SecretStr)))
        body = SecretStr(urlencode({name: _plain(value) for name, value in fields.items()}))
        try:
            # Sent again when the answer is lost: a token that was used up by then is lost either way.
            return await self._http.request("POST", "", content=body, headers=_FORM, repeatable=True, expect=_ANSWERS)
        except Uncertain as lost:
            raise Retriable(lost.message, mend=_AGAIN) from None
        except HttpRefused as refused:
            raise ConnectAgain(refused.message, mend=_ADDRESS) from None
        except ConfigProblem as wrong:
            where = f"connections.{self.app.connection}.token_url"
            raise ConfigProblem(wrong.message, mend=wrong.mend, where=where) from None

    def _spent(self, code: str) -> GrantEnded:
        """Return what a person's code came to that is used up or too old; LinkedIn says no more than this about it."""
        app = self.app
        return GrantEnded(
            f"{app.title} does not take this code ({code}): it was used, it is too old, or the app or its redirect is "
            "another one.",
            mend=f"Run `copsync connect {app.connection}` again and agree within some minutes; compare client_id, "
            "client_secret and the redirect with the app's registration.",
            code=code,
        )

    def _refuse(self, code: str) -> NoReturn:
        app = self.app
        if code in _APP_IS_UNKNOWN:
            raise ConnectAgain(
                f"{app.title} does not accept the app of the connection '{app.connection}' ({code}).",
                mend=_COPY if app.client_secret else _PUBLIC,
            )
        if code in _NOT_UNDERSTOOD:
            raise ConnectAgain(f"{app.title}'s sign-in service does not understand copsync ({code}).", mend=_ADDRESS)
        raise GrantEnded(
            f"{app.title} no longer accepts the sign-in of the connection '{app.connection}' ({code}).",
            mend=f"Run `copsync connect {app.connection}` and sign in again as copsync's account there.",
            code=code,
        )


_AGAIN = "Nothing is lost: the next run tries again."
_COPY = "Copy client_id and client_secret anew from where the app is registered, and run `copsync check`."
_PUBLIC = (
    "Copy client_id anew from where the app is registered, and let it sign in without a secret there (in Entra: "
    "Authentication, “Allow public client flows”); then run `copsync check`."
)
_ADDRESS = "Check `token_url` of this connection, or remove it to use the tool's own."


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _json_of(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _code_of(body: Mapping[str, Any], status: int) -> str:
    """Return the error code of a refusal; anything that is not plain words is left out, for it may quote a token."""
    code = body.get("error")
    plain = isinstance(code, str) and _CODE.fullmatch(code) is not None
    return VAULT.mask(str(code)) if plain else f"status {status}"


def _grant_of(body: Mapping[str, Any]) -> Grant | None:
    access, refresh = _token_of(body.get("access_token")), _token_of(body.get("refresh_token"))
    if access is None:
        return None
    VAULT.learn(*(token.get_secret_value() for token in (access, refresh) if token is not None))
    return Grant(access, refresh, _seconds(body.get("expires_in")), _seconds(body.get("refresh_token_expires_in")))


def _token_of(value: Any) -> SecretStr | None:
    return SecretStr(value) if isinstance(value, str) and _TOKEN.fullmatch(value) else None


def _seconds(value: Any) -> float | None:
    """Return a token's life; some services write the number as text."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 < seconds <= _LONGEST_LIFE else None
