"""The rooms are ours: none is shadowed by a package that somebody else installed."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ROOMS = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_is_shadowed(room: str) -> None:
    module = importlib.import_module(room)
    assert module.__file__ == str(ROOT / room / "__init__.py")


def test_every_room_is_packed_and_checked() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert folders == set(ROOMS) == set(PROJECT["tool"]["importlinter"]["root_packages"])


def test_lock_files_name_no_place_and_hash_everything() -> None:
    for lock in ("bootstrap.lock", "run.lock", "demo.lock", "dev.lock"):
        text = (ROOT / "requirements" / lock).read_text()
        assert "://" not in text
        pinned = [line for line in text.splitlines() if "==" in line]
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)
