"""Conflicts as an admin meets them: listed, understood, decided."""

from __future__ import annotations

import io
from typing import Any
from unittest.mock import patch

import pytest

from sandbox.faults import Fault
from tests.cli import shapes
from tests.cli.desk import Called, Desk
from tests.cli.shapes import fits

ZONE = 'time_zone = "Europe/Berlin"\n'
ASK = f'{ZONE}policy = {{ conflict = "ask" }}\n'


def error(answer: Called) -> Any:
    assert answer.status == 2
    return fits(answer.json, shapes.ERROR)["error"]


def listed(desk: Desk, *options: str) -> list[Any]:
    return list(fits(desk.here("conflicts", "--json", *options).json, shapes.CONFLICTS)["conflicts"])


def quarrel(desk: Desk, *, ask: bool = True) -> str:
    """Let two people rename the same task, and return its id in Asana."""
    gid = desk.task("Plan")
    if ask:
        desk.configure(desk.usual().replace(ZONE, ASK))
    assert desk.here("sync").status == 0
    desk.rename(gid, "Plan the \u202espring")
    desk.rename_todo("Plan the autumn [bold]now[/]")
    assert desk.here("sync").status == (3 if ask else 0)
    return gid


def title(desk: Desk, gid: str) -> str:
    return str(desk.world.asana.tasks[gid].name)


def test_a_conflict_is_listed_and_decided(desk: Desk) -> None:
    gid = quarrel(desk)
    (conflict,) = listed(desk)
    assert (conflict["state"], conflict["decision"], conflict["base"], conflict["now"]) == (
        "undecided", None, "Plan", "Plan",
    )  # fmt: skip
    shown = desk.here("conflicts")
    assert "1 conflict, 1 to decide" in shown.out
    assert "asana: Plan the �spring" in shown.out
    assert "basecamp: Plan the autumn [bold]now[/]" in shown.out
    assert "\u202e" not in shown.out
    assert conflict["id"] in shown.out
    assert "copsync conflicts resolve ID --keep SPACE" in shown.out
    assert f"copsync conflicts resolve {conflict['id']} --keep SPACE" in desk.here("sync").out
    decided = desk("conflicts", "resolve", conflict["id"][:6], "--keep", "basecamp", "--json")
    assert (decided.status, decided.err) == (0, "")
    report = fits(decided.json, shapes.REPORT)
    assert report["decided"] == {
        "conflict": conflict["id"], "record": conflict["record"], "title": "Plan", "field": "title",
        "keep": "basecamp", "value": "Plan the autumn [bold]now[/]",
    }  # fmt: skip
    assert [step["space"] for step in report["steps"]] == ["asana"]
    assert title(desk, gid) == desk.todos()[0] == "Plan the autumn [bold]now[/]"
    assert listed(desk, "--open") == []
    (closed,) = listed(desk)
    assert (closed["state"], closed["undecided"], closed["decision"]["keep"]) == ("decided", False, "basecamp")
    assert "decided for the one of basecamp" in desk.here("conflicts").out
    assert desk.here("status", "--json").json["waiting"]["undecided_conflicts"] == 0
    again = desk.here("sync", "--full", "--json")
    assert (again.status, again.json["steps"], again.json["conflicts"]) == (0, [], [])
    assert "no conflicts" in desk.here("conflicts", "--open").out


def test_another_value_by_hand(desk: Desk) -> None:
    gid = quarrel(desk, ask=False)
    (conflict,) = listed(desk)
    assert conflict["state"] == "kept by policy"
    assert "the policy kept the one of" in desk.here("conflicts").out
    told = desk.here("conflicts", "resolve", conflict["id"], "--value", "Plan the year")
    assert told.status == 0
    assert "title: decided for Plan the year" in told.out
    assert "in step" in told.out
    assert title(desk, gid) == desk.todos()[0] == "Plan the year"
    with patch("sys.stdin", io.StringIO("Plan it all")):
        assert desk.here("conflicts", "resolve", conflict["id"], "--value", "-").status == 0
    assert title(desk, gid) == "Plan it all"


def test_long_texts_are_shown_as_a_difference(desk: Desk) -> None:
    gid = desk.task("Plan", notes="\n".join(f"line {number}" for number in range(30)))
    assert desk.here("sync").status == 0
    person = next(iter(desk.world.places.asana_users))
    lines = [f"line {number}" for number in range(30)]
    desk.world.asana_edit(gid, person, notes="\n".join([*lines[:20], "from \u202e[red]Asana[/]", *lines[21:]]))
    desk.edit_todo(description="".join(f"<div>{one}</div>" for one in [*lines[:20], "from Basecamp", *lines[21:]]))
    assert desk.here("sync").status == 0
    (conflict,) = listed(desk)
    assert conflict["field"] == "notes"
    shown = desk.here("conflicts").out
    assert "from �" in shown
    assert ("-from Basecamp" in shown) != ("+from Basecamp" in shown)
    assert "line 2\n" not in shown  # only what differs, and a line around it


