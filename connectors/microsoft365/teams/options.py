"""What copsync.toml says about a channel of Teams, checked before anything is sent."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, InstanceOf, SecretStr, model_validator

_TEAM = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CHANNEL = re.compile(r"19:[A-Za-z0-9_-]+@thread\.(?:tacv2|skype)")
_LINK = "copy it in Teams: the channel's menu … , *Get link to channel*"

_FLOW_HOSTS = (
    ".logic.azure.com",
    ".logic.azure.us",
    ".logic.azure.cn",
    ".environment.api.powerplatform.com",
    ".environment.api.gov.powerplatform.microsoft.us",
)
"""Where flows of the Workflows app answer; the newer ones below powerplatform, national clouds apart."""
_DEAD_HOSTS = ("webhook.office.com", "outlook.office.com", "outlook.office365.com")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _team(value: str) -> str:
    if not _TEAM.fullmatch(value):
        raise ValueError(
            f"write the team's id, such as 6731de76-14a6-49ae-97bc-6eba6914391e, or the link as `channel` ({_LINK})"
        )
    return value.lower()


def _channel(value: str) -> str:
    if not _CHANNEL.fullmatch(value):
        raise ValueError(f"write the channel's link ({_LINK}), or its id, which ends in @thread.tacv2")
    return value


class ChannelOptions(BaseModel):
    """Which channel: `channel` is its link, which names the team as well; or its id, with `team` beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    team: Annotated[str, AfterValidator(_team)]
    channel: Annotated[str, AfterValidator(_channel)]

    @model_validator(mode="before")
    @classmethod
    def _from_link(cls, given: Any) -> Any:
        link = given.get("channel") if isinstance(given, dict) else None
        found = _parts(link) if isinstance(link, str) else None
        if found is None:
            return given
        team, channel = found
        named = given.get("team")
        if isinstance(named, str) and named.lower() != team.lower():
            raise ValueError("`team` is another one than the link of the channel names; leave `team` out")
        return {**given, "team": team, "channel": channel}


def _parts(link: str) -> tuple[str, str] | None:
    """Return the team and the channel that a link of Teams names; None for what is no link."""
    if not link.startswith("https://"):
        return None
    parts = urlsplit(link)
    steps = parts.path.split("/")
    channel = next((one for one in map(unquote, steps) if _CHANNEL.fullmatch(one)), "")
    return parse_qs(parts.query).get("groupId", [""])[0], channel


def _flow(url: SecretStr) -> SecretStr:
    """Check where a flow answers. The address is a secret and is never repeated, not even when it is wrong."""
    try:
        parts = urlsplit(url.get_secret_value().strip())
        host, _ = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise ValueError(f"this is no address; {_FLOW}") from None
    if any(host == dead or host.endswith(f".{dead}") for dead in _DEAD_HOSTS):
        raise ValueError(
            "this is the address of an Office 365 connector (incoming webhook), which Microsoft has switched off. Make "
            "a flow in its place: in the channel's menu … choose Workflows, *Send webhook alerts to a channel* (or "
            "*Post to a channel when a webhook request is received*), and put the address that it shows where `url` "
            "points to"
        )
    if "@" in parts.netloc or parts.fragment:
        raise ValueError(f"this is no address of a flow; {_FLOW}")
    if parts.scheme == "http" and host in _LOOPBACK:
        return url
    if parts.scheme != "https":
        raise ValueError(f"the address of a flow is a secret and travels by https alone; {_FLOW}")
    if not host.endswith(_FLOW_HOSTS) or not parse_qs(parts.query).get("sig"):
        raise ValueError(f"this is no address of a flow (they end in {' or '.join(_FLOW_HOSTS[::3])}); {_FLOW}")
    return url


_FLOW = "copy the whole address from the flow's first step, with everything after the question mark"


class WorkflowOptions(BaseModel):
    """`url` names where the address of the flow is kept; whoever has it can post in the channel."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: Annotated[InstanceOf[SecretStr], AfterValidator(_flow)]
