"""What copsync.toml may say. Keys that belong to a tool are checked by that tool."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

PREFIX = "COPSYNC_"
"""Environment variables that begin with it go before the file: COPSYNC_STORE__URL before url under [store]."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_WEEKLY = re.compile(r"([a-z]+) (([01]\d|2[0-3]):[0-5]\d)")
NEVER = "never"
"""What stands in the place of quiet hours where there are none."""
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def did_you_mean(word: str, known: list[str] | set[str]) -> str:
    """Return a question that names the known word closest to a misspelt one, with a leading space, or nothing."""
    by_lower = {name.lower(): name for name in sorted(known)}
    close = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return f" Did you mean {by_lower[close[0]]}?" if close else ""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        mend = did_you_mean(name, available_timezones()) or " Use an IANA name such as Europe/Berlin."
        raise ValueError(f"'{name}' is no time zone.{mend}") from unknown
    return name


def _plain_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"'{name}' cannot be used as a name: write up to 100 letters, digits, dots, dashes and underscores, "
            "beginning with a letter or digit."
        )
    return name


def _email(address: str) -> str:
    if not _EMAIL.fullmatch(address):
        raise ValueError(f"'{address}' is no e-mail address; write one such as ada@example.org.")
    return address


def _conflict(policy: str) -> str:
    begin, colon, space = policy.partition(":")
    if colon and begin == "prefer" and space.strip():
        return f"prefer:{space.strip()}"
    if policy not in ("latest", "ask"):
        raise ValueError(f"'{policy}' is no such policy: write latest, ask, or prefer:<space>.")
    return policy


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):  # it is not repeated: this may be the secret itself
        raise ValueError(
            "this is no name of an environment variable. Write the variable's name here, such as ASANA_TOKEN, and put "
            "the secret into that variable."
        )
    return name


