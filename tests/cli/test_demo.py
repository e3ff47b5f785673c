"""The demo, as whoever clones this meets it first."""

from __future__ import annotations

from pathlib import Path

from tests.cli.desk import call


def test_the_demo_ends_in_step(tmp_path: Path) -> None:
    answer = call("demo", "--json", folder=tmp_path)
    story = answer.json
    assert (answer.status, story["in_step"], story["differences"]) == (0, True, [])
    assert story["feed"].startswith("http://127.0.0.1:")
    assert len(story["series"]) == 7
    assert story["last_sync"]["steps"] == []
