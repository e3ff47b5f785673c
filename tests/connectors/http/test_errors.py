from __future__ import annotations

import copy
import pickle
from datetime import UTC, datetime

import pytest

from connectors.http import Elsewhere, HttpRefused
from domain import errors
from domain.errors import ConfigProblem, CopsyncError, Locked, Retriable, SetAside

SINCE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
EVERY = [
    CopsyncError("It broke", mend="Mend it."),
    ConfigProblem("No such project.", mend="Name another.", where="copsync.toml:12"),
    errors.ConnectAgain("The token is dead."),
    Retriable("Too busy.", retry_after=12.0),
    errors.Uncertain("No answer."),
    SetAside("Refused.", mend="Shorten the title.", words="Title too long"),
    errors.Paused("The project is archived.", mend="Bring it back."),
    errors.Stale("It moved."),
    errors.StoreProblem("Disk full.", mend="Make room."),
    Locked("run 7 on host a", SINCE),
    Elsewhere("A link leads away.", mend="Look.", where="base_url"),
    errors.Unreachable("Nothing answers."),
    HttpRefused("No.", mend="Look.", status=422, code="x", words="No", body_json={"a": [1]}, headers={"b": "c"}),
]


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("through", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_errors_survive_pickling_and_copying(error: CopsyncError, through: object) -> None:
    assert callable(through)
    error.add_note("seen at noon")
    twin = through(error)
    assert type(twin) is type(error)
    assert str(twin) == str(error)
    assert twin.args == error.args
    assert vars(twin) == vars(error)


@pytest.mark.parametrize("error", EVERY, ids=lambda error: type(error).__name__)
def test_every_error_shows_what_happened_and_the_mend(error: CopsyncError) -> None:
    assert error.message in str(error)
    assert error.mend
    assert error.mend in str(error)


def test_every_class_of_the_module_is_covered() -> None:
    classes = {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CopsyncError)}
    assert classes == {type(error) for error in EVERY} - {Elsewhere, HttpRefused}
    assert all("aller" in (kind.__doc__ or "") for kind in classes), "each says what the caller does about it"


def test_texts() -> None:
    assert str(CopsyncError("It broke", mend="Mend it.")) == "It broke. Mend it."
    assert str(CopsyncError("Why?", mend="")) == "Why?"
    assert str(EVERY[1]) == "copsync.toml:12: No such project. Name another."
    assert str(EVERY[5]) == 'Refused. Shorten the title. The tool says: "Title too long"'
    assert "run 7 on host a, since 2026-03-02T09:00:00+00:00" in str(EVERY[9])
