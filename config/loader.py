"""Loads copsync.toml and says, for whatever is wrong, the file, the line, the key and the mend."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from config.contradictions import contradictions, literal_password
from config.models import PREFIX, SecretRef, Settings
from config.problems import KeyPath, Problem, as_error, from_pydantic, place_of
from domain.errors import ConfigProblem

DEFAULT = "copsync.toml"

_STORE_URL = "COPSYNC_STORE__URL"
_LINE = re.compile(r" ?\(at line (\d+), column (\d+)\)$")
_PRINTABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}|[A-Za-z_]{1,64}")


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
        """Return file, line and key in one phrase, or the environment variable that set the key."""
        return place_of(self.path, self.text, key, self.environment)

    def problem(self, key: KeyPath, message: str, mend: str) -> ConfigProblem:
        """Return an error that names the place of a key."""
        return ConfigProblem(message, mend=mend, where=self.where(key))

    def secret(self, ref: SecretRef, key: KeyPath, *, private: bool = False) -> SecretStr:
        """Return a secret; `private` refuses a file that others than its owner can read or change.

        Raises:
            ConfigProblem: the variable is not set, or the file cannot be read or is not private.
        """
        if ref.env is None:
            file = self.folder / Path(str(ref.file)).expanduser()
            if private:
                self._refuse_public(file, key)
            return SecretStr(self._read(file, key))
        value = self.environment.get(ref.env, "").strip()
        if not value:
            raise self._unset(ref.env, key)
        return SecretStr(value)

    def _unset(self, name: str, key: KeyPath) -> ConfigProblem:
        """Return the error for a variable that is not set; what may be the secret itself is not repeated."""
        shown = name if _PRINTABLE_NAME.fullmatch(name) else "named here"
        written = name if _PRINTABLE_NAME.fullmatch(name) else "NAME"
        return self.problem(
            key,
            f"The environment variable {shown} is not set.",
            f"Set it, or write {written}=… into a file .env beside {self.path.name}.",
        )

    def _refuse_public(self, file: Path, key: KeyPath) -> None:
        try:
            mode = file.stat().st_mode
        except OSError:
            return  # reading it says why
        if os.name == "posix" and mode & 0o077:
            raise self.problem(
                key,
                f"Others than its owner can use the secret file {file} (its mode is {mode & 0o777:o}).",
                f"Run `chmod 600 {shlex.quote(str(file))}`; if others may have read it, make a new one as well.",
            )

    def _read(self, file: Path, key: KeyPath) -> str:
        try:
            value = file.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError) as unreadable:
            reason = getattr(unreadable, "strerror", None) or "it is not text"
            raise self.problem(
                key, f"The secret file {file} cannot be read: {reason}.", "Check the path and its permissions."
            ) from None
        if not value:
            raise self.problem(key, f"The secret file {file} is empty.", "Put the secret into it.")
        return value


def load(path: Path) -> Configuration:
    """Load the configuration.

    Raises:
        ConfigProblem: the file is missing, malformed or says something impossible; every problem is named.
    """
    path = path.absolute()
    text = _text(path)
    data = _parsed(path, text)
    environment = _environment(path.parent)
    problems = [*_private_keys(data), *_literal_password(data)]
    _lift_store(data, environment)
    try:
        settings = Settings(**data)
    except ValidationError as invalid:
        raise as_error(path, text, [*problems, *from_pydantic(invalid)], environment) from None
    except SettingsError:
        raise ConfigProblem(
            f"An environment variable that begins with {PREFIX} holds something that cannot be read.",
            mend=f"Unset it; {_STORE_URL} is the one that is meant to be set.",
        ) from None
    problems += contradictions(settings)
    if problems:
        raise as_error(path, text, problems, environment)
    return Configuration(settings, path, text, environment)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        mend = "Run `copsync init` to write one, or name another with --config PATH."
        raise ConfigProblem(f"There is no configuration at {path}.", mend=mend) from None
    except (OSError, ValueError) as unreadable:
        reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
        mend = "Save it as UTF-8 text and check its permissions, or name another with --config PATH."
        raise ConfigProblem(f"{path} cannot be read: {reason}.", mend=mend) from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as malformed:
        words = str(malformed)
        found = _LINE.search(words)
        line, place = (found[1], f" at column {found[2]}") if found else (str(len(text.splitlines()) or 1), "")
        raise ConfigProblem(
            f"This is not valid TOML: {words[: found.start()] if found else words}{place}.",
            mend="Correct that line; `copsync init` shows the form.",
            where=f"{path}:{line}",
        ) from None


def _private_keys(data: dict[str, Any]) -> list[Problem]:
    """Refuse what would be read as an argument of the settings class instead of a key of the file."""
    found = [name for name in data if name.startswith("_")]
    for name in found:
        del data[name]
    return [Problem((name,), "is not known here; remove it or correct its spelling.") for name in found]


def _literal_password(data: Mapping[str, Any]) -> list[Problem]:
    store = data.get("store")
    url = store.get("url") if isinstance(store, dict) else None
    return list(literal_password(url)) if isinstance(url, str) else []


def _environment(folder: Path) -> dict[str, str]:
    """Return the environment, over what a file .env beside the configuration says. Empty values count as unset."""
    file = folder / ".env"
    try:
        written = dotenv_values(file, interpolate=False, encoding="utf-8-sig") if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as unreadable:
        reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
        raise ConfigProblem(
            f"{file} cannot be read: {reason}.", mend="Check the file and its permissions, or take it away."
        ) from None
    return {key: value for source in (written, os.environ) for key, value in source.items() if value}


def _lift_store(data: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Let a store named in .env go before the file's; the real environment goes before both by itself."""
    store = data.setdefault("store", {})
    if _STORE_URL in environment and not os.environ.get(_STORE_URL) and isinstance(store, dict):
        store["url"] = environment[_STORE_URL]
