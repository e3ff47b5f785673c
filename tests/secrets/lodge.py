"""One installation whose connections sign in as apps, on the stand-ins' own sign-in services."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pydantic import SecretStr

from cli.ending import run
from config.loader import Configuration, load
from connectors.contract import Finding
from connectors.http.grants import App, SignIn
from connectors.http.oauth import OAuth
from sandbox.sign_in import SignInService
from sandbox.world import World
from store.store import Store
from store.vault import Keys, Vault
from sync.keeper import Keeper
from sync.wiring import Wiring
from tests.cli.desk import Called, checked, environment

PATHS = {"asana": "/-/oauth_token", "basecamp": "/authorization/token"}
STORE = '[store]\nurl = "sqlite:///copsync.db"\nkey = { env = "COPSYNC_KEY" }\n'
COMMUNITY = '\n[[communities]]\nid = "data-practice"\ntime_zone = "Europe/Berlin"\n'
AUTHORIZE = {"asana": "/-/oauth_authorize", "basecamp": "/authorization/new"}


def origin_of(world: World, tool: str) -> str:
    url = world.urls[tool]
    return url[: url.index("/", len("http://"))]


@dataclass
class Lodge:
    """The settings of one connection and what it keeps; `person` is whom copsync acts as."""

    world: World
    folder: Path
    tool: str
    key: SecretStr
    refresh: str | None = None

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.configure()

    @property
    def service(self) -> SignInService:
        return self.world.sign_in[self.tool]

    @property
    def person(self) -> Any:
        tokens: Mapping[str, Any] = getattr(self.world, self.tool).tokens
        return tokens[self.world.token(self.tool, None)]

    @property
    def token_url(self) -> str:
        return origin_of(self.world, self.tool) + PATHS[self.tool]

    def let_in(self) -> str:
        """Let copsync in as itself, and put the refresh token where the settings point to."""
        self.refresh = self.service.let_in(self.person)
        self.configure()
        return self.refresh

    def settings(self, **more: str) -> str:
        keys = {
            "tool": f'"{self.tool}"',
            "base_url": f'"{self.world.urls[self.tool]}"',
            "client_id": f'"{self.service.client_id}"',
            "client_secret": '{ env = "CLIENT_SECRET" }',
            "authorize_url": f'"{origin_of(self.world, self.tool)}{AUTHORIZE[self.tool]}"',
            "token_url": f'"{self.token_url}"',
            "limits": "{ requests = 1000, seconds = 1, at_once = 8 }",
        }
        if self.refresh is not None:
            keys["refresh_token"] = '{ env = "REFRESH_TOKEN" }'
        lines = "".join(f"{name} = {value}\n" for name, value in {**keys, **more}.items() if value)
        return f"{STORE}\n[connections.{self.tool}]\n{lines}{COMMUNITY}"

    def configure(self, text: str | None = None) -> None:
        path = self.folder / "copsync.toml"
        path.write_text(text or self.settings(), encoding="utf-8")
        secrets = {
            "CLIENT_SECRET": self.service.client_secret,
            "REFRESH_TOKEN": self.refresh or "",
            "COPSYNC_KEY": self.key.get_secret_value(),
        }
        (self.folder / ".env").write_text("".join(f"{k}={v}\n" for k, v in secrets.items()), encoding="utf-8")

    def configuration(self) -> Configuration:
        return load(self.folder / "copsync.toml")

    async def check(self) -> Sequence[Finding]:
        """Try the connection as a fresh process would."""
        async with Wiring(self.configuration()) as wiring:
            return await wiring.connection(self.tool).check()

    def vault(self, key: SecretStr | None = None) -> Vault:
        return Vault(Store.open("sqlite:///copsync.db", self.folder).engine, Keys(key or self.key))

    def keeper(self) -> Keeper:
        return Keeper(self.configuration(), self.vault(), self.tool)

    def app(self, **more: Any) -> App:
        usual = {
            "connection": self.tool,
            "title": self.tool.title(),
            "client_id": self.service.client_id,
            "client_secret": SecretStr(self.service.client_secret),
            "token_url": self.token_url,
            "user_agent": "copsync (ops@example.org)",
        }
        return App(**{**usual, **more})

    def oauth(self, keeper: Any = None, **more: Any) -> OAuth:
        """Return the credentials as a connector would make them."""
        seed = SecretStr(self.refresh) if self.refresh else None
        timing = more.pop("timing", None)
        return OAuth(SignIn(self.app(**more), timing=timing), keeper or self.keeper(), seed, timing=timing)

    def here(self, *arguments: str, env: Mapping[str, str] | None = None) -> Called:
        """Run the command inside of this process, which spares the time that Python takes to start."""
        out, err = StringIO(), StringIO()
        surroundings = patch.dict(os.environ, environment(self.folder, env), clear=True)
        with surroundings, chdir(self.folder), redirect_stdout(out), redirect_stderr(err):
            status = run(arguments)
        secrets = (self.service.client_secret, self.key.get_secret_value(), "access-", "refresh-")
        return checked(Called(status, out.getvalue(), err.getvalue()), secrets)

    def stored(self) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.folder / "copsync.db") as database:
            rows = database.execute("SELECT connection, name, sealed, at FROM secrets").fetchall()
        database.close()
        return rows

    def asked(self) -> int:
        """Return how often the token endpoint was asked."""
        return sum(path == PATHS[self.tool] for _, path, _ in self.service.requests)