def _person(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("write the person's id in that tool (or space) as a text or a number.")
    return value


def _public(url: str) -> str:
    """Check under which address something secret is reached: whoever sees it can open it, so it travels encrypted."""
    try:
        parts = urlsplit(url)
        host, named = parts.hostname or "", "@" in parts.netloc
    except ValueError:
        raise ValueError(f"'{url}' is no address.") from None
    if parts.scheme not in ("http", "https") or not host or named or parts.query or parts.fragment:
        raise ValueError(f"'{url}' is no such address: write one such as https://copsync.example.org.")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise ValueError(f"'{url}' is not encrypted; write https://, with a proxy in front of copsync's server.")
    return url.rstrip("/")


def _quiet(hours: str) -> str:
    begin, _, end = hours.partition("-")
    if hours != NEVER and (not _HOURS.fullmatch(hours) or begin == end):
        raise ValueError(f"'{hours}' are no quiet hours; write from when until when, such as 20:00-07:00, or never.")
    return hours


def _weekly(moment: str) -> str:
    found = _WEEKLY.fullmatch(moment.lower())
    if found is None or found[1] not in WEEKDAYS:
        hint = did_you_mean(moment.partition(" ")[0], set(WEEKDAYS))
        raise ValueError(f"'{moment}' is no weekday and time; write one such as monday 08:00.{hint}")
    return moment.lower()


Name = Annotated[str, AfterValidator(_plain_name)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Share = Annotated[float, Field(ge=0, le=1)]
ForWhom = Literal["internal", "community", "public"]
Said = Literal["gatherings", "deadlines", "milestones", "documents", "welcome", "thanks", "digest"]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(_Model):
    """Where a secret is: an environment variable or a file. The secret itself never stands in copsync.toml."""

    env: Annotated[str, AfterValidator(_variable)] | None = None
    file: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_literals(cls, value: Any) -> Any:
        if not isinstance(value, dict | SecretRef):
            raise ValueError(  # noqa: TRY004 - pydantic reports ValueError only
                "a secret must not stand in this file. Put it into an environment variable or a file and write "
                '{ env = "NAME" } or { file = "/path" } instead; then change the secret, for it has been written down.'
            )
        return value

    @model_validator(mode="after")
    def _name_one_place(self) -> SecretRef:
        if (self.env is None) == (self.file is None):
            raise ValueError('name exactly one place: { env = "NAME" } or { file = "/path" }.')
        return self


class StoreSettings(_Model):
    """Where copsync remembers, and the key with which it seals the tokens it renews (needed for those alone).

    What happened is kept for `history_days`: the changes of records, the steps and reports of runs, decided conflicts.
    """

    url: Annotated[str, Field(min_length=1)] = "sqlite:///copsync.db"
    key: SecretRef | None = None
    history_days: Annotated[StrictInt, Field(ge=1, le=36_500)] = 365


class ConnectionSettings(BaseModel):
    """One account of a tool. Further keys are the tool's own; a table with `env` or `file` is a secret."""

    model_config = ConfigDict(extra="allow", frozen=True)
    tool: str
    base_url: str | None = None
    token: SecretRef | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Return the tool's own keys."""
        return dict(self.model_extra or {})


class CapSettings(_Model):
    """A limit as a number and as a share; whichever is smaller counts."""

    count: Annotated[StrictInt, Field(ge=0)] = 10
    share: Share = 0.2


class SurgeSettings(_Model):
    """From when many changes of one field in one space are held."""

    count: Annotated[StrictInt, Field(ge=1)] = 20
    share: Share = 0.3


class PolicySettings(_Model):
    """How conflicts, deletions and surges are met."""

    conflict: Annotated[str, AfterValidator(_conflict)] = "latest"
    delete: Literal["trash", "complete", "keep"] = "trash"
    max_deletes: CapSettings = CapSettings()
    surge: SurgeSettings = SurgeSettings()


class MemberSettings(BaseModel):
    """A member by e-mail; further keys map a tool (or a space) to the person's id there.

    `named = false`: copsync never names this member in a channel.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_person)]]
    email: Annotated[str, AfterValidator(_email)]
    name: str = ""
    role: Literal["sponsor", "moderator", "core", "member"] = "member"
    named: StrictBool = True

    @property
    def ids(self) -> dict[str, str]:
        """Return the person's ids by tool or space."""
        return {key: str(value) for key, value in (self.model_extra or {}).items()}


class SpaceSettings(BaseModel):
    """One container bound to the community. Further keys are the tool's own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: Name
    connection: str
    read_only: StrictBool = False

    @property
    def options(self) -> dict[str, Any]:
        """Return the tool's own keys."""
        return dict(self.model_extra or {})


class CommunityFeedsSettings(_Model):
    """What a community's calendar feeds show; `private = false` lets notes and e-mail addresses into them."""

    private: StrictBool = True


class FeedsSettings(_Model):
    """The public address under which the feeds of all communities are reached; this machine alone by default."""

    base_url: Annotated[str, AfterValidator(_public)] | None = None


class OutboxSettings(_Model):
    """The public address of the page on which moderators find what to post; this machine alone by default."""

    base_url: Annotated[str, AfterValidator(_public)] | None = None


class AudienceSettings(_Model):
    """For whom things are that do not say so themselves; a channel hears only of what its readers may know."""

    gatherings: ForWhom = "community"
    deadlines: ForWhom = "internal"
    tasks: ForWhom = "internal"
    documents: ForWhom = "internal"
    posts: ForWhom = "internal"


class ChannelSettings(BaseModel):
    """One place where the community talks, and what is said there. Further keys are those of its kind.

    `names` says whether members are named; left out, they are, except in public.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    id: Name
    kind: str
    connection: str | None = None
    audience: ForWhom = "community"
    wants: tuple[Said, ...] = ("digest",)
    digest: Annotated[str, AfterValidator(_weekly)] = "monday 08:00"
    quiet: Annotated[str, AfterValidator(_quiet)] = "20:00-07:00"
    daily: Annotated[StrictInt, Field(ge=1, le=50)] = 3
    time_zone: Zone | None = None
    names: StrictBool | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Return the keys of its kind."""
        return dict(self.model_extra or {})

    @property
    def names_members(self) -> bool:
        """Tell whether members may be named."""
        return self.audience != "public" if self.names is None else self.names


class CommunitySettings(_Model):
    """One community. It may have no space yet."""

    id: Name
    name: str = ""
    time_zone: Zone
    show_on_calendar: Literal["milestones", "all", "none"] = "milestones"
    meetings: Literal["teams"] | None = None
    policy: PolicySettings = PolicySettings()
    feeds: CommunityFeedsSettings = CommunityFeedsSettings()
    members: tuple[MemberSettings, ...] = ()
    spaces: tuple[SpaceSettings, ...] = ()
    audience: AudienceSettings = AudienceSettings()
    templates: Annotated[str, Field(min_length=1)] | None = None
    channels: tuple[ChannelSettings, ...] = ()


class Settings(BaseSettings):
    """The whole of copsync.toml. `COPSYNC_STORE__URL` in the environment goes before the file's store."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True
    )
    store: StoreSettings = StoreSettings()
    feeds: FeedsSettings = FeedsSettings()
    outbox: OutboxSettings = OutboxSettings()
    connections: dict[str, ConnectionSettings] = Field(default_factory=dict)
    communities: tuple[CommunitySettings, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let the environment go before the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings
