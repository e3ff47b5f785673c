"""What is played: tasks, or calendars. A mode names its world and what must hold in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.simulation.calendar import checks as calendar_checks
from tests.simulation.calendar.world import CalendarWorld
from tests.simulation.invariants.checks import check_now, check_settled
from tests.simulation.world import World


@dataclass(frozen=True, slots=True)
class Mode:
    """A sort of world, what must hold in it whenever a process dies, and what once the faults are over."""

    world: type[World]
    check_now: Callable[[World], None]
    check_settled: Callable[[World], None]


TASKS, CALENDAR = "tasks", "calendar"
MODES: Mapping[str, Mode] = {
    TASKS: Mode(World, check_now, check_settled),
    CALENDAR: Mode(CalendarWorld, calendar_checks.check_now, calendar_checks.check_settled),
}
