"""The composition root: from settings to communities with their connections."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from config.loader import Configuration
from config.models import (
    ChannelSettings,
    CommunitySettings,
    ConnectionSettings,
    PolicySettings,
    SecretRef,
    SpaceSettings,
    did_you_mean,
)
from config.problems import Problem, as_error, from_pydantic
from connectors.channel import ChannelKind, ChannelSetup, Sender, channel_kind, channel_kinds
from connectors.contract import Connection, ConnectionSetup, SpaceSetup, TokenKeeper, Tool
from connectors.registry import tool, tool_names
from domain.errors import ConfigProblem
from domain.policy import Cap, Policy, Surge
from sync.announce.place import Place, channel_of
from sync.community import BoundSpace, Community, KnownMember
from sync.keeper import Keepers


@dataclass(slots=True)
class Wiring:
    """Builds communities; connections are opened once, at first need, and closed at the end of the block."""

    configuration: Configuration
    connections: dict[str, Connection] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _keepers: Keepers | None = None

    async def __aenter__(self) -> Wiring:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, trace)

    def community_settings(self, wanted: str | None) -> Sequence[CommunitySettings]:
        """Return the community of that id, or all of them.

        Raises:
            ConfigProblem: there is no such community, or none at all.
        """
        communities = self.configuration.settings.communities
        if not communities:
            mend = "Add a [[communities]] block; `copsync init` shows one."
            raise self.configuration.problem((), "No community is configured.", mend)
        if wanted is None:
            return communities
        found = [one for one in communities if one.id == wanted]
        if not found:
            known = ", ".join(one.id for one in communities)
            raise self.configuration.problem((), f"There is no community '{wanted}'.", f"Use one of: {known}.")
        return found

    def community(self, settings: CommunitySettings) -> Community:
        """Return a community with its spaces bound to their tools.

        Raises:
            ConfigProblem: a tool, an option or a secret is wrong; the place is named.
        """
        self.check_members(settings)
        spaces = [self.space(settings, place) for place in range(len(settings.spaces))]
        self._refuse_the_same_twice(settings, spaces)
        return Community(
            id=settings.id,
            name=settings.name or settings.id,
            zone=ZoneInfo(settings.time_zone),
            policy=_policy(settings.policy),
            spaces=spaces,
            members=[KnownMember(one.email, one.name, one.role, one.ids) for one in settings.members],
            keeps=timedelta(days=self.configuration.settings.store.history_days),
        )

    def check_members(self, settings: CommunitySettings) -> None:
        """See whether every id of a member belongs to a tool or a space.

        Raises:
            ConfigProblem: a key names neither.
        """
        named = [(place, key) for place, member in enumerate(settings.members) for key in member.ids]
        known = {*tool_names(), *(space.name for space in settings.spaces)} if named else set()
        for place, key in named:
            if key not in known:
                hint = did_you_mean(key, known) or f" There are: {', '.join(sorted(known))}."
                where = (*self._key(settings), "members", place, key)
                message = f"'{key}' is neither a tool nor a space of this community."
                raise self.configuration.problem(where, message, f"Correct this key or remove it.{hint}")

    def space(self, community: CommunitySettings, place: int) -> BoundSpace:
        """Return the space at a place of a community's list, bound to its tool.

        Raises:
            ConfigProblem: its tool, an option or a secret is wrong; the place is named.
        """
        space = community.spaces[place]
        settings = self.configuration.settings.connections[space.connection]
        kind = self._tool(space.connection, settings)
        setup = SpaceSetup(
            name=space.name,
            community=community.id,
            zone=ZoneInfo(community.time_zone),
            options=self._options(
                kind.space_options, space.options, (*self._key(community), "spaces", place), SpaceSettings
            ),
            show_on_calendar=community.show_on_calendar,
            meetings=community.meetings,
        )
        connection = self.connection(space.connection)
        bound = f"{kind.name}\0{settings.base_url}\0{setup.options.model_dump_json()}\0{setup.show_on_calendar}"
        binding = blake2b(bound.encode(), digest_size=16).hexdigest()
        try:
            connector = connection.space(setup)
        except ConfigProblem as wrong:
            key = (*self._key(community), "spaces", place, wrong.where or "connection")
            raise self.configuration.problem(key, wrong.message, wrong.mend) from None
        return BoundSpace(space.name, kind.name, connector, connection, binding, space.read_only)

    def channels(self, settings: CommunitySettings) -> list[Place]:
        """Return the channels of a community, bound to their kinds; none is opened.

        Raises:
            ConfigProblem: a kind, an option or a secret is wrong; the place is named.
        """
        return [self.channel(settings, place) for place in range(len(settings.channels))]

    def channel(self, community: CommunitySettings, place: int) -> Place:
        """Return the channel at a place of a community's list, bound to its kind; it is not opened.

        Raises:
            ConfigProblem: its kind, an option or a secret is wrong; the place is named.
        """
        settings = community.channels[place]
        key = (*self._key(community), "channels", place)
        kind = self._kind(settings, key)
        options = self._options(kind.options, self._resolved(settings.options, key), key, ChannelSettings)
        zone = ZoneInfo(settings.time_zone or community.time_zone)
        name, folder = community.name or community.id, self.configuration.folder

        def opened() -> Sender:
            connection = self.connection(settings.connection) if settings.connection else None
            return kind.open(ChannelSetup(settings.id, community.id, name, zone, options, folder, connection))

        return Place(channel_of(settings, kind.abilities(options), zone), kind, opened)

    def _kind(self, settings: ChannelSettings, key: tuple[str | int, ...]) -> ChannelKind:
        """Return the kind of a channel; where it needs an account, the one that is named must be of the right tool."""
        try:
            kind = channel_kind(settings.kind)
        except ConfigProblem as unknown:
            hint = did_you_mean(settings.kind, channel_kinds())
            raise self.configuration.problem((*key, "kind"), unknown.message, f"{unknown.mend}{hint}") from None
        named = self.configuration.settings.connections.get(settings.connection or "")
        if kind.tool and (named is None or named.tool != kind.tool):
            raise self.configuration.problem(
                (*key, "connection"),
                f"A channel of kind '{kind.name}' needs a connection of the tool {kind.tool}.",
                "Name one of them with `connection`.",
            )
        return kind

    def _key(self, settings: CommunitySettings) -> tuple[str | int, ...]:
        return ("communities", self.configuration.settings.communities.index(settings))

    def _refuse_the_same_twice(self, settings: CommunitySettings, spaces: Sequence[BoundSpace]) -> None:
        """Refuse two spaces that are the same place: whatever is in it would be made there once more."""
        seen: dict[str, str] = {}
        for place, space in enumerate(spaces):
            if space.binding in seen:
                raise self.configuration.problem(
                    (*self._key(settings), "spaces", place),
                    f"The spaces '{seen[space.binding]}' and '{space.name}' are bound to the same place.",
                    "Remove one of them, or bind it to something else.",
                )
            seen[space.binding] = space.name

    def connection(self, name: str) -> Connection:
        """Return an open connection.

        Raises:
            ConfigProblem: its settings are wrong.
        """
        if name not in self.connections:
            opened = self._open(name, self.configuration.settings.connections[name])
            self.connections[name] = opened
            self._stack.push_async_callback(opened.aclose)
        return self.connections[name]

    def _open(self, name: str, settings: ConnectionSettings) -> Connection:
        kind, setup = self._tool(name, settings), self.setup(name)
        try:
            return kind.connect(setup)
        except ConfigProblem as wrong:
            raise self.placed(name, wrong) from None

    def placed(self, name: str, wrong: ConfigProblem) -> ConfigProblem:
        """Return a problem of a connection with the file and line of the key that it is about."""
        where, key = wrong.where or "", ("connections", name)
        if " " in where:
            return wrong  # it names them, or an environment variable, already
        named = where.rpartition(".")[2]
        place = key if named == name else (*key, named or "base_url")
        return self.configuration.problem(place, wrong.message, wrong.mend)

    def setup(self, name: str) -> ConnectionSetup:
        """Return a connection's settings with its secrets, without opening it.

        Raises:
            ConfigProblem: a setting or a secret is wrong; the place is named.
        """
        settings = self.configuration.settings.connections[name]
        kind, key = self._tool(name, settings), ("connections", name)
        base_url = settings.base_url or kind.base_url
        if base_url is None:
            raise self.configuration.problem(
                key, "base_url is missing.", f"Add the address of your {kind.title} account."
            )
        token = self.configuration.secret(settings.token, (*key, "token")) if settings.token else None
        options = self._options(kind.connection_options, self._resolved(settings.options, key), key, ConnectionSettings)
        return ConnectionSetup(name, base_url, token, options, lambda: self.keeper(name))

    def keeper(self, name: str) -> TokenKeeper:
        """Return the place where a connection's tokens are kept.

        Raises:
            ConfigProblem: there is no key to seal them with, or it is none.
            StoreProblem: the store cannot be opened.
        """
        if self._keepers is None:
            self._keepers = Keepers(self.configuration)
            self._stack.callback(self._keepers.close)
        return self._keepers.of(name)

    def _tool(self, name: str, settings: ConnectionSettings) -> Tool:
        key = ("connections", name, "tool")
        try:
            return tool(settings.tool)
        except ConfigProblem as unknown:
            hint = did_you_mean(settings.tool, tool_names())
            raise self.configuration.problem(key, unknown.message, f"{unknown.mend}{hint}") from None
        except ImportError as broken:
            raise self.configuration.problem(
                key, f"The tool '{settings.tool}' is installed but cannot be loaded ({broken}).", "Install it again."
            ) from broken

    def _resolved(self, options: dict[str, Any], key: tuple[str | int, ...]) -> dict[str, Any]:
        return {name: self._value(value, (*key, name)) for name, value in options.items()}

    def _value(self, value: Any, key: tuple[str | int, ...]) -> Any:
        if not isinstance(value, dict) or not value or not set(value) <= {"env", "file"}:
            return value
        try:
            reference = SecretRef.model_validate(value)
        except ValidationError as invalid:
            raise self._wrong(invalid, SecretRef, key) from None
        return self.configuration.secret(reference, key)

    def _options(
        self, model: type[BaseModel], options: dict[str, Any], key: tuple[str | int, ...], around: type[BaseModel]
    ) -> BaseModel:
        """Return a tool's own keys, checked; `around` is the table they stand in."""
        try:
            return model.model_validate(options)
        except ValidationError as invalid:
            raise self._wrong(invalid, model, key, more=list(around.model_fields)) from None

    def _wrong(
        self, invalid: ValidationError, model: type[BaseModel], key: tuple[str | int, ...], more: Sequence[str] = ()
    ) -> ConfigProblem:
        found = [Problem((*key, *one.key), one.message) for one in from_pydantic(invalid, model, more=more)]
        configuration = self.configuration
        return as_error(configuration.path, configuration.text, found, configuration.environment)


def _policy(settings: PolicySettings) -> Policy:
    return Policy(
        conflict=settings.conflict,
        delete=settings.delete,
        max_deletes=Cap(settings.max_deletes.count, settings.max_deletes.share),
        surge=Surge(settings.surge.count, settings.surge.share),
    )
