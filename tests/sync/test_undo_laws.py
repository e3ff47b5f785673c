"""Laws of undoing, on generated edits: undone is as it was before, undone twice is as it was after."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from domain.fields import complete
from domain.policy import Cap, Policy, Surge
from domain.values import Fields, Value
from sync.undo import undo
from tests.sync.town import TASK, Town, town

TASKS = 4
GENEROUS = Policy(max_deletes=Cap(1000, 1.0), surge=Surge(1000, 1.0))
VALUES: dict[str, st.SearchStrategy[Value]] = {
    "title": st.sampled_from(["alpha", "beta", "gamma"]),
    "notes": st.lists(st.sampled_from(["one", "two", "three"]), max_size=3).map("\n".join),
    "state": st.sampled_from(["open", "done"]),
    "due": st.none() | st.integers(0, 9).map(lambda number: date(2026, 12, 1) + timedelta(days=number)),
    "tags": st.frozensets(st.sampled_from("xyz"), max_size=2),
    "list": st.none() | st.sampled_from(["A", "B"]),
}
CHANGES = st.sampled_from(sorted(VALUES)).flatmap(lambda name: st.tuples(st.just(name), VALUES[name]))
EDIT = st.tuples(st.sampled_from(["a", "b", "c"]), st.integers(0, TASKS - 1), CHANGES | st.none())
"""Where, which task, and what changes; None deletes it."""


def _clear(edits: Sequence[Edit]) -> bool:
    """Leave out what is edited here and deleted there: it is made anew, under a new id."""
    deleted = {number for _, number, change in edits if change is None}
    return not any(number in deleted for _, number, change in edits if change is not None)


Edit = tuple[str, int, tuple[str, Value] | None]
Shown = dict[str, dict[str, Fields]]


def shown(built: Town) -> Shown:
    """Return what every tool shows, by its ids."""
    return {
        name: {identity: complete(TASK, fields) for identity, fields in tool.fields().items()}
        for name, tool in built.tools.items()
    }


def act(built: Town, edits: Sequence[Edit]) -> None:
    known = {(space, number): built.id_of(space, f"task {number}") for space in built.tools for number in range(TASKS)}
    for space, number, change in edits:
        built.minutes(1)
        identity = known[space, number]
        if identity not in built.tools[space].fields():
            continue
        if change is None:
            built.tools[space].delete(identity)
        else:
            built.tools[space].edit(identity, dict([change]))


async def there_and_back(built: Town, edits: Sequence[Edit]) -> tuple[Shown, Shown, Shown, Shown]:
    for number in range(TASKS):
        built.task("a", f"task {number}", notes="one\ntwo")
    await built.sync()
    before = shown(built)
    act(built, edits)
    run = await built.sync()
    after = shown(built)
    if after == before:
        return before, before, after, after
    undone = await undo(built.community(), built.store, built.clock, run.run)
    assert (undone.left, undone.exit) == ([], 0)
    back = shown(built)
    assert (await built.sync(full=True)).steps == []
    again = await undo(built.community(), built.store, built.clock, undone.run)
    assert (again.left, again.exit) == ([], 0)
    return before, back, after, shown(built)


@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(edits=st.lists(EDIT, min_size=1, max_size=6).filter(_clear))
def test_undone_is_as_before_and_undone_twice_is_as_after(edits: Sequence[Edit]) -> None:
    with tempfile.TemporaryDirectory() as folder, town(Path(folder), "a", "b", "c", policy=GENEROUS) as built:
        before, back, after, again = asyncio.run(there_and_back(built, edits))
        assert back == before
        assert again == after
