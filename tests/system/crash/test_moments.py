"""Killed at random moments of a first sync of 200 items, as many as COPSYNC_CRASHES says (H03, H13, H26).

The moments are drawn from seeds, so that `-k` names one again; where exactly a process is at that moment, the machine
decides. Every third is drawn from the requests instead: there the kill meets the same request each time.
"""

from __future__ import annotations

import os
import time
from random import Random

import pytest

from sandbox.faults import Fault
from tests.system.crash.processes import Process
from tests.system.crash.stage import Stage

CRASHES = int(os.environ.get("COPSYNC_CRASHES", "12"))
WRITES = {"asana": 130, "basecamp": 120, "microsoft365": 40}
"""How many writes a first sync sends at least to each tool."""


class _Moments:
    database: str

    @pytest.mark.parametrize("seed", range(CRASHES))
    def test_h03_h13_h26_killed_at_a_random_moment(self, scene: Stage, seed: int) -> None:
        random = Random(seed)
        running = at_a_request(scene, random) if seed % 3 == 2 else at_a_time(scene, random)
        scene.survives(running)


def at_a_time(scene: Stage, random: Random) -> Process:
    """Start a run and wait until a part of the time that an undisturbed one takes is over."""
    moment = random.uniform(0.0, scene.took_s)
    running = scene.sync()
    time.sleep(moment)
    return running


def at_a_request(scene: Stage, random: Random) -> Process:
    """Start a run and wait until one of its writes has reached a tool, which has carried it out or not."""
    tool = random.choice(sorted(WRITES))
    after, processed = random.randrange(WRITES[tool]), random.random() < 0.5
    armed = scene.world.faults[tool].add(Fault("POST", ".", "hold", after=after, times=None, processed=processed))
    running = scene.sync()
    assert armed.reached.wait(30)
    return running


class TestMomentsOnSqlite(_Moments):
    database = "sqlite"


class TestMomentsOnPostgresql(_Moments):
    database = "postgresql"
