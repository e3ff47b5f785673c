"""What an admin can set for Microsoft 365 in copsync.toml, checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

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

from connectors.consent import DeviceConsent
from connectors.microsoft365.owner import Owner

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_GROUP_IN_LINK = re.compile(rf"[?&/]groupId[=/]({_GUID.pattern})(?![0-9a-fA-F-])")
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_AUTHORITY = re.compile(r"https://[^\s/@?#]+|http://(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?")
_ADDRESS = re.compile(r"[^\s@/]+@[^\s@/]+")


def _guid(value: str) -> str:
    if not _GUID.fullmatch(value):
        raise ValueError("write the application (client) id of the app registration, such as 6731de76-14a6-49ae-…")
    return value


def _tenant(value: str) -> str:
    if not _TENANT.fullmatch(value):
        raise ValueError("write the directory (tenant) id, or the tenant's domain such as example.org")
    return value


def _authority(value: str) -> str:
    found = _AUTHORITY.fullmatch(value.rstrip("/"))
    if found is None:
        raise ValueError("write the address of the sign-in service, such as https://login.microsoftonline.us")
    return found[0]


def _mailbox(value: str) -> str:
    text = value.strip()
    if not _ADDRESS.fullmatch(text) and not _GUID.fullmatch(text):
        raise ValueError("write the address of the mailbox, such as data-practice@example.org")
    return text


def _group(value: str) -> str:
    """Return the id of a group, also out of the link to a team or channel, or the address of its page in Entra."""
    text = value.strip()
    named = _GROUP_IN_LINK.search(text) if text.startswith("https://") else None
    text = named[1] if named else text
    if not _GUID.fullmatch(text):
        raise ValueError(
            "write the group's object id, such as 02bd9fd6-8f93-4758-87c3-1fb73740a315 (Entra admin centre: Groups, "
            "*Object ID*), or the team's link (in Teams: the team's menu …, *Get link to team*)"
        )
    return text.lower()


def _named(value: str) -> str:
    if not value.strip():
        raise ValueError("write the calendar's name, or leave the key out for the mailbox's own calendar")
    return value.strip()


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Pace(_Options):
    """How fast Graph may be asked: `requests` per `seconds`, and how many at once.

    The defaults are Outlook's limits for one app and mailbox (Microsoft Graph: Throttling limits).
    """

    requests: PositiveInt = 10_000
    seconds: PositiveFloat = 600.0
    at_once: Annotated[int, Field(gt=0, le=20)] = 4


Use = Literal["channels", "members", "group-calendars"]
SCOPES: Mapping[Use, tuple[str, ...]] = {
    "channels": ("ChannelMessage.Send", "ChannelMessage.ReadWrite", "ChannelMessage.Read.All", "Channel.ReadBasic.All"),
    "members": ("GroupMember.ReadBasic.All", "User.ReadBasic.All"),
    "group-calendars": ("Group.ReadWrite.All", "User.Read"),
}
"""What a service user is asked to allow, by what it is used for (Microsoft Graph permissions reference)."""


class ConnectionOptions(_Options):
    """How a connection signs in, if it has no `token`: as an app of the tenant, or as a service user.

    An app: `tenant`, `client_id` and one of `client_secret` and `certificate` (a PEM file with its private key), or
    `managed_identity` (then `client_id` names a user-assigned one). A service user: `service_user`, `tenant` and
    `client_id`, and once `copsync connect`; `uses` says what for, and nothing else is asked for. `authority` is the
    sign-in service of a national cloud.
    """

    tenant: Annotated[str, AfterValidator(_tenant)] | None = None
    client_id: Annotated[str, AfterValidator(_guid)] | None = None
    client_secret: InstanceOf[SecretStr] | None = None
    certificate: Path | None = None
    certificate_password: InstanceOf[SecretStr] | None = None
    managed_identity: bool = False
    service_user: bool = False
    uses: Annotated[tuple[Use, ...], Field(min_length=1)] = ("channels",)
    authority: Annotated[str, AfterValidator(_authority)] = "https://login.microsoftonline.com"
    limits: Pace = Pace()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.service_user and (self.tenant is None or self.client_id is None):
            raise ValueError("`service_user` needs `tenant` and `client_id` beside it (docs/connectors/teams.md)")
        return self


def device_consent(options: BaseModel) -> DeviceConsent | None:
    """Return how a person lets copsync in as a service user; None where the options name another way."""
    if not isinstance(options, ConnectionOptions) or not options.service_user or options.client_id is None:
        return None
    base = f"{options.authority}/{options.tenant}/oauth2/v2.0"
    scopes = {one for use in options.uses for one in SCOPES[use]}
    scope = " ".join(("offline_access", *(f"https://graph.microsoft.com/{one}" for one in sorted(scopes))))
    return DeviceConsent(options.client_id, f"{base}/devicecode", f"{base}/token", scope)


class SpaceOptions(_Options):
    """Which calendar a space is: a `mailbox`'s own or the one named by `calendar` (name or id), or that of a `group`.

    A group's takes a connection that signs in as a service user. `mail_attendees` lets copsync change and delete
    events to which people are invited, and write to a group whose new members follow it, although Outlook then writes
    to all of them. `meetings = "teams"` gives new gatherings a Teams meeting, `"none"` keeps the community's wish for
    them from this space.
    """

    mailbox: Annotated[str, AfterValidator(_mailbox)] | None = None
    group: Annotated[str, AfterValidator(_group)] | None = None
    calendar: Annotated[str, AfterValidator(_named)] | None = None
    mail_attendees: bool = False
    meetings: Literal["teams", "none"] | None = None

    @model_validator(mode="after")
    def _one_owner(self) -> Self:
        if (self.mailbox is None) == (self.group is None):
            raise ValueError(
                "name one owner of the calendar: `mailbox`, best a shared one, or `group`, which takes a service user"
            )
        if self.group is not None and self.calendar is not None:
            raise ValueError("a group has one calendar only; leave `calendar` out")
        return self

    @property
    def owner(self) -> Owner:
        """Whose calendar it is."""
        return Owner(self.group, is_group=True) if self.group is not None else Owner(self.mailbox or "")
