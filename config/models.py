"""What copsync.toml may say. Keys that belong to a tool are checked by that tool."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"'{name}' is no time zone. Use an IANA name such as Europe/Berlin.") from unknown
    return name


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Zone = Annotated[str, AfterValidator(_known_zone)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SecretRef(_Model):
    """Where a secret is: an environment variable or a file. The secret itself never stands in copsync.toml."""

    env: str | None = None
    file: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_literals(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(  # noqa: TRY004 - pydantic reports ValueError only
                "a secret must not stand in this file. Put it into an environment variable or a file and write "
                '{ env = "NAME" } or { file = "/path" } instead.'
            )
        return value

    @model_validator(mode="after")
    def _name_one_place(self) -> SecretRef:
        if (self.env is None) == (self.file is None):
            raise ValueError('name exactly one place: { env = "NAME" } or { file = "/path" }.')
        return self


class StoreSettings(_Model):
    """Where copsync remembers."""

    url: str = "sqlite:///copsync.db"


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

    count: Annotated[int, Field(ge=0)] = 10
    share: Annotated[float, Field(ge=0, le=1)] = 0.2


class SurgeSettings(_Model):
    """From when many changes of one field in one space are held."""

    count: Annotated[int, Field(ge=1)] = 20
    share: Annotated[float, Field(ge=0, le=1)] = 0.3


class PolicySettings(_Model):
    """How conflicts, deletions and surges are met."""

    conflict: Annotated[str, Field(pattern=r"^(latest|ask|prefer:.+)$")] = "latest"
    delete: Literal["trash", "complete", "keep"] = "trash"
    max_deletes: CapSettings = CapSettings()
    surge: SurgeSettings = SurgeSettings()


class MemberSettings(BaseModel):
    """A member by e-mail; further keys map a tool (or a space) to the person's id there."""

    model_config = ConfigDict(extra="allow", frozen=True)
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    name: str = ""
    role: Literal["sponsor", "moderator", "core", "member"] = "member"

    @property
    def ids(self) -> dict[str, str]:
        """Return the person's ids by tool or space."""
        return {key: str(value) for key, value in (self.model_extra or {}).items()}


class SpaceSettings(BaseModel):
    """One container bound to the community. Further keys are the tool's own."""

    model_config = ConfigDict(extra="allow", frozen=True)
    name: Name
    connection: str
    read_only: bool = False

    @property
    def options(self) -> dict[str, Any]:
        """Return the tool's own keys."""
        return dict(self.model_extra or {})


class CommunitySettings(_Model):
    """One community. It may have no space yet."""

    id: Name
    name: str = ""
    time_zone: Zone
    show_on_calendar: Literal["milestones", "all", "none"] = "milestones"
    policy: PolicySettings = PolicySettings()
    members: tuple[MemberSettings, ...] = ()
    spaces: tuple[SpaceSettings, ...] = ()


class Settings(BaseSettings):
    """The whole of copsync.toml. `COPSYNC_STORE__URL` in the environment goes before the file's store."""

    model_config = SettingsConfigDict(
        extra="forbid", frozen=True, env_prefix="COPSYNC_", env_nested_delimiter="__", env_ignore_empty=True
    )
    store: StoreSettings = StoreSettings()
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
