"""What waits, as `status` tells it: what is set aside, what is held, and which run said so."""

from __future__ import annotations

from sandbox.faults import Fault
from tests.cli import shapes
from tests.cli.desk import Desk
from tests.cli.shapes import fits

CAREFUL = "[communities.policy]\nmax_deletes = { count = 1, share = 1.0 }\n"


def test_what_is_set_aside_is_named_with_its_reason(desk: Desk) -> None:
    gid = desk.task("Book a [red]room[/]")
    desk.task("Write the minutes")
    assert desk.here("sync").status == 0
    assert "nothing waits" in desk.here("status").out
    desk.world.faults["basecamp"].add(Fault("PUT", r"/todos/", "status", times=None, status=422, body='{"error":"no"}'))
    desk.rename(gid, "Book [red]a[/] ship")
    for _ in range(3):
        assert desk.here("sync").status == 1
    (one,) = fits(desk.here("status", "--json").json, shapes.STATUS)["waiting"]["set_aside"]
    assert (one["space"], one["side"], one["failures"]) == ("basecamp", "write", 3)
    shown = desk.here("status").out
    assert "1 item set aside after failing again and again" in shown
    assert "“Book [red]a[/] ship” not written into basecamp since" in shown
    assert f"copsync explain {one['item']}" in shown
    told = desk.here("explain", one["item"]).out
    assert "Not synced:" in told
    assert "Failed 3 times in a row" in told


def test_a_held_change_is_still_named_after_an_undo_and_a_refused_plan(desk: Desk) -> None:
    gids = [desk.task(f"Task {number}") for number in range(6)]
    spaces = desk.space("asana", "asana", project=desk.asana) + desk.space(
        "basecamp", "basecamp", project=desk.basecamp
    )
    desk.configure(desk.connections() + desk.community(spaces, more=CAREFUL))
    assert desk.here("sync").status == 0
    desk.rename(gids[5], "Task five")
    renamed = desk.here("sync", "--json").json["run"]
    assert desk.here("plan", "--out", "plan.json").status == 0
    for gid in gids[:3]:
        desk.world.asana_delete(gid, next(iter(desk.world.places.asana_users)))
    desk.rename(gids[4], "Task four")
    held = desk.here("sync", "--json")
    assert held.status == 3
    assert desk.here("undo", renamed, "--yes").status == 0
    desk.rename(gids[4], "Task 4")
    assert desk.here("sync", "--plan", "plan.json").status == 3
    waiting = fits(desk.here("status", "--json").json, shapes.STATUS)["waiting"]
    assert len(waiting["held"]) == 3
    assert waiting["run"] != renamed
    assert f"3 changes held; see `copsync show {waiting['run']}`" in desk.here("status").out
    assert desk.here("sync", "--approve", waiting["run"]).status == 0
    assert desk.todos() == ["Task 3", "Task 4", "Task 5"]
    assert "nothing waits" in desk.here("status").out
