"""Where things are: the configuration here or elsewhere, store and .env beside it, and what the environment says."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.desk import Desk


def moved(desk: Desk, name: str) -> Path:
    """Put the configuration and .env into a folder below, and return that folder."""
    folder = desk.folder / name
    folder.mkdir()
    for file in ("copsync.toml", ".env"):
        shutil.move(desk.folder / file, folder / file)
    return folder


def test_paths_count_from_the_configuration(desk: Desk) -> None:
    folder = moved(desk, "elsewhere")
    desk.task("Book a room")
    assert desk("--config", "elsewhere/copsync.toml", "sync", "--json").status == 0
    assert (folder / "copsync.db").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in desk.folder.iterdir()] == ["elsewhere"]
    absolute = str(folder / "copsync.toml")
    assert desk.here("--config", absolute, "export").json["records"]
    assert desk("export", env={"COPSYNC_CONFIG": absolute}).json["records"]
    assert desk.here("export").status == 2


def test_the_environment_goes_before_the_files(desk: Desk) -> None:
    desk.task("Book a room")
    wrong = {"ASANA_TOKEN": "not-a-token-of-anybody"}
    refused = desk("sync", "--json", env=wrong)
    assert refused.status == 3
    states = {space["space"]: space for space in refused.json["spaces"]}
    assert states["asana"]["state"] == "paused"
    assert "does not accept the credentials" in states["asana"]["message"]
    assert "not-a-token-of-anybody" not in refused.said
    empty = desk.here("sync", "--json", env={"ASANA_TOKEN": "", "COPSYNC_STORE__URL": "sqlite:///other.db"})
    assert empty.status == 0
    assert (desk.folder / "other.db").exists()
    with (desk.folder / ".env").open("a", encoding="utf-8") as file:
        file.write("COPSYNC_STORE__URL=sqlite:///other.db\n")
    assert desk.here("export").json["records"]


def test_secrets_in_files(desk: Desk) -> None:
    secrets = desk.folder / "secrets"
    secrets.mkdir()
    (secrets / "asana").write_text(desk.world.token("asana", None) + "\n", encoding="utf-8")
    desk.configure(desk.usual().replace('{ env = "ASANA_TOKEN" }', '{ file = "secrets/asana" }'))
    assert desk.here("check").status == 0
    (secrets / "asana").unlink()
    missing = desk.here("sync")
    assert missing.status == 2
    assert "secrets/asana cannot be read: No such file or directory" in missing.err
