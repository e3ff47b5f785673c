"""What an admin can set for Asana in copsync.toml, checked before anything is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from connectors.consent import Consent, OAuthOptions

CONSENT = Consent(
    authorize_url="https://app.asana.com/-/oauth_authorize",
    token_url="https://app.asana.com/-/oauth_token",  # noqa: S106 - an address, not a token
    register_at="https://app.asana.com/0/my-apps",
    pkce=True,
    shows_code="urn:ietf:wg:oauth:2.0:oob",
)
"""Asana: OAuth. Access tokens live an hour; the refresh token stays, and is not documented to be replaced."""

GID = r"[0-9]{1,40}"


def _gid(value: object) -> object:
    """Take a gid written as a number; TOML has both."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class RateLimits(BaseModel):
    """A pace of one's own instead of the plan's: `requests` per `seconds`, and how many may be under way at once."""

    model_config = ConfigDict(extra="forbid", strict=True)
    requests: Annotated[int, Field(gt=0)]
    seconds: Annotated[float, Field(gt=0)]
    at_once: Annotated[int, Field(gt=0, le=50)] = 8


class ConnectionOptions(OAuthOptions):
    """How to talk to one Asana account, and how to sign in if not with a `token`.

    `plan` sets the pace: 1,500 requests a minute on paid plans, 150 on free ones (Asana: Rate limits).
    `external_ids` lets copsync mark its tasks in `external.gid`, which only OAuth apps may do.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    plan: Literal["paid", "free"] = "paid"
    external_ids: bool = False
    limits: RateLimits | None = None


class SpaceOptions(BaseModel):
    """Which project a space is: `project` is its gid, the long number in the project's address.

    `events_as = "milestones"` shows the community's gatherings there, one way.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    project: Annotated[str, BeforeValidator(_gid), Field(pattern=rf"^{GID}$")]
    events_as: Literal["milestones"] | None = None
