"""What copsync.toml says about a Basecamp connection and its spaces."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PositiveFloat, PositiveInt
from pydantic import model_validator as model_check

from connectors.basecamp.texts import fold
from connectors.consent import Consent, OAuthOptions

CONSENT = Consent(
    authorize_url="https://launchpad.37signals.com/authorization/new",
    token_url="https://launchpad.37signals.com/authorization/token",  # noqa: S106 - an address, not a token
    register_at="https://launchpad.37signals.com/integrations",
    pkce=False,
)
"""Basecamp: Authentication. Access tokens live 14 days; a renewal may or may not come with a new refresh token."""

CONTACT = "https://github.com/copsync/copsync"
"""What Basecamp gets to see as our contact unless the admin names a better one."""

_CONTACT = re.compile(r"[\x21-\x27\x2a-\x7e]+(?:@|://)[\x21-\x27\x2a-\x7e]+")
_DIGITS = re.compile(r"[1-9][0-9]{0,18}")


def _number(value: object) -> object:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _DIGITS.fullmatch(text):
        raise ValueError("write the number that stands in the address of its page in Basecamp, such as 2085958499")
    return text


def _contact(value: str) -> str:
    if not _CONTACT.fullmatch(value):
        raise ValueError("write an e-mail address or a web address, such as ops@example.org")
    return value


def _named(value: str) -> str:
    if not value.strip():
        raise ValueError("write the name of a to-do list")
    return value.strip()


Id = Annotated[str, BeforeValidator(_number)]
ListName = Annotated[str, AfterValidator(_named)]


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PaceOptions(_Options):
    """How fast Basecamp may be asked: `requests` at once and then as many per `seconds`, `at_once` side by side.

    Basecamp takes 50 requests in any 10 seconds from one address ("Rate limiting"); these figures make 50 at most.
    All connections from one address share that budget, so all of them need the same figures.
    """

    requests: PositiveInt = 10
    seconds: PositiveFloat = 2.5
    at_once: PositiveInt = 4


class ConnectionOptions(OAuthOptions):
    """How to sign in if not with a `token`, whom Basecamp may write to about our requests, and how fast they may be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: Annotated[str, AfterValidator(_contact)] = CONTACT
    limits: PaceOptions = PaceOptions()


class SpaceOptions(_Options):
    """Options of a space: which project, and which of its lists have a meaning.

    To-dos in the list `deadlines` are milestones; `default_list` takes the tasks that name no list. `todoset` and
    `schedule` choose a tool where the project has several. `events` says whether the schedule is mirrored at all.
    """

    project: Id
    deadlines: ListName = "Deadlines"
    default_list: ListName = "Tasks"
    todoset: Id | None = None
    schedule: Id | None = None
    events: bool = True

    @model_check(mode="after")
    def _lists_differ(self) -> SpaceOptions:
        if fold(self.deadlines) == fold(self.default_list):
            raise ValueError("deadlines and default_list must name two different to-do lists")
        return self
