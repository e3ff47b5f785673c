"""The list itself: a test is counted where its name says so, and a gap is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hazards.catalogue import CATALOGUE, SIMULATED, numbers_in
from tests.hazards.outcome import outcomes
from tests.hazards.simulation import counts_in

REPORT = """<testsuites><testsuite>
<testcase name="test_h01_h02_a_cut_listing[x]" />
<testcase name="test_h02_another"><failure message="no" /></testcase>
<testcase name="test_i4_rest"><skipped message="no database" /></testcase>
<testcase name="test_something_else" />
</testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("tests/sync/test_hazards.py::test_h04_a_refused_write", ["H04"]),
        ("test_h03_h13_h26_killed[h99_sqlite]", ["H03", "H13", "H26"]),
        ("test_i10_the_same_trace", ["I10"]),
        ("test_h19_i2_told_early", ["H19", "I2"]),
        ("test_h1_is_no_number", []),
        ("test_which30_items", []),
    ],
)
def test_the_numbers_in_a_name(name: str, numbers: list[str]) -> None:
    assert numbers_in(name) == numbers


def test_what_a_report_says(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT, encoding="utf-8")
    found = outcomes(tmp_path / "report.xml")
    assert [found[number].verdict for number in ("H01", "H02", "I4", "H30")] == ["pass", "fail", "no test", "no test"]
    assert (found["H02"].tests, found["I4"].skipped) == (2, 1)


def test_the_list_is_whole() -> None:
    wanted = [f"H{number:02}" for number in range(1, 31)] + [f"I{number}" for number in range(1, 11)]
    assert list(CATALOGUE) == wanted
    assert set(SIMULATED) <= set(CATALOGUE)


def test_what_the_simulation_injected() -> None:
    assert counts_in("20 seeds\ninjected: answer lost 14, killed 31\n") == {"answer lost": 14, "killed": 31}
    assert counts_in("nothing of the kind") == {}
