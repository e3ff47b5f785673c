"""Loads copsync.toml and says, for whatever is wrong, the file, the line, the key and the mend."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError

from config.locate import line_of
from config.models import SecretRef, Settings
from domain.errors import ConfigProblem

KeyPath = Sequence[str | int]
DEFAULT = "copsync.toml"


@dataclass(frozen=True, slots=True)
class Configuration:
    """Valid settings, with the file they came from: relative paths are counted from its folder."""

    settings: Settings
    path: Path
    text: str
    environment: Mapping[str, str]

    @property
    def folder(self) -> Path:
        """Return the folder of the configuration file."""
        return self.path.parent

    def where(self, key: KeyPath) -> str:
        """Return file, line and key in one phrase."""
        line = line_of(self.text, key)
        place = f"{self.path}:{line}" if line else str(self.path)
        return f"{place} [{dotted(key)}]" if key else place

    def problem(self, key: KeyPath, message: str, mend: str) -> ConfigProblem:
        """Return an error that names the place of a key."""
        return ConfigProblem(message, mend=mend, where=self.where(key))

    def secret(self, ref: SecretRef, key: KeyPath) -> SecretStr:
        """Return a secret.

        Raises:
            ConfigProblem: the variable is not set, or the file cannot be read.
        """
        if ref.env is not None:
            value = self.environment.get(ref.env, "").strip()
            mend = f"Set it, or write {ref.env}=… into a file .env beside {self.path.name}."
            if not value:
                raise self.problem(key, f"The environment variable {ref.env} is not set.", mend)
            return SecretStr(value)
        return SecretStr(self._read(Path(str(ref.file)), key))

    def _read(self, file: Path, key: KeyPath) -> str:
        try:
            value = (self.folder / file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as unreadable:
            reason = getattr(unreadable, "strerror", None) or "it is not text"
            raise self.problem(
                key, f"The secret file {file} cannot be read: {reason}.", "Check the path and its permissions."
            ) from None
        if not value:
            raise self.problem(key, f"The secret file {file} is empty.", "Put the secret into it.")
        return value


def dotted(key: KeyPath) -> str:
    """Return a key path as people write it."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def load(path: Path) -> Configuration:
    """Load the configuration.

    Raises:
        ConfigProblem: the file is missing, malformed or says something impossible; every problem is named.
    """
    path = path.absolute()
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as malformed:
        raise ConfigProblem(
            f"This is not valid TOML: {malformed}.",
            mend="Correct that line; `copsync init` shows the form.",
            where=str(path),
        ) from None
    try:
        settings = Settings(**data)
    except ValidationError as invalid:
        raise _all(path, text, _from_pydantic(invalid)) from None
    problems = list(_contradictions(settings))
    if problems:
        raise _all(path, text, problems)
    return Configuration(settings, path, text, _environment(path.parent))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        mend = "Run `copsync init` to write one, or name another with --config PATH."
        raise ConfigProblem(f"There is no configuration at {path}.", mend=mend) from None
    except (OSError, UnicodeDecodeError) as unreadable:
        reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
        raise ConfigProblem(f"{path} cannot be read: {reason}.", mend="Check the file and its permissions.") from None


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment, over what a file .env beside the configuration says."""
    written = {key: value for key, value in dotenv_values(folder / ".env").items() if value}
    return {**written, **os.environ}


@dataclass(frozen=True, slots=True)
class _Problem:
    key: tuple[str | int, ...]
    message: str


def _all(path: Path, text: str, problems: Sequence[_Problem]) -> ConfigProblem:
    lines = []
    for problem in problems:
        line = line_of(text, problem.key)
        lines.append(f"{path}{f':{line}' if line else ''} [{dotted(problem.key)}] {problem.message}")
    return ConfigProblem("\n".join(lines), mend="Correct this and run `copsync check`.")


def _from_pydantic(invalid: ValidationError) -> list[_Problem]:
    found = []
    for error in invalid.errors(include_url=False, include_input=False):
        key = tuple(part for part in error["loc"] if not str(part).startswith("function-"))
        found.append(_Problem(key, _words(error)))
    return found


def _words(error: Any) -> str:
    kind, message = error["type"], str(error["msg"]).removeprefix("Value error, ")
    if kind == "missing":
        return "is missing; add it."
    if kind == "extra_forbidden":
        return "is not known here; remove it or correct its spelling."
    return message if message.endswith(".") else f"{message}."


def _contradictions(settings: Settings) -> Iterator[_Problem]:
    seen: set[str] = set()
    for number, community in enumerate(settings.communities):
        here: tuple[str | int, ...] = ("communities", number)
        if community.id in seen:
            yield _Problem((*here, "id"), f"'{community.id}' is used twice; give every community its own id.")
        seen.add(community.id)
        yield from _space_problems(settings, number)


def _space_problems(settings: Settings, number: int) -> Iterator[_Problem]:
    community = settings.communities[number]
    names: set[str] = set()
    for place, space in enumerate(community.spaces):
        here: tuple[str | int, ...] = ("communities", number, "spaces", place)
        if space.name in names:
            yield _Problem((*here, "name"), f"'{space.name}' is used twice; give every space its own name.")
        names.add(space.name)
        if space.connection not in settings.connections:
            known = ", ".join(settings.connections) or "none yet"
            yield _Problem((*here, "connection"), f"'{space.connection}' is no connection; there are: {known}.")
    preferred = community.policy.conflict.removeprefix("prefer:")
    if community.policy.conflict.startswith("prefer:") and preferred not in names:
        key = ("communities", number, "policy", "conflict")
        yield _Problem(key, f"'{preferred}' is no space of this community; name one of: {', '.join(sorted(names))}.")
