"""Prefect takes two seconds and 84 MB: only flows may import it; and where it is installed, its server must load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

IMPORT_ROOMS = """
import importlib, pkgutil, sys
for room in ("domain", "connectors", "store", "config", "sync", "cli"):
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, room + "."):
        if not module.name.endswith("__main__") and ".migrations." not in module.name:
            importlib.import_module(module.name)
sys.exit("prefect was imported" if "prefect" in sys.modules else 0)
"""


def _python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)


def test_no_other_room_imports_prefect() -> None:
    done = _python(IMPORT_ROOMS)
    assert done.returncode == 0, done.stderr


@pytest.mark.prefect
def test_the_prefect_server_can_be_imported() -> None:
    """A FastAPI that Prefect does not fit is invisible until the server starts; here it is one line."""
    done = _python("import prefect.server.api.server")
    assert done.returncode == 0, done.stderr.strip().splitlines()[-1:]
