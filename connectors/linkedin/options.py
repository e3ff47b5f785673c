"""What copsync.toml says about an account at LinkedIn."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from connectors.consent import Consent, OAuthOptions
from connectors.linkedin import version

BASE_URL = "https://api.linkedin.com"
CONSENT = Consent(
    authorize_url="https://www.linkedin.com/oauth/v2/authorization",
    token_url="https://www.linkedin.com/oauth/v2/accessToken",  # noqa: S106 - an address, not a token
    register_at="https://www.linkedin.com/developers/apps",
    pkce=False,
    always_renews=False,
    who="the member whose record or page it is",
)
"""LinkedIn: "Authorization Code Flow". Access tokens live 60 days; only approved partners get one to renew them with,
for 365 days from the consent, which no renewal makes longer ("Programmatic refresh tokens")."""

OWN_RECORD = "r_dma_portability_self_serve"
"""Lets a member's own app read that member's own record."""

_SCOPE = re.compile(r"[a-z][a-z0-9_]{1,60}")


def _version(text: str) -> str:
    if not version.is_version(text):
        raise ValueError(f"'{text}' is no version of LinkedIn's API; write a month such as {version.DEFAULT}.")
    return text


def _scope(text: str) -> str:
    if not _SCOPE.fullmatch(text):
        raise ValueError(
            "write each scope as LinkedIn's developer portal shows it (Auth, OAuth 2.0 scopes), such as "
            f'scopes = ["{OWN_RECORD}"].'
        )
    return text


class ConnectionOptions(OAuthOptions):
    """How to sign in at LinkedIn: by `copsync connect` as an app, or with a `token` made in the developer portal.

    `scopes` are what a person is asked to allow, in LinkedIn's words; the app must have been granted them.
    `token_until` is the day on which a fixed token ends, sixty days at most. `api_version` is named in every request.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    api_version: Annotated[str, AfterValidator(_version)] = version.DEFAULT
    token_until: date | None = None
    scopes: Annotated[tuple[Annotated[str, AfterValidator(_scope)], ...], Field(min_length=1)] = (OWN_RECORD,)

    @model_validator(mode="after")
    def _no_date_of_what_is_known(self) -> ConnectionOptions:
        if self.is_oauth and self.token_until is not None:
            raise ValueError("token_until is for a fixed `token`; of a sign-in copsync knows the end. Remove it.")
        return self

    @property
    def scope(self) -> str:
        """The scopes as LinkedIn wants them."""
        return " ".join(self.scopes)


class SpaceOptions(BaseModel):
    """LinkedIn has no spaces."""

    model_config = ConfigDict(extra="forbid", frozen=True)
