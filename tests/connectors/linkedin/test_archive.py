"""A moderator's own data: what is in the group comes out, and no archive does harm."""

from __future__ import annotations

import resource
import struct
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.linkedin import archive
from connectors.linkedin.archive import shares
from domain.errors import ConfigProblem
from tests.connectors.linkedin.test_permalink import GROUP, POST

HEADING = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\r\n"
URN = f"urn:li:groupPost:{GROUP}-{POST}"
OURS = f"https://www.linkedin.com/feed/update/{quote(URN, safe='')}"
LINES = (
    f'2026-11-20 09:30:00,{OURS},"""Who comes?""\n"" ""\n""Bring a chart.""",https://example.org/talk,,MEMBER_NETWORK\r\n'
    f"2026-11-19 08:00:00,{OURS.replace(GROUP, '999')},Another group,,,\r\n"
    "2026-11-18 08:00:00,https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7264851234567890123,A feed,,,\r\n"
)


def packed(folder: Path, files: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "data.zip"
    with zipfile.ZipFile(path, "w", method) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["Shares.csv", "Complete_LinkedInDataExport_11-20-2026/Shares.csv"])
@pytest.mark.parametrize("before", ["", "\ufeff", 'Notes:\r\n"What this is, in words"\r\n\r\n'])
def test_posts_in_the_group_come_out(tmp_path: Path, name: str, before: str) -> None:
    path = packed(tmp_path, {"messages.csv": "private", name: before + HEADING + LINES})
    (found,) = shares(path, GROUP)
    assert (found.post.urn, found.link) == (URN, "https://example.org/talk")
    assert found.text == "Who comes?\n \nBring a chart."


def refused(path: Path) -> str:
    with pytest.raises(ConfigProblem) as problem:
        list(shares(path, GROUP))
    assert problem.value.mend
    return problem.value.message


@pytest.mark.parametrize("name", ["../Shares.csv", "/etc/Shares.csv", "a/../../Shares.csv", "C:/Shares.csv"])
def test_names_that_lead_out_are_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path, {"Shares.csv": HEADING + LINES, name: "x"})
    before = sorted(tmp_path.rglob("*"))
    assert "leads out of the archive" in refused(path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    path = packed(tmp_path, {"Shares.csv": HEADING + "a" * (archive.MOST_BYTES + 1)})
    assert path.stat().st_size < 200_000
    assert "unpacks to far more" in refused(path)


def test_a_bomb_that_lies_about_its_size_is_stopped(tmp_path: Path) -> None:
    path = packed(tmp_path, {"Shares.csv": (HEADING + LINES + "x,y,z\r\n" * 15_000_000)})
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\x01\x02")
    struct.pack_into("<L", content, place + 24, 90_000)  # what it says that it unpacks to
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    words = refused(path)
    assert "no whole ZIP archive" in words or "unpacks" in words
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # KiB


def test_an_endless_list_of_files_is_not_read(tmp_path: Path) -> None:
    path = packed(tmp_path, {f"{number:06}-{'x' * 100}": "" for number in range(30_000)}, zipfile.ZIP_STORED)
    assert "lists far more files" in refused(path)
    assert "more than any copy" in refused(packed(tmp_path, {str(number): "" for number in range(10_001)}))


def test_encrypted_nested_quick_and_broken_archives_say_what_to_do(tmp_path: Path) -> None:
    path = packed(tmp_path, {"Shares.csv": HEADING + LINES})
    whole = path.read_bytes()
    locked = bytearray(whole)
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(locked)
    assert "encrypted" in refused(path)
    path.write_bytes(whole[: len(whole) // 2])
    assert "no whole ZIP archive" in refused(path)
    flipped = bytearray(whole)
    flipped[60] ^= 0xFF
    path.write_bytes(flipped)
    assert refused(path)
    assert "holds other archives" in refused(packed(tmp_path, {"Complete.zip": whole}))
    assert "quick archive" in refused(packed(tmp_path, {"Profile.csv": "x"}))
    assert "2 times" in refused(packed(tmp_path, {"Shares.csv": HEADING, "a/Shares.csv": HEADING}))
    assert "no column ShareLink" in refused(packed(tmp_path, {"Shares.csv": "Date,Link\r\n"}))
    assert "no such file" in refused(tmp_path / "nothing.zip")
    assert "cannot be read" in refused(packed(tmp_path, {"Shares.csv": HEADING.encode("utf-16")}))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_damaged_archives_never_do_anything_else_than_refuse(tmp_path: Path, noise: bytes, place: int) -> None:
    path = packed(tmp_path, {"Shares.csv": HEADING + LINES})
    content = bytearray(path.read_bytes())
    content[place : place + len(noise)] = noise
    path.write_bytes(content)
    try:
        found = list(shares(path, GROUP))
    except ConfigProblem:
        pass
    else:
        assert len(found) <= 1
