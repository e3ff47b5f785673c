"""Found by the simulation: runs that were overtaken, and writes whose answer was lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.contract import Lost, Missing, Observation, Remote, Sink, Write
from connectors.memory.capabilities import EVERYTHING
from connectors.memory.connector import MemoryConnector
from domain.capabilities import Capabilities, Held
from domain.errors import Retriable, StoreProblem, Uncertain
from domain.fields import RecordType
from domain.values import Value
from store.leases import LIFE_SECONDS
from store.state import Wanted
from sync.report import Exit
from tests.sync.faulty import FaultyConnector
from tests.sync.town import TASK, Town, narrowed, town


@dataclass(slots=True)
class SlowReader(FaultyConnector):
    """A tool after whose answer to a direct read something else happens first."""

    meanwhile: Callable[[], None] = field(default=lambda: None)

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        answer = await FaultyConnector.fetch(self, kind, remote)
        self.meanwhile()
        return answer


async def test_h18_a_run_that_stood_still_and_was_overtaken_sends_nothing_any_more(tmp_path: Path) -> None:
    task = replace(EVERYTHING.types[TASK], conditional=False)
    with town(tmp_path, "a", "b", capabilities={"b": Capabilities({TASK: task})}) as pair:
        pair.task("a", "Plan")
        await pair.sync()
        pair.tools["a"].edit(pair.id_of("a", "Plan"), {"notes": "New."})

        def overtaken() -> None:
            pair.now += timedelta(seconds=LIFE_SECONDS + 1)
            pair.store.acquire("town", "another run", pair.now)

        held = pair.connector("b").capabilities
        pair.connectors["b"] = SlowReader(pair.tools["b"], capabilities=held, meanwhile=overtaken)
        report = await pair.sync()
        assert report.exit == Exit.LOCKED
        assert pair.one("b", "Plan")["notes"] == ""


def _moves_first(pair: Town, write: Write, remote: str) -> bool:
    """Let a person edit the item right before copsync writes to it."""
    if write.remote == remote and not pair.tools["b"].container().items[remote].fields().get("list"):
        pair.tools["b"].edit(remote, {"list": "Mine"})
    return False


async def test_h13_an_unclear_create_is_not_sent_again_later_in_the_same_run(pair: Town) -> None:
    """Something else moved meanwhile, so the run plans anew: the unclear create has to wait for the look-up."""
    pair.task("a", "Old")
    await pair.sync()
    old = pair.id_of("b", "Old")
    pair.tools["a"].edit(pair.id_of("a", "Old"), {"notes": "New."})
    pair.task("a", "Plan")
    connector = pair.connector("b")
    connector.lose_answers, connector.blind = 1, True
    connector.refuse = lambda write: _moves_first(pair, write, old)
    await pair.sync()
    connector.blind, connector.refuse = False, lambda _write: False
    await pair.sync()
    assert pair.titles("b") == ["Old", "Plan"]


@dataclass(slots=True)
class SlowWriter(FaultyConnector):
    """A tool whose answer to the write of some titles takes its time."""

    seconds: Mapping[str, float] = field(default_factory=dict)

    async def write(self, write: Write) -> Remote | None:
        answer = await FaultyConnector.write(self, write)
        await asyncio.sleep(self.seconds.get(str(write.view.get("title")), 0.0))
        return answer


async def test_h27_what_could_not_be_noted_of_one_space_is_not_forgotten_for_another(tmp_path: Path) -> None:
    """The store fails when one space's outcome is noted, and works again for the next one."""
    with town(tmp_path, "a", "b", "c") as three:
        three.task("a", "Plan")
        three.task("a", "Other")
        for name, seconds in (("b", {"Plan": 0.02}), ("c", {"Other": 5.0})):
            three.connectors[name] = SlowWriter(three.tools[name], seconds=seconds)
        conclude, fails = three.store.conclude, iter((True,))

        def failing_once(*args: Any, **more: Any) -> None:
            if args[1] and next(fails, False):
                raise StoreProblem("The disk is full.", mend="Free some space.")
            conclude(*args, **more)

        three.store.conclude = failing_once  # type: ignore[method-assign]
        with pytest.raises(StoreProblem):
            await three.sync()
        three.tools["b"].delete(three.id_of("b", "Plan"))
        three.connectors.clear()
        three.minutes(3)
        await three.sync(full=True)
        assert three.titles("b") == three.titles("c") == ["Other", "Plan"]


