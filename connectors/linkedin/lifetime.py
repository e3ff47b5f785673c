"""How long an account at LinkedIn stays signed in: sixty days, or a year for approved partners, and no day longer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast

from connectors.consent import oauth_of
from connectors.contract import ConnectionSetup, Finding
from connectors.http.tokens import Tokens, mark_of
from connectors.linkedin.credentials import app_at_linkedin
from connectors.linkedin.options import ConnectionOptions
from domain.lasting import Lasting, in_words, lasting


def ends_on(setup: ConnectionSetup) -> date | None:
    """Return the day on which a person has to come back, without asking LinkedIn; None where that is not known.

    Raises:
        ConfigProblem: what is kept cannot be opened, or the settings are wrong.
        StoreProblem: the store cannot be read.
    """
    options = cast("ConnectionOptions", setup.options)
    oauth = oauth_of(options)
    if oauth is None:
        return options.token_until
    if setup.keeper is None:
        return None
    kept = Tokens.read(setup.keeper().recall(), mark_of(app_at_linkedin(setup, oauth)))
    return day_of(kept.ends_at) if kept is not None else None


def day_of(moment: datetime | None) -> date | None:
    """Return the day of a moment, in UTC."""
    return moment.astimezone(UTC).date() if moment is not None else None


def mend_of(setup: ConnectionSetup) -> str:
    """Return what a person does about a sign-in that ends."""
    if oauth_of(setup.options) is not None:
        return f"Run `copsync connect {setup.name}` and agree again."
    return "Make a new token in LinkedIn's developer portal, put it where `token` points to, and correct token_until."


def ending(until: date, today: date, mend: str) -> Finding | None:
    """Return what is to be said about the end of a sign-in: from 14 days before, None until then."""
    left = lasting(until, today)
    if left is Lasting.FINE:
        return None
    return Finding("error" if left is Lasting.OVER else "warning", in_words(until, today), mend)
