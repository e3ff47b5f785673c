"""The composition root: from settings to communities with their connections."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from hashlib import blake2b
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from config.loader import Configuration
from config.models import CommunitySettings, ConnectionSettings, PolicySettings, SecretRef, SpaceSettings
from connectors.contract import Connection, ConnectionSetup, SpaceSetup, Tool
from connectors.registry import tool
from domain.errors import ConfigProblem
from domain.policy import Cap, Policy, Surge
from sync.community import BoundSpace, Community, KnownMember


@dataclass(slots=True)
class Wiring:
    """Builds communities; connections are opened once, at first need, and closed at the end of the block."""

    configuration: Configuration
    connections: dict[str, Connection] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

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
        number = self.configuration.settings.communities.index(settings)
        return Community(
            id=settings.id,
            name=settings.name or settings.id,
            zone=ZoneInfo(settings.time_zone),
            policy=_policy(settings.policy),
            spaces=[self._space(settings, space, number, place) for place, space in enumerate(settings.spaces)],
            members=[KnownMember(one.email, one.name, one.role, one.ids) for one in settings.members],
        )

    def _space(self, community: CommunitySettings, space: SpaceSettings, number: int, place: int) -> BoundSpace:
        settings = self.configuration.settings.connections[space.connection]
        key = ("communities", number, "spaces", place)
        kind = self._tool(space.connection, settings)
        setup = SpaceSetup(
            name=space.name,
            community=community.id,
            zone=ZoneInfo(community.time_zone),
            options=self._options(kind.space_options, space.options, key),
            show_on_calendar=community.show_on_calendar,
        )
        connection = self.connection(space.connection)
        bound = f"{kind.name}\0{settings.base_url}\0{setup.options.model_dump_json()}\0{setup.show_on_calendar}"
        binding = blake2b(bound.encode(), digest_size=16).hexdigest()
        return BoundSpace(space.name, kind.name, connection.space(setup), connection, binding, space.read_only)

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
        kind, key = self._tool(name, settings), ("connections", name)
        base_url = settings.base_url or kind.base_url
        if base_url is None:
            raise self.configuration.problem(
                key, "base_url is missing.", f"Add the address of your {kind.title} account."
            )
        token = self.configuration.secret(settings.token, (*key, "token")) if settings.token else None
        options = self._options(kind.connection_options, self._resolved(settings, key), key)
        try:
            return kind.connect(ConnectionSetup(name, base_url, token, options))
        except ConfigProblem as wrong:
            raise self.configuration.problem((*key, "base_url"), wrong.message, wrong.mend) from None

    def _tool(self, name: str, settings: ConnectionSettings) -> Tool:
        try:
            return tool(settings.tool)
        except ConfigProblem as unknown:
            raise self.configuration.problem(("connections", name, "tool"), unknown.message, unknown.mend) from None

    def _resolved(self, settings: ConnectionSettings, key: tuple[str | int, ...]) -> dict[str, Any]:
        return {name: self._value(value, (*key, name)) for name, value in settings.options.items()}

    def _value(self, value: Any, key: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict) and value and set(value) <= {"env", "file"}:
            return self.configuration.secret(SecretRef.model_validate(value), key)
        return value

    def _options(self, model: type[BaseModel], options: dict[str, Any], key: tuple[str | int, ...]) -> BaseModel:
        try:
            return model.model_validate(options)
        except ValidationError as invalid:
            error = invalid.errors(include_url=False, include_input=False)[0]
            words = _WORDS.get(error["type"], str(error["msg"]).removeprefix("Value error, "))
            where = (*key, *(str(part) for part in error["loc"]))
            raise self.configuration.problem(where, words, "Correct this key; docs/connectors/ explains it.") from None


_WORDS = {
    "missing": "This key is missing.",
    "extra_forbidden": "This key is not known here.",
    "is_instance_of": 'A secret must be written as { env = "NAME" } or { file = "/path" }.',
}


def _policy(settings: PolicySettings) -> Policy:
    return Policy(
        conflict=settings.conflict,
        delete=settings.delete,
        max_deletes=Cap(settings.max_deletes.count, settings.max_deletes.share),
        surge=Surge(settings.surge.count, settings.surge.share),
    )
