"""I4 and I9: the world comes to rest, and asks for no more than it needs."""

from __future__ import annotations

from collections import Counter

from sync.report import Report
from tests.simulation import hub, people
from tests.simulation.connector import ViolationError
from tests.simulation.world import World


def settle(world: World) -> None:
    """End the faults, let people answer what copsync asks, and let it catch up.

    Two runs may have work (I4), then one more writes nothing and reads no item (I9).
    """
    world.calm()
    people_mend(world)
    worked = looked = 0
    report: Report | None = None
    full = world.hidden or world.rng.random() < 0.3
    for _ in range(12):
        asked_before = people_answer(world)
        report = world.run(full=full, approved=frozenset(world.held))
        if report is None or world.last is None:
            raise ViolationError("I4: a run failed in quiet times")
        full = False
        within_budget(world, report.steps)
        if report.steps and any(step["state"] == "done" for step in report.steps):
            worked += not asked_before
        elif not world.held and not report.undecided and not report.questions:
            if is_quiet(world):
                break
            looked += 1  # something was looked up or confirmed, to the end that nothing had to be done
            if looked > 3:
                raise ViolationError(f"I9: runs with nothing to do go on asking: {asked(world)}")
        if worked > 2:
            raise ViolationError(
                f"I4: a third round still had work: {[(s['verb'], s['space'], s['fields']) for s in report.steps]}"
            )
    if report is None or (report.exit and not world.unreadable_places):
        raise ViolationError(f"I4: it does not come to rest: {report and report.json()}")


def is_quiet(world: World) -> bool:
    """I9: a run with nothing to do asks for the list and the people of a space, and for no item."""
    return not any(asked(world).values())


def asked(world: World) -> dict[str, Counter[str]]:
    """Return what the last run asked beyond lists, by space."""
    assert world.last is not None
    once = Counter({"observe": 1, "people": 1})
    return {name: connection.asked - once for name, connection in world.last.connections.items()}


def within_budget(world: World, steps: list[dict[str, object]]) -> None:
    """I9: a quiet run asks a space for its list, once for what is gone, and twice for what it changes."""
    process = world.last
    assert process is not None
    for name, connection in process.connections.items():
        count = sum(step["space"] == name and step["state"] != "held" for step in steps)
        if connection.asked["write"] > count:
            raise ViolationError(f"I9: {connection.asked['write']} writes for {count} steps in {name}")


def people_mend(world: World) -> None:
    """People correct what could not be read, and a day goes by: what was refused is tried again."""
    people.mend_items(world)
    if world.faults.hits["poisoned items"] or world.faults.hits["refused items"] or world.faults.hits["refused once"]:
        world.t += 8 * 24 * 3600.0


def people_answer(world: World) -> bool:
    """People decide what is undecided, by making it alike everywhere; return whether anything was asked."""
    for question in world.questions:
        for remote in question["remotes"]:
            people.edit(world, world.tools[question["space"]], remote, {"title": f"t{world.next_number():04}"})
    asked, world.questions = bool(world.questions), []
    decided = hub.decide_conflicts(world) if world.policy.conflict == "ask" else 0
    return asked or bool(decided) or bool(world.held)
