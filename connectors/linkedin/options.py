"""What copsync.toml says about an account at LinkedIn."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from connectors.linkedin import version

BASE_URL = "https://api.linkedin.com"


def _version(text: str) -> str:
    if not version.is_version(text):
        raise ValueError(f"'{text}' is no version of LinkedIn's API; write a month such as {version.DEFAULT}.")
    return text


class ConnectionOptions(BaseModel):
    """`api_version` is named in every request; `token_until` is the day on which the token ends, sixty days at most."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    api_version: Annotated[str, AfterValidator(_version)] = version.DEFAULT
    token_until: date | None = None


class SpaceOptions(BaseModel):
    """LinkedIn has no spaces."""

    model_config = ConfigDict(extra="forbid", frozen=True)
