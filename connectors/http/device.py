"""Lets a person let copsync in on another machine: a code to enter on the vendor's page (RFC 8628)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.http.address import is_loopback
from connectors.http.clock import Timing
from connectors.http.grants import App, Grant, GrantEnded, SignIn
from connectors.http.redact import VAULT
from domain.errors import ConnectAgain, Retriable

_WORD = re.compile(r"[A-Za-z0-9-]{4,20}")
_PENDING, _SLOWER = "authorization_pending", "slow_down"
_DECLINED = frozenset({"access_denied", "authorization_declined"})
_SECONDS, _INTERVAL, _MORE = 900.0, 5.0, 5.0  # RFC 8628, 3.2 and 3.5


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person is shown (`page` and `word`), and what copsync asks with meanwhile, every `interval` seconds."""

    page: str
    word: str
    code: SecretStr
    seconds: float
    interval: float


async def begin(app: App, device_url: str, *, timing: Timing | None = None) -> DeviceCode:
    """Return a fresh code for a person to enter.

    Raises:
        ConfigProblem: the service's address cannot be used.
        ConnectAgain: the service does not accept the app.
        Retriable: it cannot be asked just now.
    """
    service = SignIn(replace(app, token_url=device_url), timing=timing)
    try:
        found = _read(await service.answer({"scope": app.scope}))
    finally:
        await service.aclose()
    if found is None:
        raise Retriable(f"{app.title}'s sign-in service answered without a code.", mend="Run it again later.")
    return found


async def redeem(app: App, asked: DeviceCode, *, timing: Timing | None = None) -> Grant:
    """Return the first tokens, once the person has entered the code.

    Raises:
        ConnectAgain: the person said no, or nobody came.
        Retriable: the service cannot be asked just now.
    """
    timing = timing or Timing()
    service, interval, until = SignIn(app, timing=timing), asked.interval, timing.clock() + asked.seconds
    try:
        while timing.clock() < until:
            await timing.sleep(interval)
            try:
                return await service.redeem(asked.code)
            except GrantEnded as refusal:
                interval += _pace(app, refusal)
    finally:
        await service.aclose()
    raise _nobody(app)


def _pace(app: App, refusal: GrantEnded) -> float:
    """Return by how much to wait longer from now on, if there is a reason to wait at all."""
    if refusal.code in (_PENDING, _SLOWER):
        return _MORE if refusal.code == _SLOWER else 0.0
    if refusal.code in _DECLINED:
        raise ConnectAgain(f"Nobody let copsync in at {app.title}; nothing was changed.", mend=_again(app)) from None
    if refusal.code == "expired_token":
        raise _nobody(app) from None
    raise refusal


def _nobody(app: App) -> ConnectAgain:
    return ConnectAgain(
        f"The code was not entered at {app.title} before it ended; nothing was changed.", mend=_again(app)
    )


def _again(app: App) -> str:
    return f"Run `copsync connect {app.connection}` again."


def _read(body: Mapping[str, Any]) -> DeviceCode | None:
    page, word, code = body.get("verification_uri"), body.get("user_code"), body.get("device_code")
    if not (isinstance(page, str) and isinstance(word, str) and isinstance(code, str) and code):
        return None
    if not _is_safe(page) or not _WORD.fullmatch(word):
        return None
    VAULT.learn(code)
    seconds, interval = _number(body.get("expires_in"), _SECONDS), _number(body.get("interval"), _INTERVAL)
    return DeviceCode(page, word, SecretStr(code), min(seconds, 3600.0), max(interval, 1.0))


def _is_safe(page: str) -> bool:
    parts = urlsplit(page)
    host = parts.hostname or ""
    return page.isascii() and page.isprintable() and (parts.scheme == "https" or is_loopback(host)) and bool(host)


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and value > 0 else default
