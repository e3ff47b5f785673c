"""What the flows are asked, and where they find the configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from config.loader import DEFAULT, Configuration, load
from domain.errors import ConfigProblem

CONFIG_VARIABLE = "COPSYNC_CONFIG"
"""The environment variable that names the configuration wherever a flow runs."""

ConfigPath = Annotated[
    str | None,
    Field(
        title="Configuration",
        description="Path of copsync.toml where the flow runs. "
        f"Left empty, it is what {CONFIG_VARIABLE} says there, else {DEFAULT} in the working directory.",
    ),
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SyncRequest(_Request):
    """Which community to bring into step."""

    community: Annotated[str, Field(min_length=1, description="Id of the community, as in copsync.toml.")]
    config: ConfigPath = None
    full: Annotated[bool, Field(description="Read everything, instead of what changed since the last run.")] = False


class NightlyRequest(_Request):
    """Which communities to bring into step tonight, and how many of them at once."""

    config: ConfigPath = None
    time_zone: Annotated[
        str | None,
        Field(description="Only communities of this time zone, such as Europe/Berlin; all of them if left empty."),
    ] = None
    at_once: Annotated[int, Field(ge=1, le=32, description="How many communities run at the same time.")] = 4


class DigestRequest(_Request):
    """In which communities to say what is due."""

    config: ConfigPath = None
    community: Annotated[str | None, Field(description="Only this community; all of them if left empty.")] = None
    time_zone: Annotated[
        str | None,
        Field(description="Only communities of this time zone, such as Europe/Berlin; all of them if left empty."),
    ] = None


class OutboxRequest(_Request):
    """The outboxes of which communities to look after."""

    config: ConfigPath = None
    time_zone: Annotated[
        str | None,
        Field(description="Only communities of this time zone, such as Europe/Berlin; all of them if left empty."),
    ] = None


def configuration_of(path: str | None, environment: Mapping[str, str] = os.environ) -> Configuration:
    """Load the configuration that a request means.

    Raises:
        ConfigProblem: it is missing or wrong.
    """
    file = Path(path or environment.get(CONFIG_VARIABLE) or DEFAULT)
    if not file.exists():
        mend = f"Set {CONFIG_VARIABLE} to its absolute path where the flows run (the worker's environment)."
        raise ConfigProblem(f"There is no configuration at {file.absolute()}.", mend=mend)
    return load(file)
