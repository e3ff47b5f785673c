"""Whether the connections of a community are signed in, and until when, without asking any tool."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from config.models import CommunitySettings
from connectors.consent import oauth_of
from connectors.contract import ConnectionSetup, Tool
from connectors.registry import tool
from domain.errors import ConfigProblem
from domain.lasting import Lasting, in_words, lasting
from sync.wiring import Wiring

Json = dict[str, Any]

ENDED = frozenset({"ended", "never signed in"})
"""States in which nothing can be sent until a person signs in."""
PRESSING = ENDED | {"ends this week", "to mend"}
"""States in which a person is needed."""
_STATES = {
    Lasting.FINE: "signed in",
    Lasting.SOON: "ends soon",
    Lasting.PRESSING: "ends this week",
    Lasting.OVER: "ended",
}


def sign_ins(wiring: Wiring, settings: CommunitySettings, now: datetime) -> list[Json]:
    """Return each connection of a community into which a person let copsync: whether that still holds.

    Those with fixed tokens are told only where it is known when they end. What the settings get wrong is told, too.

    Raises:
        StoreProblem: the store cannot be read.
    """
    found = (_sign_in(wiring, name, now.date()) for name in _connections(settings))
    return [one for one in found if one is not None]


def _connections(settings: CommunitySettings) -> Iterable[str]:
    named = [*(one.connection for one in settings.spaces), *(one.connection for one in settings.channels)]
    return dict.fromkeys(one for one in named if one is not None)


def _sign_in(wiring: Wiring, name: str, today: date) -> Json | None:
    try:
        setup, kind = wiring.setup(name), tool(wiring.configuration.settings.connections[name].tool)
        ends_on, is_by_person = kind.ends_on(setup), _is_by_person(setup, kind)
        if is_by_person and setup.keeper is not None and setup.keeper().recall() is None:
            return _json(name, "never signed in", None, "Nobody has let copsync in yet.", _again(name))
    except ConfigProblem as wrong:
        return _json(name, "to mend", None, wrong.message, wrong.mend)
    if ends_on is None:
        return _json(name, "signed in", None, "", "") if is_by_person else None
    left = lasting(ends_on, today)
    mend = _again(name) if is_by_person else f"Put a new token where `token` of {name} points to."
    message, mend = ("", "") if left is Lasting.FINE else (in_words(ends_on, today), mend)
    return _json(name, _STATES[left], ends_on, message, mend)


def _is_by_person(setup: ConnectionSetup, kind: Tool) -> bool:
    """Tell whether `copsync connect` is the only way in; a refresh token of the settings is another."""
    oauth = oauth_of(setup.options)
    return kind.device(setup.options) is not None or (oauth is not None and oauth.refresh_token is None)


def _again(name: str) -> str:
    return f"Run `copsync connect {name}`."


def _json(name: str, state: str, ends_on: date | None, message: str, mend: str) -> Json:
    until = ends_on.isoformat() if ends_on else None
    return {"connection": name, "state": state, "ends_on": until, "message": message, "mend": mend}
