"""The command as an admin meets it: a real process, a folder with its configuration, and the stand-ins over HTTP."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any, TypeGuard
from unittest.mock import patch

from cli.ending import run
from sandbox.basecamp.records import Todo
from sandbox.world import World

COPSYNC = str(Path(sys.executable).parent / "copsync")
COMMUNITY = "data-practice"
AT_ONCE = 4

_NUMBERS = count(1)


@dataclass(frozen=True)
class Called:
    """What a call left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output; anything beside it is an error."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        return self.out + self.err


def environment(folder: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment that holds nothing of whoever runs the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}
    return {**kept, "HOME": str(folder), "LC_ALL": "C.UTF-8", "TZ": "UTC", **(more or {})}


def start(
    *arguments: str,
    folder: Path,
    env: Mapping[str, str] | None = None,
    command: Sequence[str] = (COPSYNC,),
    **more: Any,
) -> subprocess.Popen[str]:
    """Start the command in a folder."""
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(
        [*command, *arguments], cwd=folder, env=environment(folder, env), text=True, encoding="utf-8", **(pipes | more)
    )


def ended(process: subprocess.Popen[str], *, secrets: Iterable[str] = ()) -> Called:
    """Wait for a call; whatever happened, nobody sees a traceback or a secret."""
    with process:
        out, err = process.communicate(timeout=60)
    return checked(Called(process.returncode, out or "", err or ""), secrets)


def checked(answer: Called, secrets: Iterable[str]) -> Called:
    assert "Traceback" not in answer.said, answer
    assert not any(secret in answer.said for secret in secrets), answer
    return answer


def call(*arguments: str, folder: Path, **more: Any) -> Called:
    return ended(start(*arguments, folder=folder, **more))


@dataclass
class Desk:
    """One installation: its folder, and projects of its own in the tools."""

    world: World
    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.asana = self.asana_project()
        self.basecamp = self.basecamp_project()
        self.configure(self.usual())
        tokens = "".join(f"{name}={value}\n" for name, value in self.world.env().items())
        (self.folder / ".env").write_text(tokens, encoding="utf-8")

    def asana_project(self) -> str:
        return self.world.asana.add_project(f"Project {next(_NUMBERS)}", members=[self.asana_bot])

    def basecamp_project(self) -> int:
        return self.world.basecamp.add_project(f"Project {next(_NUMBERS)}", people=[self.basecamp_bot])

    @property
    def asana_bot(self) -> str:
        return str(self.world.asana.tokens[self.world.token("asana", None)])

    @property
    def basecamp_bot(self) -> int:
        return self.world.basecamp.tokens[self.world.token("basecamp", None)]

    def usual(self) -> str:
        """Return the settings of one community in both tools."""
        spaces = self.space("asana", "asana", project=self.asana) + self.space(
            "basecamp", "basecamp", project=self.basecamp
        )
        return self.connections() + self.community(spaces)

    def connections(self, **addresses: str) -> str:
        """Return the accounts; an address named here takes the place of the stand-in's."""
        blocks = ['[store]\nurl = "sqlite:///copsync.db"\n']
        blocks += [
            self.connection(tool, tool, addresses.get(tool), f"{tool.upper()}_TOKEN") for tool in ("asana", "basecamp")
        ]
        return "\n".join(blocks)

    def connection(self, name: str, tool: str, url: str | None, variable: str) -> str:
        return (
            f'[connections.{name}]\ntool = "{tool}"\nbase_url = "{url or self.world.urls[tool]}"\n'
            f'token = {{ env = "{variable}" }}\n'
            "limits = { requests = 1000, seconds = 1, at_once = 8 }\n"
        )

    def community(self, spaces: str, identity: str = COMMUNITY, more: str = "") -> str:
        return f'\n[[communities]]\nid = "{identity}"\ntime_zone = "Europe/Berlin"\n{more}{spaces}'

    def space(self, name: str, connection: str, **keys: object) -> str:
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        return f'\n[[communities.spaces]]\nname = "{name}"\nconnection = "{connection}"\n{lines}'

    def configure(self, text: str) -> None:
        (self.folder / "copsync.toml").write_text(text, encoding="utf-8")

    def task(self, name: str, project: str | None = None, **fields: Any) -> str:
        """Put a task into the Asana project, as a person would."""
        person = next(iter(self.world.places.asana_users.values()))
        return self.world.asana.add_task(project or self.asana, name, by=person, **fields)

    def rename(self, gid: str, name: str) -> None:
        """Give a task of Asana another name, as a person would."""
        self.world.asana_edit(gid, next(iter(self.world.places.asana_users)), name=name)

    def rename_todo(self, content: str) -> None:
        """Give the only to-do in Basecamp another name, as a person would."""
        self.edit_todo(content=content)

    def edit_todo(self, **fields: Any) -> None:
        """Change the only to-do in Basecamp, as a person would."""
        key, person = next(iter(self.world.places.basecamp_people.items()))
        self.world.basecamp.admit(self.basecamp, person)
        (todo,) = (one for one in self.world.basecamp.recordings.values() if self.is_ours(one))
        self.world.basecamp_edit(todo.id, key, **fields)

    def is_ours(self, one: object) -> TypeGuard[Todo]:
        return isinstance(one, Todo) and one.project == self.basecamp

    def todos(self, project: int | None = None) -> list[str]:
        """Return what the Basecamp project holds: the titles of its to-dos."""
        everything = list(self.world.basecamp.recordings.values())
        wanted = project or self.basecamp
        todos = [one for one in everything if isinstance(one, Todo) and one.project == wanted]
        return sorted(one.content for one in todos if one.status == "active")

    def start(self, *arguments: str, env: Mapping[str, str] | None = None, **more: Any) -> subprocess.Popen[str]:
        return start(*arguments, folder=self.folder, env={**self.env, **(env or {})}, **more)

    def end(self, process: subprocess.Popen[str]) -> Called:
        return ended(process, secrets=self.world.env().values())

    def __call__(self, *arguments: str, **more: Any) -> Called:
        return self.end(self.start(*arguments, **more))

    def here(self, *arguments: str, env: Mapping[str, str] | None = None) -> Called:
        """Run the command inside of this process, which spares the time that Python takes to start."""
        out, err = StringIO(), StringIO()
        surroundings = environment(self.folder, {**self.env, **(env or {})})
        here = (patch.dict(os.environ, surroundings, clear=True), chdir(self.folder))
        with here[0], here[1], redirect_stdout(out), redirect_stderr(err):
            status = run(arguments)
        return checked(Called(status, out.getvalue(), err.getvalue()), self.world.env().values())

    def all(self, *calls: str) -> dict[str, Called]:
        """Call the command several times side by side; each call is written as in a shell."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(calls, pool.map(lambda one: self(*one.split()), calls), strict=True))

    def memory(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return everything the store holds, to see whether a call has changed it."""
        with sqlite3.connect(self.folder / "copsync.db") as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found = {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in sorted(tables)}
        database.close()
        return found
