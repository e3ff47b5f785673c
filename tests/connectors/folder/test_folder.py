"""A folder as a channel: whole files, the same file for the same message, and clear words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.channel import ChannelSetup, Outgoing, Receipt, channel_kind, channel_kinds
from connectors.folder.files import FolderOptions, FolderSender
from domain.announcements.channel import Form
from domain.errors import ConfigProblem, Retriable, SetAside

WHEN = datetime(2026, 11, 28, tzinfo=UTC)
HELLO = Outgoing("ab12", "Hello", "Hello\n\nworld", "**Hello**\n\nworld", WHEN, {"a": "ß"})
NAME = "2026-11-28-ab12.md"


def sender(folder: Path, form: str = "markdown", name: str = "out") -> FolderSender:
    options = FolderOptions.model_validate({"folder": name, "form": form})
    return FolderSender(ChannelSetup("intranet", "c", "C", ZoneInfo("Europe/Berlin"), options, folder))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    made = tmp_path / "out"
    made.mkdir()
    return made


async def test_a_message_is_a_file_and_the_same_one_again(tmp_path: Path, out: Path) -> None:
    place = sender(tmp_path)
    assert await place.find(HELLO) is None
    assert await place.post(HELLO) == await place.post(HELLO) == Receipt(NAME)
    assert [one.name for one in out.iterdir()] == [NAME]
    assert (out / NAME).read_text(encoding="utf-8") == "**Hello**\n\nworld\n"
    assert await place.find(HELLO) == Receipt(NAME)


async def test_a_card_is_json(tmp_path: Path, out: Path) -> None:
    await sender(tmp_path, "card").post(HELLO)
    assert json.loads((out / "2026-11-28-ab12.json").read_text(encoding="utf-8")) == {"a": "ß"}


async def test_an_edit_takes_the_place_of_a_file_that_is_there(tmp_path: Path, out: Path) -> None:
    place = sender(tmp_path)
    await place.post(HELLO)
    newer = Outgoing("cd34", "Hello", "again", "again", HELLO.planned_at)
    assert await place.edit(newer, NAME) == Receipt(NAME)
    assert (out / NAME).read_text(encoding="utf-8") == "again\n"


@pytest.mark.parametrize("remote", ["2026-11-28-ff.md", "../../etc/passwd", "/etc/passwd", ""])
async def test_what_is_gone_or_never_was_ours_is_not_edited(tmp_path: Path, out: Path, remote: str) -> None:
    with pytest.raises(SetAside):
        await sender(tmp_path).edit(HELLO, remote)
    assert not list(out.iterdir())


async def test_a_folder_that_is_missing_is_told_and_nothing_left(tmp_path: Path) -> None:
    (finding,) = await sender(tmp_path, name="missing").check()
    assert (finding.level, bool(finding.mend)) == ("error", True)
    with pytest.raises(Retriable):
        await sender(tmp_path, name="missing").post(HELLO)


async def test_a_folder_that_is_there_is_well(tmp_path: Path, out: Path) -> None:
    (finding,) = await sender(tmp_path).check()
    assert finding.level == "ok"


def test_the_kind_is_found_by_its_name() -> None:
    assert "folder" in channel_kinds()
    kind = channel_kind("folder")
    assert kind.abilities(FolderOptions(folder="x", form="html")).form is Form.HTML
    with pytest.raises(ConfigProblem, match="folder"):
        channel_kind("pigeon")