@dataclass(slots=True)
class Unmarked(FaultyConnector):
    """A tool without a place for marks: it makes what its notes call "made", never answers for these, and cannot be
    asked for it `mute` times. What is called "cut" never arrives.
    """

    mute: int = 1

    async def write(self, write: Write) -> Remote | None:
        notes = write.view.get("notes")
        if notes == "cut":
            raise Uncertain("The connection broke.")
        answer = await FaultyConnector.write(self, write)
        if notes == "made":
            raise Uncertain("The answer was lost.")
        return answer

    async def find(self, lost: Lost) -> Sequence[Remote]:
        if lost.view.get("notes") == "made" and self.mute:
            self.mute -= 1
            raise Retriable("The tool is busy.")
        title = lost.view["title"]
        listed: list[Remote] = []
        await MemoryConnector.observe(self, None, listed.extend)
        return [remote for remote in listed if self.view(remote)["title"] == title]


async def _in_step_after_losing(pair: Town) -> None:
    pair.connectors["b"] = Unmarked(pair.tools["b"])
    await pair.sync()
    pair.connectors.clear()
    report = await pair.sync()
    assert report.conflicts == []
    assert sorted(str(one["notes"]) for one in pair.tools["b"].fields().values() if one["title"] == "Plan") == [
        "cut",
        "made",
    ]
    await pair.sync()
    assert pair.tools["a"].fields().keys() == _counterparts(pair).keys()
    assert all(pair.tools["a"].fields()[a]["notes"] == notes for a, notes in _counterparts(pair).items())


def _counterparts(pair: Town) -> dict[str, Value]:
    """Return the notes in b of every item of a."""
    _, links = pair.store.load("town", Wanted(everything=True))
    here = {link.record: link.remote for link in links if link.space == "a"}
    shown = pair.tools["b"].fields()
    return {here[link.record]: shown[link.remote]["notes"] for link in links if link.space == "b"}


async def test_h13_what_one_lost_create_made_is_not_given_to_another_of_its_title(pair: Town) -> None:
    pair.task("a", "Plan", notes="made")
    pair.task("a", "Plan", notes="cut")
    await _in_step_after_losing(pair)


async def test_h13_what_a_lost_create_made_is_not_given_to_a_later_one_of_its_title(pair: Town) -> None:
    """The later one lies below another item, so that it is sent once that is answered."""
    pair.task("a", "Plan", notes="made")
    parent = pair.task("a", "Parent", notes="")
    pair.task("a", "Plan", notes="cut", parent=parent)
    await _in_step_after_losing(pair)


@dataclass(slots=True)
class Markless(FaultyConnector):
    """A tool without a place for marks, that can be asked for a title once it is not `blind`."""

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        return await FaultyConnector.observe(self, cursor, lambda page: sink([replace(one, mark=None) for one in page]))

    async def find(self, lost: Lost) -> Sequence[Remote]:
        await FaultyConnector.find(self, lost)
        listed: list[Remote] = []
        await MemoryConnector.observe(self, None, listed.extend)
        return [remote for remote in listed if self.view(remote)["title"] == lost.view["title"]]


async def test_h13_what_cannot_be_looked_up_yet_is_not_taken_for_a_new_item(tmp_path: Path) -> None:
    """A title that was cut is like no other, so that nothing but the look tells whose item it is."""
    with town(tmp_path, "a", "b") as pair:
        connector = Markless(pair.tools["b"], capabilities=narrowed(title=Held(max_length=12)))
        pair.connectors["b"] = connector
        pair.task("a", "A title with a long tail")
        connector.lose_answers, connector.blind = 1, True
        await pair.sync()
        assert (await pair.sync()).spaces["b"].state == "failed"
        assert pair.titles("a") == ["A title with a long tail"]
        connector.blind = False
        await pair.sync()
        assert (await pair.sync()).steps == []
        assert (pair.titles("a"), pair.titles("b")) == (["A title with a long tail"], ["A title wit…"])
