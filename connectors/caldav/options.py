"""What an admin can set for a CalDAV server in copsync.toml, checked before anything is sent."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    model_validator,
)

_USER = re.compile(r"[^\s:\x00-\x1f\x7f]+(?: [^\s:\x00-\x1f\x7f]+)*")


def _user(value: str) -> str:
    if not _USER.fullmatch(value.strip()):
        raise ValueError("write the name with which the account signs in; it has no colon")
    return value.strip()


def _place(value: str) -> str:
    if not value.strip():
        raise ValueError("write the name of a calendar or task list, or the path of its address")
    return value.strip()


Place = Annotated[str, AfterValidator(_place)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pace(_Options):
    """How fast the server may be asked: `requests` per `seconds`, and how many at once."""

    requests: PositiveInt = 1_000
    seconds: PositiveFloat = 10.0
    at_once: Annotated[int, Field(gt=0, le=16)] = 4


class ConnectionOptions(_Options):
    """How the account signs in, if the connection has no bearer `token`: with `username` and `password`.

    Where the server asks for a second factor, `password` is an app password.
    """

    username: Annotated[str, AfterValidator(_user)] | None = None
    password: InstanceOf[SecretStr] | None = None
    limits: Pace = Pace()


class SpaceOptions(_Options):
    """Which collection a space is: a `calendar` (events) or a `tasks` list, by its name or the path of its address.

    `mail_attendees` lets copsync change and delete events with invited people on servers that then write to them.
    """

    calendar: Place | None = None
    tasks: Place | None = None
    mail_attendees: bool = False

    @model_validator(mode="after")
    def _name_one(self) -> SpaceOptions:
        if (self.calendar is None) == (self.tasks is None):
            raise ValueError("name one collection: calendar = … for events, or tasks = … for tasks")
        return self

    @property
    def wanted(self) -> str:
        """The name or path of the collection."""
        return self.calendar or self.tasks or ""
