"""Tables out of any spreadsheet program, and back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigProblem
from domain.outbox.states import State
from sync.outbox import sheets
from sync.outbox.claims import claim_rows
from tests.sync.outbox.bench import bench

PLAIN = 'outbox_id,post_url\r\nout-1,https://x/1\r\n\r\nout-2,"a\r\nb"\r\n'
EXPECTED = [(2, {"outbox_id": "out-1", "post_url": "https://x/1"}), (4, {"outbox_id": "out-2", "post_url": "a\r\nb"})]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.replace("\r\n", "\n").replace("a\nb", "a\r\nb").encode(),
        PLAIN.replace(",", ";").encode("utf-8-sig"),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace("outbox_id", " Outbox ID ").encode(),
    ],
)
def test_every_program_writes_its_own_and_all_are_read(content: bytes) -> None:
    found = sheets.rows(content, "claims.csv", ("outbox_id", "post_url"))
    assert [(row.number, dict(row.cells)) for row in found] == EXPECTED


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "its first line names nothing"),
        (b"id,url\r\n1,2\r\n", "no column outbox_id"),
        ("outbox_id,post_url\r\nä,1".encode("latin-1"), "not UTF-8"),
        (b"outbox_id,post_url\r\na\0b,1", "bytes that no text has"),
        (b'outbox_id,post_url\r\n"a,1', "cannot be read from line"),
        (b"outbox_id,post_url\r\n" + b"x" * 200_000, "field larger than"),
    ],
)
def test_what_is_no_table_says_what_to_do(content: bytes, words: str) -> None:
    with pytest.raises(ConfigProblem) as refused:
        list(sheets.rows(content, "claims.csv", ("outbox_id", "post_url")))
    assert words in refused.value.message
    assert refused.value.mend


def test_a_hundred_thousand_rows_are_read_and_no_more() -> None:
    content = b"outbox_id,post_url\r\n" + b"out-1,https://www.linkedin.com/x\r\n" * sheets.MOST_ROWS
    assert sum(1 for _ in sheets.rows(content, "x", ("outbox_id",))) == sheets.MOST_ROWS
    with pytest.raises(ConfigProblem, match="more than 100,000 rows"):
        list(sheets.rows(content + b"out-1,x\r\n", "x", ("outbox_id",)))


FORMULAS = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "＝1"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_becomes_a_formula(cell: str) -> None:
    (_, (written, plain)) = csv.reader(io.StringIO(sheets.write(["a", "b"], [[cell, "a=1"]]).decode("utf-8-sig"), ""))
    assert (written, plain) == (f"'{cell}", "a=1")


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=2, max_size=2), max_size=5
    )
)
def test_what_is_written_is_harmless_and_can_be_read(lines: list[list[str]]) -> None:
    for row in sheets.rows(sheets.write(["a", "b"], lines), "x", ("a", "b")):
        assert not row.get("a").startswith(("=", "+", "-", "@"))


def test_a_hundred_thousand_claims_are_judged_one_by_one(tmp_path: Path) -> None:
    with bench(tmp_path) as here:
        item = here.hand_out(here.put())
        link = here.posted(item)
        evil = [f"=HYPERLINK({link})", f"+{link}", "lnkd.in/x", f"\u202e{link}", link.replace("linkedin", "l1nkedin")]
        lines = [f"{item.id};{cell}" for cell in evil]
        lines += [f"=cmd|' /C calc'!A0;{link}", "../../etc/passwd;" + link]
        lines += [f"out-{number:x};{link}" for number in range(sheets.MOST_ROWS - len(lines) - 2)]
        content = "\r\n".join(["outbox_id;post_url", *lines, f"{item.id};{link}?utm_source=x", f"{item.id};{link}"])
        found = list(claim_rows(here.store, [here.place], content.encode("utf-8-sig"), "x.csv", "ada", here.now))
        assert len(found) == sheets.MOST_ROWS
        assert [one.row for one in found if one.item] == [sheets.MOST_ROWS, sheets.MOST_ROWS + 1]
        assert all(one.problem and one.problem.mend for one in found[:-2])
        assert here.item(item.id).state is State.VERIFIED
