"""Asks a person to let copsync in: the address to open, and what comes back (RFC 6749, 4.1; RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from pydantic import SecretStr

from connectors.http.redact import VAULT
from domain.errors import ConfigProblem, ConnectAgain

if TYPE_CHECKING:
    from connectors.consent import Consent
    from connectors.http.grants import App

REDIRECT = "http://127.0.0.1:8917/callback"
"""Where copsync listens for the answer unless told otherwise; registered with the app, letter by letter."""


class NotOurs(ConfigProblem):
    """An answer that belongs to another question; nothing was done with it."""


@dataclass(frozen=True, slots=True)
class Question:
    """One request for consent. `url` is for the person's browser; `state` and `verifier` tell the answer as ours."""

    app: App
    url: str
    redirect: str
    state: SecretStr
    verifier: SecretStr | None

    def code_of(self, answer: str) -> SecretStr:
        """Return the code from what came back: the whole address with its query, or the code alone, as it is shown.

        Raises:
            NotOurs: the state is not that of this question.
            ConnectAgain: the person said no, or the service did.
            ConfigProblem: there is no code in it.
        """
        text = answer.strip()
        is_address = "?" in text or text.startswith(("/", "http://", "https://"))
        fields = dict(parse_qsl(text.partition("?")[2].partition("#")[0])) if is_address else {"code": text}
        if is_address:
            self._refuse_foreign(fields.get("state", ""))
        if "error" in fields:
            raise self._refusal(fields["error"])
        code = fields.get("code", "")
        if not code or not code.isascii() or any(letter.isspace() for letter in code):
            raise ConfigProblem("There is no code in that.", mend=_AGAIN.format(self.app.connection))
        VAULT.learn(code)
        return SecretStr(code)

    def _refuse_foreign(self, state: str) -> None:
        if not secrets.compare_digest(state.encode(), self.state.get_secret_value().encode()):
            raise NotOurs(
                "That answer belongs to another sign-in (its state is not ours), so it was not used.",
                mend=_AGAIN.format(self.app.connection),
            )

    def _refusal(self, code: str) -> ConnectAgain:
        plain = code if code.isascii() and code.replace("_", "").isalpha() and len(code) < 50 else "an error"
        said = "Nobody let copsync in" if plain in _DENIED else f"{self.app.title} answered {plain}"
        mend = (_SCOPE if plain in _SCOPES else _AGAIN).format(self.app.connection)
        return ConnectAgain(f"{said}; nothing was changed.", mend=mend)


_AGAIN = "Run `copsync connect {}` again and open the address that it shows."
_SCOPE = "Ask only for what the app was granted: correct the scopes of this connection, then `copsync connect {}`."
_SCOPES = frozenset({"invalid_scope", "unauthorized_scope_error"})
_DENIED = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})
"""The first is RFC 6749's, the others are LinkedIn's ("Authorization Code Flow")."""


def question(app: App, consent: Consent, authorize_url: str, redirect: str, scope: str = "") -> Question:
    """Return a fresh request for consent to a scope; every call has a state and a verifier of its own."""
    state, verifier = SecretStr(secrets.token_urlsafe(24)), SecretStr(secrets.token_urlsafe(48))
    VAULT.learn(verifier.get_secret_value())
    fields = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": redirect,
        "state": state.get_secret_value(),
        **({"scope": scope} if scope else {}),
        **(_challenge(verifier) if consent.pkce else {}),
    }
    mark = "&" if "?" in authorize_url else "?"
    url = f"{authorize_url}{mark}{urlencode(fields)}"
    return Question(app, url, redirect, state, verifier if consent.pkce else None)


def _challenge(verifier: SecretStr) -> dict[str, str]:
    digest = hashlib.sha256(verifier.get_secret_value().encode("ascii")).digest()
    text = base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")
    return {"code_challenge": text, "code_challenge_method": "S256"}
