"""The disk is full, or the database gone, in the middle of a run (H27): a clean end with its mend, then all of it."""

from __future__ import annotations

import resource
from collections.abc import Callable

import pytest

from sandbox.faults import Fault
from tests.system.crash.keepers import Postgres
from tests.system.crash.stage import Stage

KIB = 1024


def no_file_beyond(size: int) -> Callable[[], None]:
    """Return what limits the files of a process that is about to start, as `ulimit -f` and quotas do."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


class TestNoRoomOnSqlite:
    database = "sqlite"

    @pytest.mark.parametrize("kib", [150, 250, 400, 500, 600])
    def test_h27_the_disk_is_full(self, scene: Stage, kib: int) -> None:
        full = scene.script("sync", "--json", preexec_fn=no_file_beyond(kib * KIB)).wait()
        assert full.status == 2, full
        assert "disk" in full.json["error"]["mend"]
        assert "nothing that was acknowledged is lost" in full.json["error"]["mend"]
        self.goes_on(scene)

    def goes_on(self, scene: Stage) -> None:
        again = scene.sync().wait()
        assert again.status == 0, again
        scene.check()
        scene.check_quiet()


class TestNoDatabaseOnPostgresql:
    database = "postgresql"

    @pytest.mark.parametrize(
        "fault",
        [
            Fault("GET", ".", "hold", after=2),
            Fault("POST", ".", "hold", after=20),
            Fault("POST", ".", "hold", after=20, processed=True),
        ],
        ids=["reading", "before a write", "after a write"],
    )
    def test_h27_the_database_goes_away(self, scene: Stage, fault: Fault) -> None:
        armed = scene.world.faults["basecamp"].add(fault)
        running = scene.sync()
        assert armed.reached.wait(30)
        assert isinstance(scene.keeper, Postgres)
        scene.keeper.go_away()
        armed.remove()
        ended = running.wait()
        assert ended.status == 2, ended
        assert ended.json["error"]["mend"]
        scene.finish()
        scene.check()
        scene.check_quiet()
