"""Which word an operator reads after which run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.errors import ConnectAgain, Locked, Retriable
from flows.verdict import Ending, Verdict, summary, verdict_on, worst
from sync.report import Report
from tests.flows.reports import conflict, held, question, report


def _with_space(space: str, **values: object) -> Report:
    made = report()
    for name, value in values.items():
        setattr(made.spaces[space], name, value)
    return made


def _stopped(*spaces: str, health: str) -> Report:
    made = report()
    for space in spaces:
        made.stop(space, health, Retriable("No answer."))  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("made", "ending"),
    [
        (report(), Ending.IN_STEP),
        (report(conflicts=[conflict(undecided=False)]), Ending.CONFLICTS),
        (_with_space("asana", failed=1), Ending.FAILURES),
        (_stopped("asana", health="failed"), Ending.FAILURES),
        (_stopped("asana", health="paused"), Ending.PERSON),
        (report(held=[held()]), Ending.PERSON),
        (report(questions=[question()]), Ending.PERSON),
        (report(conflicts=[conflict(undecided=True)], undecided=1), Ending.PERSON),
        (_stopped("asana", "basecamp", health="failed"), Ending.FAILED),
        (_stopped("asana", "basecamp", health="paused"), Ending.FAILED),
        (report(broken="The store is gone."), Ending.FAILED),
        (report(locked="Another run holds it."), Ending.LOCKED),
    ],
)
def test_every_outcome_has_its_state(made: Report, ending: Ending) -> None:
    assert verdict_on(made).ending is ending


def test_the_message_counts_and_names_the_trouble() -> None:
    made = report(conflicts=[conflict(undecided=False)])
    made.spaces["asana"].created, made.spaces["basecamp"].created = 2, 3
    made.stop("basecamp", "paused", ConnectAgain("The token has expired."))
    message = verdict_on(made).message
    assert message.startswith("5 created, 1 conflicts; basecamp: The token has expired. Make a new token")


def test_the_message_of_a_quiet_run_and_of_a_locked_one() -> None:
    assert verdict_on(report()).message == "nothing to change"
    assert (
        "holds this community"
        in verdict_on(report(locked=str(Locked("run 1", datetime(2026, 11, 21, 12, tzinfo=UTC))))).message
    )


def test_a_night_is_as_good_as_its_worst_community() -> None:
    night = [Verdict("a", Ending.IN_STEP, ""), Verdict("b", Ending.LOCKED, ""), Verdict("c", Ending.IN_STEP, "")]
    assert worst(night) is Ending.LOCKED
    assert worst([*night, Verdict("d", Ending.CONFLICTS, "")]) is Ending.CONFLICTS
    assert worst([*night, Verdict("e", Ending.PERSON, ""), Verdict("f", Ending.FAILURES, "")]) is Ending.PERSON
    assert worst([*night, Verdict("g", Ending.FAILED, ""), Verdict("h", Ending.PERSON, "")]) is Ending.FAILED
    assert worst([]) is Ending.IN_STEP


def test_the_summary_names_whoever_is_not_simply_in_step() -> None:
    night = [Verdict("a", Ending.IN_STEP, ""), Verdict("b", Ending.FAILED, ""), Verdict("c", Ending.IN_STEP, "")]
    assert summary(night) == "1 failed (b); 2 in step"
    many = [Verdict(f"c{number}", Ending.PERSON, "") for number in range(12)]
    assert summary(many).endswith("c9 and 2 more)")
