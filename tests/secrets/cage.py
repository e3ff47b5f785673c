"""An installation in which everything that is secret is a canary, and two of its tools renew their tokens."""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cli.ending import run
from connectors.http.redact import VAULT
from sandbox.world import World
from store.vault import new_key
from tests.cli.desk import COPSYNC, environment
from tests.secrets.canaries import ODD, Aviary, canary
from tests.secrets.lodge import AUTHORIZE, PATHS, origin_of

CLOSED = "http://127.0.0.1:9"
"""Nothing listens there."""


@dataclass
class Cage:
    """An installation in which everything that is secret is a canary; the secrets themselves lie elsewhere."""

    world: World
    folder: Path
    aviary: Aviary = field(default_factory=Aviary)
    env: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    out: str = ""

    def __post_init__(self) -> None:
        self.folder.mkdir()
        for tool, service in self.world.sign_in.items():
            state: Any = getattr(self.world, tool)
            person = state.tokens[self.world.token(tool, None)]
            service.rotates = True
            service.client_secret = self.secret(f"{tool.upper()}_SECRET", ODD)
            refresh = self.secret(f"{tool.upper()}_REFRESH", ODD)
            service.adopt(refresh, person)
            fixed = self.secret(f"{tool.upper()}_TOKEN", ODD)
            state.tokens[fixed] = person
        graph = self.secret("M365_TOKEN", ODD)
        self.world.graph.add_token(graph, mailboxes={self.world.community.mailbox})
        self.env["COPSYNC_KEY"] = self.aviary.plant("key", new_key().get_secret_value())
        self.aviary.plant("raw key", base64.urlsafe_b64decode(self.env["COPSYNC_KEY"]).hex())
        self.password = self.aviary.plant("database password", canary())
        self.configure()

    def secret(self, name: str, odd: str = "") -> str:
        """Make a secret, known to the search, and put it where the settings point to."""
        self.env[name] = self.aviary.plant(name, canary(odd))
        return self.env[name]

    def configure(self, *, oauth: bool = True, addresses: Mapping[str, str] | None = None) -> None:
        """Write the settings; an address named here takes the place of a tool's own."""
        text = self.world.config_toml("sqlite:///copsync.db")
        text = text.replace("[store]\n", '[store]\nkey = { env = "COPSYNC_KEY" }\n')
        for tool in ("asana", "basecamp") if oauth else ():
            origin, name = origin_of(self.world, tool), tool.upper()
            text = text.replace(
                f'token = {{ env = "{name}_TOKEN" }}\n',
                f'client_id = "{self.world.sign_in[tool].client_id}"\nclient_secret = {{ env = "{name}_SECRET" }}\n'
                f'refresh_token = {{ env = "{name}_REFRESH" }}\nauthorize_url = "{origin}{AUTHORIZE[tool]}"\n'
                f'token_url = "{origin}{PATHS[tool]}"\n',
            )
        for tool, address in (addresses or {}).items():
            text = text.replace(self.world.urls[tool], address)
        (self.folder / "copsync.toml").write_text(text, encoding="utf-8")

    def note_given(self) -> None:
        """Plant what the stand-ins have handed out by now: it came over the wire and is as secret."""
        for tool, service in self.world.sign_in.items():
            for number, secret in enumerate(service.given):
                self.aviary.plant(f"{tool} gave no. {number}", secret)

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **more: Any) -> subprocess.Popen[str]:
        scratch = self.folder / "tmp"
        scratch.mkdir(exist_ok=True)
        surroundings = environment(self.folder, {**self.env, "TMPDIR": str(scratch), **(env or {})})
        pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = more.pop("command", (COPSYNC,))
        return subprocess.Popen(
            [*command, *arguments], cwd=self.folder, env=surroundings, text=True, encoding="utf-8", **(pipes | more)
        )

    def __call__(self, *arguments: str, **more: Any) -> str:
        """Run a command to its end, keep what it said, and return its standard output."""
        self.ended(self.start(*arguments, **more), *arguments)
        return self.out

    def here(self, *arguments: str, env: Mapping[str, str] | None = None) -> int:
        """Run a command inside of this process, which knows no secret beforehand, and return its status."""
        with VAULT._lock:
            VAULT._known.clear()
            VAULT._pattern = None
        out, err = StringIO(), StringIO()
        surroundings = environment(self.folder, {**self.env, "COPSYNC_DEBUG": "1", **(env or {})})
        here = (patch.dict(os.environ, surroundings, clear=True), chdir(self.folder))
        with here[0], here[1], redirect_stdout(out), redirect_stderr(err):
            status = run(arguments)
        self.said[f"{len(self.said):02d} {' '.join(arguments)} -> {status}"] = f"{out.getvalue()}\n{err.getvalue()}"
        return status

    def ended(self, process: subprocess.Popen[str], *arguments: str) -> int:
        """Wait for a command, keep what it said, and return its status."""
        with process:
            self.out, err = process.communicate(timeout=110)
        self.said[f"{len(self.said):02d} {' '.join(arguments)} -> {process.returncode}"] = f"{self.out}\n{err}"
        return process.returncode

    def leaks(self) -> dict[str, list[str]]:
        """Return everything that was found, by where."""
        self.note_given()
        said = {label: self.aviary.found_in(text) for label, text in self.said.items()}
        return {label: found for label, found in said.items() if found} | self.aviary.found_below(self.folder)
