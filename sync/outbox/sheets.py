"""Tables that people keep in spreadsheets, read within bounds and written so that no cell becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import ConfigProblem

MOST_BYTES = 64 * 1024 * 1024
MOST_ROWS = 100_000
LONGEST_CELL = 40_000
_DELIMITERS = ",;\t"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_SAVE = "Save it as “CSV UTF-8” and try again."


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table below its heading: its number as a spreadsheet counts, and its cells by column."""

    number: int
    cells: Mapping[str, str]

    def get(self, name: str) -> str:
        """Return a cell without the spaces around it, empty where there is none."""
        return self.cells.get(name, "").strip()


def read_file(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        ConfigProblem: it is not there, cannot be read or is absurdly large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as refused:
        raise ConfigProblem(f"{path} cannot be read: {refused.strerror}.", mend="Name a file that is there.") from None
    if len(content) > MOST_BYTES:
        raise ConfigProblem(f"{path} is larger than {MOST_BYTES // 2**20} MB.", mend="Give it in several parts.")
    return content


def rows(content: bytes, name: str, needed: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of a table with a heading, whatever program wrote it: with BOM, CRLF, semicolons or tabs.

    Headings are matched without case; columns that nobody asks for are kept. Empty lines are passed over.

    Raises:
        ConfigProblem: it is no such table, a column is missing, or it has more rows than `MOST_ROWS`.
    """
    text = _text(content, name)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        heading = [_column(cell) for cell in next(lines, [])]
        _check(heading, name, needed)
        for count, (number, cells) in enumerate(_filled(lines)):
            if count >= MOST_ROWS:
                raise ConfigProblem(f"{name} has more than {MOST_ROWS:,} rows.", mend="Give it in several parts.")
            yield Row(number, dict(zip(heading, cells, strict=False)))
    except csv.Error as broken:
        raise ConfigProblem(
            f"{name} cannot be read from line {lines.line_num} on: {broken}.", mend=f"Correct that line. {_SAVE}"
        ) from None


def _filled(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, cells in enumerate(lines, 2):
        if any(cell.strip() for cell in cells):
            yield number, [cell[:LONGEST_CELL] for cell in cells]


def _text(content: bytes, name: str) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise ConfigProblem(f"{name} is not UTF-8 text.", mend=_SAVE) from None
    if "\0" in text:
        raise ConfigProblem(f"{name} is no table: it holds bytes that no text has.", mend=_SAVE)
    return text


def _delimiter(text: str) -> str:
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _column(cell: str) -> str:
    return "_".join(cell.strip().lower().split())


def _check(heading: Sequence[str], name: str, needed: Sequence[str]) -> None:
    missing = [column for column in needed if column not in heading]
    if missing:
        there = ", ".join(filter(None, heading)) or "nothing"
        raise ConfigProblem(
            f"{name} has no column {' and no column '.join(missing)}; its first line names {there[:200]}.",
            mend=f"Let the first line name the columns: {', '.join(needed)}.",
        )


def write(heading: Sequence[str], lines: Iterable[Sequence[str]]) -> bytes:
    """Return a table as CSV that every spreadsheet opens; a text that it would calculate begins with an apostrophe."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(heading)
    writer.writerows([_harmless(cell) for cell in line] for line in lines)
    return target.getvalue().encode("utf-8-sig")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
