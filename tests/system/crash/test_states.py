"""Killed at every state of the journal (H03, H13, H26, I1 to I3)."""

from __future__ import annotations

import pytest

from sandbox.faults import Fault
from tests.system.crash.keepers import until
from tests.system.crash.processes import KILLED, kill
from tests.system.crash.stage import Stage
from tests.system.crash.stops import COMMITS, STOPS, Stop

ANSWERS = {
    "a task, before it is made": ("asana", Fault("POST", r"/tasks(\?|$)", "hold", after=9, times=None)),
    "a task, made": ("asana", Fault("POST", r"/tasks(\?|$)", "hold", after=9, times=None, processed=True)),
    "a task, made and not in its section": ("asana", Fault("POST", r"/addTask", "cut", after=9, times=None)),
    "a to-do, made": ("basecamp", Fault("POST", r"/todos.json", "hold", after=70, times=None, processed=True)),
    "an entry, made": ("basecamp", Fault("POST", r"/entries.json", "hold", after=5, times=None, processed=True)),
    "an event, before it is made": ("microsoft365", Fault("POST", r"/events", "hold", after=9, times=None)),
    "an event, made": ("microsoft365", Fault("POST", r"/events", "hold", after=9, times=None, processed=True)),
}
"""Requests at which the answer is kept back: some answers are in, others are not."""


class _States:
    database: str

    def stopped(self, scene: Stage, stop: Stop) -> None:
        """Kill a run while it waits at a stop."""
        scene.keeper.set_up(stop)
        running = scene.sync()
        try:
            until(scene.keeper.is_waiting, f"a run that waits: {stop.name}")
        finally:
            left = kill(running)
            scene.keeper.take_down()
        assert left.status == KILLED

    @pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
    def test_h03_h26_killed_at_every_state_of_the_journal(self, scene: Stage, stop: Stop) -> None:
        self.stopped(scene, stop)
        scene.finish()
        scene.check()
        scene.check_quiet()

    @pytest.mark.parametrize("place", ANSWERS)
    def test_h03_h13_h26_killed_between_answers(self, scene: Stage, place: str) -> None:
        tool, fault = ANSWERS[place]
        armed = scene.world.faults[tool].add(fault)
        running = scene.sync()
        assert armed.reached.wait(30)
        assert scene.survives(running).status == KILLED
        scene.check_quiet()

    def test_h13_h26_killed_again_while_looking_up_what_was_under_way(self, scene: Stage) -> None:
        self.stopped(scene, next(stop for stop in STOPS if stop.name == "all answered, no outcome"))
        assert scene.open_steps() > 50
        armed = scene.world.faults["basecamp"].add(Fault("GET", r".", "hold", after=4, times=None))
        running = scene.sync()
        assert armed.reached.wait(30)
        assert scene.survives(running).status == KILLED
        scene.check_quiet()

    def test_h26_the_console_script_killed_and_run_again(self, scene: Stage) -> None:
        armed = scene.world.faults["basecamp"].add(Fault("POST", r"/todos.json", "hold", after=70, processed=True))
        running = scene.script("sync")
        assert armed.reached.wait(30)
        assert kill(running).status == KILLED
        armed.remove()
        again = scene.script("sync").wait()
        assert again.status == 0, again
        scene.check()


class TestStatesOnSqlite(_States):
    database = "sqlite"


class TestStatesOnPostgresql(_States):
    database = "postgresql"

    @pytest.mark.parametrize("stop", COMMITS, ids=lambda stop: stop.name)
    def test_h26_killed_while_the_server_completes_the_transaction(self, scene: Stage, stop: Stop) -> None:
        self.stopped(scene, stop)
        scene.finish()
        scene.check()
        scene.check_quiet()
