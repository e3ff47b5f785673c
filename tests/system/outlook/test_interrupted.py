"""Series in Outlook take several requests; whatever ends between two of them, the next run carries on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.microsoft365.client import Client
from domain.recurrence import change
from domain.recurrence.series import Series
from sandbox.faults import Fault, Kind
from tests.system.outlook.pair import COMING, Pair, pair
from tests.system.outlook.test_series import ACTS, RICH, name

WRITES = ("create", "change", "remove")


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as built:
        yield built


@dataclass
class Mortal:
    """Ends the process at the n-th write to Outlook: before it is sent, or once it is carried out."""

    left: int
    after: bool
    struck: bool = False

    def install(self, patch: pytest.MonkeyPatch) -> None:
        for verb in WRITES:
            patch.setattr(Client, verb, self._mortal(getattr(Client, verb)))

    def _mortal(self, method: Callable[..., Any]) -> Callable[..., Any]:
        async def sent(*given: Any, **more: Any) -> Any:
            if self.left and not self.struck:
                self.left -= 1
                return await method(*given, **more)
            if self.after and not self.struck:
                await method(*given, **more)
            self.struck = True
            raise Killed

        return sent


def _restored(desk: Pair) -> None:
    desk.change(lambda one: change.restore_occurrence(one, name(2)))


def _changed(act: str) -> Callable[[Pair], None]:
    return lambda desk: desk.change(ACTS[act])


def _nothing(desk: Pair) -> None:
    """Only what is made is sent."""


def _moved_with_a_part(desk: Pair) -> None:
    """Change the pattern, and several occurrences along with it."""

    def act(one: Series) -> Series:
        moved = ACTS["move all"](change.restore_occurrence(one, name(2)))
        named = change.change_occurrence(moved, name(7), {"title": "Walk"})
        return change.cancel_occurrence(named, name(8))

    desk.change(act)


SCENES: dict[str, Callable[[Pair], None]] = {
    "create": _nothing,
    "restore": _restored,
    "several": _moved_with_a_part,
    **{
        act: _changed(act)
        for act in ("move all", "move one past the next", "to all-day", "another zone", "further dates")
    },
}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("scene", list(SCENES))
async def test_h03_h13_h26_a_write_of_several_requests_is_carried_on(desk: Pair, scene: str, after: bool) -> None:
    for nth in range(30):
        identity = desk.make(RICH, title=f"Round {nth}")
        if scene != "create":
            await desk.sync()
            items = {key for key in desk.memory.fields() if key != identity}
            assert not items
        SCENES[scene](desk)
        wanted = desk.other(COMING)
        mortal = Mortal(nth, after)
        with pytest.MonkeyPatch.context() as patch:
            mortal.install(patch)
            with suppress(Killed):
                await desk.sync()
        await desk.in_step()
        assert desk.both(COMING) == wanted, f"{nth} writes before the end"
        assert len(desk.memory.fields()) == 1
        desk.memory.delete(identity)
        await desk.in_step()
        assert desk.events() == []
        if not mortal.struck:
            return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_h26_a_deletion_of_several_requests_is_carried_on(desk: Pair, after: bool) -> None:
    for nth in range(6):
        identity = desk.make(change.change_rule(RICH, "FREQ=WEEKLY").series)
        await desk.in_step()
        _restored(desk)
        await desk.in_step()
        desk.memory.delete(identity)
        mortal = Mortal(nth, after)
        with pytest.MonkeyPatch.context() as patch:
            mortal.install(patch)
            with suppress(Killed):
                await desk.sync()
        await desk.in_step()
        assert (desk.events(), desk.memory.fields()) == ([], {})
        if not mortal.struck:
            return
    raise AssertionError("it never ends")


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST"])
@pytest.mark.parametrize("kind", ["lost_answer", "cut", "throttle"])
@pytest.mark.parametrize("nth", range(3))
async def test_h13_h29_lost_answers_and_limits_change_nothing(desk: Pair, method: str, kind: Kind, nth: int) -> None:
    desk.make(RICH)
    await desk.in_step()
    _moved_with_a_part(desk)
    wanted = desk.other(COMING)
    desk.faults.add(Fault(method, "/events", kind, after=nth))
    await desk.sync()
    desk.faults.clear()
    await desk.in_step()
    assert desk.both(COMING) == wanted
    assert [row["type"] for row in desk.events()].count("seriesMaster") == 1
