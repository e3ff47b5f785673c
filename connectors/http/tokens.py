"""What is kept of a sign-in: the tokens, for which app they are, and how long they last."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr

from connectors.http.auth import fingerprint
from connectors.http.grants import App, Grant
from connectors.http.redact import VAULT
from domain.errors import ConnectAgain

_EARLY_S = 300.0  # renewed that long before it ends, or in the last fifth of a shorter life


@dataclass(frozen=True, slots=True)
class Tokens:
    """What is kept of a sign-in, and for which app and service: tokens of one never go to another.

    `refresh` is None where nothing renews the access token. `renew_at` is when to renew it, by our clock; None: when
    the tool refuses it. `seed` tells which refresh token of the settings it began with, so that a newer one there goes
    first. `ends_at` is when a person has to sign in again at the latest, by our clock; None where that is not known.
    """

    access: SecretStr
    refresh: SecretStr | None
    renew_at: datetime | None
    seed: str | None
    app: str
    ends_at: datetime | None = None

    @classmethod
    def read(cls, kept: SecretStr | None, app: str) -> Tokens | None:
        """Return what was kept, or None if there is nothing for this app."""
        found: dict[str, Any] = json.loads(kept.get_secret_value()) if kept is not None else {}
        if found.get("app") != app:
            return None
        VAULT.learn(*(token for token in (found["access"], found["refresh"]) if token))
        return cls(
            access=SecretStr(found["access"]),
            refresh=SecretStr(found["refresh"]) if found["refresh"] else None,
            renew_at=_moment(found["renew_at"]),
            seed=found["seed"],
            app=app,
            ends_at=_moment(found.get("ends_at")),  # kept since LinkedIn's tokens are
        )

    def text(self) -> SecretStr:
        """Return the text to keep."""
        return SecretStr(
            json.dumps(
                {
                    "access": self.access.get_secret_value(),
                    "refresh": self.refresh.get_secret_value() if self.refresh else None,
                    "renew_at": self.renew_at.isoformat() if self.renew_at else None,
                    "seed": self.seed,
                    "app": self.app,
                    "ends_at": self.ends_at.isoformat() if self.ends_at else None,
                }
            )
        )

    def is_fresh(self, now: datetime) -> bool:
        """Tell whether the access token can still be used."""
        return self.renew_at is None or now < self.renew_at


def first_tokens(
    grant: Grant, app: App, seed: SecretStr | None, asked_at: datetime, *, always_renews: bool = True
) -> Tokens:
    """Return what to keep of a sign-in that has just been made; it goes before the settings' own refresh token.

    Raises:
        ConnectAgain: the service gave nothing to renew the token with, as it always does (`always_renews`).
    """
    if grant.refresh is None and always_renews:
        raise ConnectAgain(
            f"{app.title} gave a token that cannot be renewed, so it was not kept.",
            mend=f"Look at the app's registration in {app.title}, then run `copsync connect {app.connection}` again.",
        )
    ends = ends_at(grant, asked_at, renewable=grant.refresh is not None)
    renew = renew_at(grant, asked_at) if grant.refresh else ends
    return Tokens(grant.access, grant.refresh, renew, seed_mark(seed), mark_of(app), ends)


def seed_mark(seed: SecretStr | None) -> str | None:
    """Return a mark of the settings' refresh token, to see whether another one stands there later."""
    return fingerprint(seed.get_secret_value()).hex() if seed is not None else None


def mark_of(app: App) -> str:
    """Return a mark of an app at its service."""
    return fingerprint(app.client_id, app.token_url).hex()


def renew_at(grant: Grant, asked_at: datetime) -> datetime | None:
    """Return when to renew, by our clock: the service's "expires in" is counted from when we asked."""
    if grant.seconds is None:
        return None
    return asked_at + timedelta(seconds=max(grant.seconds - _EARLY_S, grant.seconds * 0.8))


def ends_at(grant: Grant, asked_at: datetime, *, renewable: bool) -> datetime | None:
    """Return when a person has to sign in again, by our clock, as far as the service says it."""
    seconds = grant.refresh_seconds if renewable else grant.seconds
    return asked_at + timedelta(seconds=seconds) if seconds is not None else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
