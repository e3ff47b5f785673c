"""The demo, as whoever clones this meets it first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.desk import start


@pytest.mark.timeout(240)
def test_the_demo_ends_in_step(tmp_path: Path) -> None:
    with start("demo", "--json", folder=tmp_path) as process:
        out, err = process.communicate(timeout=220)
    assert process.returncode == 0, err
    story = json.loads(out)
    assert (story["in_step"], story["differences"]) == (True, [])
    assert story["feed"].startswith("http://127.0.0.1:")
    assert len(story["series"]) == 7
    assert story["last_sync"]["steps"] == []
