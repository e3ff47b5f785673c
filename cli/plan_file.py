"""The file that a plan is saved in: readable by its owner alone, and whole or not there at all."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import ConfigProblem

if TYPE_CHECKING:
    from sync.reviewed import Reviewed

MOST = 256_000_000
"""A file larger than this many bytes is no plan of any community."""


def must_be_writable(path: Path) -> None:
    """See whether a plan can be saved there, before anything is read for it.

    Raises:
        ConfigProblem: there is no such folder, or another file would be lost.
    """
    if path.is_dir():
        raise ConfigProblem(f"{path} is a folder.", mend="Name a file in it, such as plan.json.")
    if not path.parent.is_dir():
        raise ConfigProblem(f"There is no folder {path.parent}.", mend="Make it, or name a file in another one.")
    if path.exists():
        _refuse_another_file(path)


def _refuse_another_file(path: Path) -> None:
    from sync.reviewed import parsed

    try:
        parsed(_text(path), str(path))
    except ConfigProblem:
        raise ConfigProblem(
            f"{path} exists already and is no saved plan; it was left as it is.", mend="Name another file."
        ) from None


def write(path: Path, document: Mapping[str, object]) -> None:
    """Save a plan in place of an earlier one.

    Raises:
        ConfigProblem: it cannot be written.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as refused:
        beside.unlink(missing_ok=True)
        raise ConfigProblem(
            f"{path} cannot be written: {refused.strerror}.", mend="Choose a place that can be written."
        ) from None


def read(path: Path) -> Reviewed:
    """Read a saved plan.

    Raises:
        ConfigProblem: it cannot be read, or is none.
    """
    from sync.reviewed import parsed

    return parsed(_text(path), str(path))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST:
            raise ConfigProblem(f"{path} is too large to be a plan.", mend="Name the file that `--out` wrote.")
        return path.read_text(encoding="utf-8")
    except OSError as refused:
        mend = "Name the file that `copsync plan --out FILE` wrote."
        raise ConfigProblem(f"{path} cannot be read: {refused.strerror}.", mend=mend) from None
    except UnicodeDecodeError:
        return ""
