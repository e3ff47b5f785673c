"""The example that `copsync init` writes: it is valid, also with its choices taken, and names every key there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from pydantic import BaseModel

import config
from config import models
from config.loader import load
from connectors.channel import channel_kinds
from sync.wiring import Wiring

FOLDER = Path(config.__file__).parent / "examples"
TEXT = (FOLDER / "copsync.toml").read_text(encoding="utf-8")
CHOICE = re.compile(r"^# (?=[a-z_]+ = |\[)", re.MULTILINE)
FLOW = "https://prod-1.westeurope.logic.azure.com/workflows/1/triggers/manual/paths/invoke?sig=1"


def test_it_loads(tmp_path: Path) -> None:
    file = tmp_path / "copsync.toml"
    for text in (TEXT, CHOICE.sub("", TEXT)):
        file.write_text(text, encoding="utf-8")
        (community,) = load(file).settings.communities
        assert [space.name for space in community.spaces] == ["asana", "basecamp", "calendar"]


def test_it_has_a_channel_of_every_kind(tmp_path: Path) -> None:
    """With the choices taken, each is bound to its kind, by which its own keys are checked."""
    file = tmp_path / "copsync.toml"
    file.write_text(CHOICE.sub("", TEXT), encoding="utf-8")
    (tmp_path / ".env").write_text(f"TEAMS_FLOW={FLOW}\n", encoding="utf-8")
    configuration = load(file)
    (community,) = configuration.settings.communities
    assert sorted(place.kind.name for place in Wiring(configuration).channels(community)) == channel_kinds()


def test_it_says_what_would_hold_without_it() -> None:
    """Taking a line out changes nothing, where the line shows a default."""
    (community,) = load(FOLDER / "copsync.toml").settings.communities
    assert community.policy == models.PolicySettings()
    assert community.spaces[0].read_only is False
    assert load(FOLDER / "copsync.toml").settings.store == models.StoreSettings()


def keys() -> Iterator[tuple[str, str]]:
    for name, model in vars(models).items():
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == models.__name__:
            yield from ((name, key) for key in model.model_fields)


@pytest.mark.parametrize(("model", "key"), list(keys()))
def test_every_key_is_documented(model: str, key: str) -> None:
    assert re.search(rf"^(# )?\[*[\w.]*\b{key}\b[\w.]*\]*( =|$|\s+#)|[{{,] {key} = ", TEXT, re.MULTILINE), model


def test_every_variable_is_in_the_example_of_env() -> None:
    needed = set(re.findall(r'env = "(\w+)"', re.sub(r"^# .*$", "", TEXT, flags=re.MULTILINE)))
    written: dict[str, Any] = dotenv_values(FOLDER / "env.example")
    assert needed == set(written)
    assert not any(written.values())
    every = set(re.findall(r'env = "(\w+)"', TEXT)) - {"NAME"}
    assert every <= set(re.findall(r"^(?:# )?(\w+)=", (FOLDER / "env.example").read_text(), re.MULTILINE))
