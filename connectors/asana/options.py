"""What an admin can set for Asana in copsync.toml, checked before anything is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

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


class ConnectionOptions(BaseModel):
    """How to talk to one Asana account.

    `plan` sets the pace: 1,500 requests a minute on paid plans, 150 on free ones (Asana: Rate limits).
    `external_ids` lets copsync mark its tasks in `external.gid`, which only OAuth apps may do.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    plan: Literal["paid", "free"] = "paid"
    external_ids: bool = False
    limits: RateLimits | None = None


class SpaceOptions(BaseModel):
    """Which project a space is: `project` is its gid, the long number in the project's address."""

    model_config = ConfigDict(extra="forbid", strict=True)
    project: Annotated[str, BeforeValidator(_gid), Field(pattern=rf"^{GID}$")]
