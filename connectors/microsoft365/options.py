"""What an admin can set for Microsoft 365 in copsync.toml, checked before anything is sent."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, InstanceOf, PositiveFloat, PositiveInt, SecretStr

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
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
    host = value.removeprefix("https://").rstrip("/")
    if not value.startswith("https://") or not host or re.search(r"[\s/@?#]", host):
        raise ValueError("write the address of the sign-in service, such as https://login.microsoftonline.us")
    return f"https://{host}"


def _mailbox(value: str) -> str:
    text = value.strip()
    if not _ADDRESS.fullmatch(text) and not _GUID.fullmatch(text):
        raise ValueError("write the address of the mailbox, such as data-practice@example.org")
    return text


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


class ConnectionOptions(_Options):
    """How an app of the tenant signs in, if the connection has no `token`.

    Either `tenant`, `client_id` and one of `client_secret` and `certificate` (a PEM file with its private key), or
    `managed_identity` (then `client_id` names a user-assigned one). `authority` is the sign-in service of a national
    cloud.
    """

    tenant: Annotated[str, AfterValidator(_tenant)] | None = None
    client_id: Annotated[str, AfterValidator(_guid)] | None = None
    client_secret: InstanceOf[SecretStr] | None = None
    certificate: Path | None = None
    certificate_password: InstanceOf[SecretStr] | None = None
    managed_identity: bool = False
    authority: Annotated[str, AfterValidator(_authority)] = "https://login.microsoftonline.com"
    limits: Pace = Pace()


class SpaceOptions(_Options):
    """Which calendar a space is: a mailbox's own, or the one named by `calendar` (name or id).

    `mail_attendees` lets copsync change and delete events to which people are invited, although Outlook then writes
    to all of them. `meetings = "teams"` gives new gatherings a Teams meeting, `"none"` keeps the community's wish for
    them from this space.
    """

    mailbox: Annotated[str, AfterValidator(_mailbox)]
    calendar: Annotated[str, AfterValidator(_named)] | None = None
    mail_attendees: bool = False
    meetings: Literal["teams", "none"] | None = None