WRONG: dict[str, tuple[str, str]] = {
    "an unknown id": ("nope --keep asana", "no conflict 'nope'"),
    "no wish": ("ID", "what is to be kept"),
    "two wishes": ("ID --keep asana --value x", "what is to be kept"),
    "another space": ("ID --keep calendar", "'calendar' has no part in this conflict"),
    "an empty title": ("ID --value=", "cannot be empty"),
    "another community": ("ID --keep asana -c other", "no community 'other'"),
    "no id": ("--keep asana", "Missing argument 'ID'"),
}


def test_what_cannot_be_decided_changes_nothing(desk: Desk) -> None:
    gid = quarrel(desk)
    (conflict,) = listed(desk)
    before = desk.memory()
    for call, words in WRONG.values():
        answer = desk.here("conflicts", "resolve", *call.replace("ID", conflict["id"]).split(), "--json")
        told = error(answer)
        assert words in told["message"]
        assert told["mend"]
    assert "Did you mean 'resolve'" in desk.here("conflicts", "resolv", "x").err
    assert desk.memory() == before
    assert (title(desk, gid), desk.todos()) == ("Plan the \u202espring", ["Plan the autumn [bold]now[/]"])
    desk.world.asana_delete(gid, next(iter(desk.world.places.asana_users)))
    desk.world.basecamp_trash(_todo(desk), next(iter(desk.world.places.basecamp_people)))
    desk.here("sync")
    gone = error(desk.here("conflicts", "resolve", conflict["id"], "--keep", "asana", "--json"))
    assert "was deleted since" in gone["message"]
    assert listed(desk, "--open") == []


def _todo(desk: Desk) -> int:
    return next(one.id for one in desk.world.basecamp.recordings.values() if desk.is_ours(one))


def test_a_decision_waits_for_no_other_run(desk: Desk) -> None:
    quarrel(desk)
    (conflict,) = listed(desk)
    armed = desk.world.faults["asana"].add(Fault("GET", rf"project={desk.asana}", "hold"))
    first = desk.start("sync", "--full", "--json")
    assert armed.reached.wait(30)
    refused = desk.here("conflicts", "resolve", conflict["id"], "--keep", "asana", "--json")
    mistaken = desk.here("conflicts", "resolve", conflict["id"], "--keep", "nobody", "--json")
    armed.release()
    desk.end(first)
    assert refused.status == 4
    assert "Another run holds this community" in fits(refused.json, shapes.ERROR)["error"]["message"]
    assert error(mistaken)["mend"]
    assert len(listed(desk, "--open")) == 1


def test_options_may_stand_before_the_word_resolve(desk: Desk) -> None:
    quarrel(desk)
    (conflict,) = listed(desk)
    answer = desk.here("conflicts", "--json", "--community", "other", "resolve", conflict["id"], "--keep", "asana")
    assert "no community 'other'" in error(answer)["message"]
    answer = desk.here("conflicts", "--json", "resolve", conflict["id"], "--keep", "asana")
    assert fits(answer.json, shapes.REPORT)["decided"]["keep"] == "asana"


@pytest.mark.parametrize("keep", ["asana", "basecamp"])
def test_edited_here_and_deleted_there(desk: Desk, keep: str) -> None:
    gids = {name: desk.task(name) for name in ("One", "Two", "Three", "Four", "Plan")}
    assert desk.here("sync").status == 0
    desk.rename(gids["Plan"], "Plan more")
    desk.world.basecamp.admit(desk.basecamp, next(iter(desk.world.places.basecamp_people.values())))
    todo = next(
        one.id for one in desk.world.basecamp.recordings.values() if desk.is_ours(one) and one.content == "Plan"
    )
    desk.world.basecamp_trash(todo, next(iter(desk.world.places.basecamp_people)))
    assert desk.here("sync").status == 0
    (conflict,) = listed(desk)
    assert (conflict["field"], conflict["state"]) == ("deleted", "kept by policy")
    assert "kept, because it was edited elsewhere" in desk.here("conflicts").out
    assert desk.here("conflicts", "resolve", conflict["id"], "--keep", keep).status == 0
    assert ("Plan more" in desk.todos()) == (keep == "asana")
    assert len(desk.todos()) == (5 if keep == "asana" else 4)
    assert desk.here("sync", "--full", "--json").json["steps"] == []
