"""A member's own copy of their LinkedIn data: the posts in one group, out of Shares.csv in the ZIP archive.

Only the complete archive has Shares.csv ("Get a copy of your data"). Its columns are Date, ShareLink, ShareCommentary,
SharedUrl, MediaUrl and Visibility; times have no zone and are UTC (remembered, not documented), so the moment in the
post's own number is used instead. Some files of the archive begin with notes above the heading.

The archive is not trusted: nothing is unpacked to the disk, no name in it is used as a path, and sizes are bounded by
what is really read.
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from connectors.linkedin.permalink import GroupPost, parse
from domain.errors import ConfigProblem

WANTED = "Shares.csv"
MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 100_000
MOST_MEMBERS = 10_000
MOST_DIRECTORY = 4 * 1024 * 1024
MOST_RATIO = 200
"""Texts shrink to a tenth; what shrinks to less than a two-hundredth was made to burst whoever opens it."""

_ASK = "Ask LinkedIn for the complete archive (Settings → Data privacy → Get a copy of your data) and give it as it is."
_NOTES = 20
_LAST_RECORD = 65_557  # with the longest comment


@dataclass(frozen=True, slots=True)
class Share:
    """One post of the member: where it stands and what it says."""

    post: GroupPost
    text: str
    link: str


def shares(path: Path, group: str) -> Iterator[Share]:
    """Yield the member's own posts in a group; everything else in the archive is left unread.

    Raises:
        ConfigProblem: it is no such archive, is encrypted or nested, or was made to do harm.
    """
    try:
        _refuse_long_directory(path)
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            yield from _shares(_Bounded(_opened(archive, path)), path, group)
    except FileNotFoundError:
        raise ConfigProblem(
            f"{path} cannot be read: there is no such file.", mend="Name a file that is there."
        ) from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as broken:
        raise ConfigProblem(f"{path} is no whole ZIP archive: {broken}.", mend=_ASK) from None
    except OSError as refused:
        reason = refused.strerror or "it is damaged"
        raise ConfigProblem(f"{path} cannot be read: {reason}.", mend="Name a file that can be read.") from None
    except zlib.error as broken:
        raise ConfigProblem(f"{path} is damaged: {broken}.", mend=_ASK) from None


def _refuse_long_directory(path: Path) -> None:
    """Look at the archive's last record before anything is believed: its list of files is read as a whole."""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, io.SEEK_END) - _LAST_RECORD))
        tail = file.read(_LAST_RECORD)
    place = tail.rfind(b"PK\x05\x06")
    if place >= 0 and int.from_bytes(tail[place + 12 : place + 16], "little") > MOST_DIRECTORY:
        raise ConfigProblem(f"{path} lists far more files than any copy of one's data.", mend=_ASK)


def _opened(archive: zipfile.ZipFile, path: Path) -> IO[bytes]:
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise ConfigProblem(f"{path} holds {len(members)} files, more than any copy of one's data.", mend=_ASK)
    found = [one for one in members if one.filename == WANTED or one.filename.endswith(f"/{WANTED}")]
    _refuse_odd_names(members, path)
    if len(found) != 1:
        raise _not_there(members, len(found), path)
    (member,) = found
    if member.flag_bits & 0x1:
        raise ConfigProblem(f"{path} is encrypted.", mend="Give the archive as LinkedIn made it, without a password.")
    if member.file_size > MOST_BYTES or member.file_size > MOST_RATIO * max(member.compress_size, 1_000):
        raise _bomb(path)
    return archive.open(member)


def _refuse_odd_names(members: list[zipfile.ZipInfo], path: Path) -> None:
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.partition("/")[0]:
            raise ConfigProblem(
                f"{path} holds a file whose name leads out of the archive; LinkedIn makes no such archives.", mend=_ASK
            )


def _not_there(members: list[zipfile.ZipInfo], count: int, path: Path) -> ConfigProblem:
    if count:
        return ConfigProblem(f"{path} holds {WANTED} {count} times.", mend=_ASK)
    if any(one.filename.lower().endswith(".zip") for one in members):
        return ConfigProblem(f"{path} holds other archives.", mend=f"Give the one inside that holds {WANTED}.")
    return ConfigProblem(f"{path} holds no {WANTED}; LinkedIn's quick archive has none.", mend=_ASK)


def _bomb(path: Path) -> ConfigProblem:
    return ConfigProblem(
        f"{WANTED} in {path} unpacks to far more than it should ({MOST_BYTES // 2**20} MB at most).", mend=_ASK
    )


class _Bounded(io.RawIOBase):
    """Reads a packed file and stops when it gives more than it may, whatever its own header says."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self._left = MOST_BYTES

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        part = self._inner.read(min(len(view), 1 << 16))
        self._left -= len(part)
        if self._left < 0:
            raise ConfigProblem(f"{WANTED} unpacks to more than {MOST_BYTES // 2**20} MB.", mend=_ASK)
        view[: len(part)] = part
        return len(part)


def _shares(file: _Bounded, path: Path, group: str) -> Iterator[Share]:
    text = io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8-sig", newline="")
    lines = csv.reader(text)
    try:
        heading = _heading(lines, path)
        for count, cells in enumerate(lines):
            if count >= MOST_ROWS:
                raise ConfigProblem(
                    f"{WANTED} has more than {MOST_ROWS:,} rows.", mend="Ask LinkedIn for a shorter time."
                )
            share = _share(dict(zip(heading, cells, strict=False)), group)
            if share is not None:
                yield share
    except (csv.Error, UnicodeDecodeError):
        raise ConfigProblem(f"{WANTED} cannot be read around line {lines.line_num}.", mend=_ASK) from None


def _heading(lines: Iterator[list[str]], path: Path) -> list[str]:
    for _, cells in zip(range(_NOTES), lines, strict=False):
        names = [cell.strip() for cell in cells]
        if "ShareLink" in names:
            return names
    raise ConfigProblem(f"{WANTED} in {path} has no column ShareLink.", mend=_ASK)


def _share(row: dict[str, str], group: str) -> Share | None:
    try:
        post = parse(row.get("ShareLink", ""))
    except ConfigProblem:
        return None  # posts outside of groups are nobody's business here
    if post.group != group:
        return None
    return Share(post, _undoubled(row.get("ShareCommentary", "")), row.get("SharedUrl", "").strip())


def _undoubled(text: str) -> str:
    """Return a text as it was written: the archive puts each line of it into quotes once more."""
    lines = text.strip().splitlines()
    if all(len(line) > 1 and line.startswith('"') and line.endswith('"') for line in lines):
        lines = [line[1:-1].replace('""', '"') for line in lines]
    return "\n".join(lines).strip()
