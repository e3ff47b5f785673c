"""The benchmark measures what it says: its situations, its hand-over and its refusal of anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connectors.memory.tool import MemoryTool
from domain.fields import RecordType
from domain.values import Value
from tests.bench import announcements, feeds, handover, table
from tests.bench.cases import CASES, CHANGED_SHARE, THIRD_SIDE_AT_MOST, Case
from tests.bench.content import NOTES_LENGTH, PEOPLE, tasks
from tests.bench.figures import ratios, rows
from tests.bench.handover import Handed
from tests.bench.process import MeasureError, python
from tests.bench.samples import Collector, Sample, measure
from tests.bench.todo_files import LINE, todo

COUNT = CHANGED_SHARE
TASK: dict[str, Value] = {
    "title": "Plan; discuss, decide",
    "notes": "One line.\nAnother one that is long enough to be folded because it has more than 75 octets in all.",
    "state": "open",
    "list": "Events",
    "due": date(2026, 11, 21),
    "tags": frozenset({"venue"}),
    "assignees": frozenset({"ada.adler@example.org"}),
}


@pytest.fixture(scope="module")
def situations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    python("tests.bench.prepare", folder, str(COUNT))
    return folder


@pytest.mark.parametrize("case", [case for case in CASES if case.key in ("changed", "cursors", "command")])
def test_a_run_is_measured_that_did_what_its_row_says(situations: Path, case: Case) -> None:
    sample = measure(case, situations, COUNT)
    assert sample.process_s >= sample.run_s > 0
    assert sample.peak_mib > sample.content_mib >= 0


def test_a_run_that_did_something_else_is_refused(situations: Path) -> None:
    calm = next(case for case in CASES if case.key == "full")
    with pytest.raises(MeasureError, match="expected"):
        measure(replace(calm, situation="changed"), situations, COUNT)


def test_a_failure_is_told_and_the_other_cases_go_on() -> None:
    collector = Collector(1, lambda _words: None)

    def fail() -> Sample:
        raise MeasureError("the store was full")

    collector._take(collector.ours, ("first", COUNT), fail)
    collector._take(collector.ours, ("full", COUNT), lambda: Sample(1.0, 50.0))
    assert collector.failures == {("first", COUNT): "the store was full"}
    assert [row.case for row in rows(collector)] == ["full"]


def test_tasks_are_the_same_every_time_and_as_long_as_said() -> None:
    some = list(tasks(300, PEOPLE))
    assert some == list(tasks(300, PEOPLE))
    mean = sum(len(str(fields["notes"])) for fields in some) / len(some)
    assert abs(mean - NOTES_LENGTH) < 20
    assert len({person for fields in some for person in fields["assignees"] or ()}) == 40  # type: ignore[union-attr]


def test_a_handed_over_tool_holds_the_same(tmp_path: Path) -> None:
    tool = MemoryTool(people={"p": ("Ada Adler", "ada.adler@example.org")})
    identity = tool.create(RecordType.TASK, TASK, by="p", mark="task-1")
    handover.write(Handed(tool, "bound"), tmp_path / "one.tool")
    whole, log = handover.read(tmp_path / "one.tool"), handover.read(tmp_path / "one.tool", items=False)
    assert whole == Handed(replace(tool, clock=whole.tool.clock), "bound")
    assert whole.tool.fields() == {identity: TASK}
    assert (log.tool.container().log_begins, log.tool.fields()) == (1, {})


def test_files_for_the_peer_are_folded_and_escaped() -> None:
    lines = todo("task-1", {**TASK, "due": datetime(2026, 11, 21, 9, tzinfo=UTC)}).split("\r\n")
    assert max(map(len, lines)) == LINE
    assert "SUMMARY:Plan\\; discuss\\, decide" in lines
    assert "DUE:20261121T090000Z" in lines
    assert "One line.\\nAnother" in "".join(line.removeprefix(" ") for line in lines)


def test_three_sides_are_held_against_two_pair_by_pair() -> None:
    collector = Collector(3, lambda _words: None)
    collector.ours["full", 1000] = [Sample(1, 50, run) for run in (1.0, 2.0, 4.0)]
    collector.ours["third", 1000] = [Sample(1, 50, run) for run in (1.5, 4.0, 4.0)]
    run = next(one for one in ratios(collector) if one.of == "CPU of the run")
    assert (run.value, run.most, run.met) == (1.5, THIRD_SIDE_AT_MOST, True)


def test_a_missed_target_is_shown() -> None:
    collector = Collector(1, lambda _words: None)
    collector.ours["full", 10_000] = [Sample(0.9, 81.0)]
    (row,) = rows(collector)
    assert row.met is False
    assert table.rows_table([row]).splitlines()[-1].endswith("NO")


def test_feeds_are_measured_over_http() -> None:
    found = feeds.measure(feeds.Size(members=3, gatherings=4, tasks=5, deadlines=1, requests=3))
    assert [row["met"] is None for row in found["rows"]] == [False] * 5 + [True]
    assert all(row["cpu_ms"] > 0 for row in found["rows"])
    assert "not modified" in table.looks_table("ms per request", found["rows"])


def test_looks_after_channels_are_measured_and_say_what_their_rows_tell() -> None:
    found = announcements.measure(announcements.Size(members=5, gatherings=60, tasks=40, news=4, finished=3))
    assert all(row["cpu_ms"] > 0 for row in found["rows"])
    assert found["peak_mib"] > 0
    assert "4 gatherings moved, 3 tasks finished" in table.looks_table("ms", found["rows"])
