"""What became of each entry's tests, read from pytest's own report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree as Xml

from tests.hazards.catalogue import CATALOGUE, numbers_in

Verdict = Literal["pass", "fail", "no test"]


@dataclass(slots=True)
class Entry:
    """One hazard or invariant, and its tests."""

    number: str
    words: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def tests(self) -> int:
        """How many ran."""
        return self.passed + self.failed

    @property
    def verdict(self) -> Verdict:
        """Whether it is survived."""
        if not self.tests:
            return "no test"
        return "fail" if self.failed else "pass"


def outcomes(report: Path) -> Mapping[str, Entry]:
    """Return every entry of the catalogue with what a JUnit report says of its tests."""
    entries = {number: Entry(number, words) for number, words in CATALOGUE.items()}
    for case in Xml.parse(report).iter("testcase"):
        state = _state(case)
        for number in numbers_in(case.get("name", "")):
            if number in entries:
                setattr(entries[number], state, getattr(entries[number], state) + 1)
    return entries


def _state(case: Xml.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"
