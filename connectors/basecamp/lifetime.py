"""When a fixed token stops: Launchpad knows it of the tokens that it gave, and of no others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from connectors.basecamp.options import CONSENT, ConnectionOptions
from connectors.contract import ConnectionSetup, Finding
from connectors.http import Bearer, Http, Limits, Patience, Timeouts, json_of
from domain.errors import CopsyncError

_BASECAMP = "3.basecampapi.com"
_PACE = Limits(5, 10.0, at_once=1)
_ONCE = Patience(attempts=1)
_TIMEOUTS = Timeouts(connect=5.0, read=5.0, total=10.0)


class Lifetime:
    """Asks Launchpad about one token ("Get authorization"); whatever goes wrong there is no finding.

    Args:
        origin: of Launchpad, which gave the token.
        token: the fixed token.
        name: the connection's.
        user_agent: names copsync and a contact.
    """

    def __init__(self, origin: str, token: SecretStr, name: str, user_agent: str) -> None:
        self._origin = origin
        self._token = token
        self._name = name
        self._agent = user_agent

    async def findings(self) -> Sequence[Finding]:
        """Return when the token stops, or nothing where that cannot be known."""
        try:
            until = _moment(await self._ask())
        except CopsyncError:
            return []
        if until is None:
            return []
        days = max(0, (until - datetime.now(UTC)).days)
        left = "in less than a day" if days == 0 else "in a day" if days == 1 else f"in {days} days"
        return [
            Finding(
                "warning",
                f"This token stops on {until:%Y-%m-%d at %H:%M} UTC ({left}), and copsync cannot renew it.",
                "Let copsync sign in as an app that renews its token by itself: put client_id and client_secret in "
                f"place of `token`, then run `copsync connect {self._name}` (docs/connectors/basecamp.md).",
            )
        ]

    async def _ask(self) -> Any:
        async with Http(
            self._origin,
            auth=Bearer(self._token),
            limits=_PACE,
            user_agent=self._agent,
            secrets=(self._token,),
            patience=_ONCE,
            timeouts=_TIMEOUTS,
        ) as http:
            return json_of(await http.request("GET", "/authorization.json"))


def lifetime_of(setup: ConnectionSetup, options: ConnectionOptions, user_agent: str) -> Lifetime | None:
    """Return what can tell the life of a connection's fixed token; None where Launchpad did not give it.

    A token goes to the service that gave it and nowhere else: that of Basecamp itself, or one that is configured.
    """
    is_basecamp = urlsplit(setup.base_url).hostname == _BASECAMP
    if setup.token is None or not (is_basecamp or options.token_url):
        return None
    service = urlsplit(options.token_url or CONSENT.token_url)
    return Lifetime(f"{service.scheme}://{service.netloc}", setup.token, setup.name, user_agent)


def _moment(answer: Any) -> datetime | None:
    text = answer.get("expires_at") if isinstance(answer, dict) else None
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
