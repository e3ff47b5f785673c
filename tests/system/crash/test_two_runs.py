"""Two runs of one community at once (H18): one goes on, the other leaves and says who holds it since when."""

from __future__ import annotations

import os
import re
import signal
import sys
import time

import pytest

from sandbox.faults import Armed, Fault
from tests.system.crash.keepers import until
from tests.system.crash.processes import Script
from tests.system.crash.stage import Stage

LIFE_S = 1.5
SHORT_LIFE = f"""if True:
    import sys
    import store.leases
    store.leases.LIFE_SECONDS, store.leases.SURE_SECONDS = {LIFE_S}, {LIFE_S / 2}
    from cli.main import main
    main()
"""
"""The command with leases that end after a moment instead of two minutes."""

AWAKE = {
    "reading": Fault("GET", ".", "hold", times=None),
    "writing, before anything is made": Fault("POST", ".", "hold", after=3, times=None),
    "writing, after it is made": Fault("POST", ".", "hold", after=3, times=None, processed=True),
}
"""What every tool keeps back while the holder falls asleep."""
MIRRORED = ("asana", "basecamp", "microsoft365")


class _TwoRuns:
    database: str

    def test_h18_a_second_run_leaves_and_names_the_holder(self, scene: Stage) -> None:
        armed = scene.world.faults["asana"].add(Fault("GET", r"/tasks\?", "hold", times=None))
        first = scene.sync()
        assert armed.reached.wait(30)
        for arguments in (("sync",), ("sync", "--json")):
            second = scene.script(*arguments).wait()
            assert second.status == 4, second
            assert re.search(rf"run [0-9-]+-[0-9a-f]+ \(process {first.pid} on [^)]+\)", second.said), second
            since = re.search(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]{5,8}", second.said)
            assert since, second
        armed.remove()
        assert first.wait().status == 0
        scene.check()

    def test_h18_of_many_that_begin_together_one_does_everything(self, scene: Stage) -> None:
        together = [scene.script("sync", "--json") for _ in range(4)]
        statuses = [process.wait().status for process in together]
        assert set(statuses) <= {0, 4}
        assert 0 in statuses
        scene.check()

    @pytest.mark.parametrize("place", AWAKE)
    def test_h18_a_holder_woken_after_its_lease_writes_nothing(self, scene: Stage, place: str) -> None:
        armed = [scene.world.faults[tool].add(AWAKE[place]) for tool in MIRRORED]
        sleeper = scene.script("sync", "--json", command=(sys.executable, "-c", SHORT_LIFE))
        until(lambda: all(one.reached.is_set() for one in armed), "requests that are kept back")
        nothing_half_sent(armed)
        fall_asleep(scene, sleeper)
        for one in armed:
            one.remove()
        time.sleep(LIFE_S)
        other = scene.sync().wait()
        assert other.status == 0, other.out
        scene.check()
        before = scene.everything()
        os.killpg(sleeper.pid, signal.SIGCONT)
        woken = sleeper.wait()
        assert woken.status == 4, woken
        assert scene.everything() == before
        scene.check()


def nothing_half_sent(armed: list[Armed]) -> None:
    """Wait until every place in every tool is taken: what else a process wants to send waits in itself.

    A request of which a tool has a half is dropped by the tool long before a lease ends; the stand-ins wait for ever.
    """
    before = -1
    while (now := sum(one.hits for one in armed)) != before:
        before = now
        time.sleep(0.3)


def fall_asleep(scene: Stage, process: Script) -> None:
    """Stop a process while it writes nothing to its store: a file stays locked as long as its writer sleeps."""

    def asleep() -> bool:
        os.killpg(process.pid, signal.SIGSTOP)
        if not scene.keeper.is_held():
            return True
        os.killpg(process.pid, signal.SIGCONT)
        return False

    until(asleep, "a moment without a transaction")


class TestTwoRunsOnSqlite(_TwoRuns):
    database = "sqlite"


class TestTwoRunsOnPostgresql(_TwoRuns):
    database = "postgresql"
