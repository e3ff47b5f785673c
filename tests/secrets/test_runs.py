"""Tokens that end in the middle of a run: nothing is lost, nothing doubled, and the other tools go on."""

from __future__ import annotations

import json
from typing import Any

from sandbox.basecamp.records import Todo
from sandbox.faults import Fault
from tests.secrets.cage import Cage

TITLES = [f"Prepare session {number}" for number in range(3)]


def todos(cage: Cage) -> list[str]:
    held = (one for one in cage.world.basecamp.recordings.values() if isinstance(one, Todo) and one.status == "active")
    return sorted(one.content for one in held)


def interrupted(cage: Cage, tool: str, what: Any) -> tuple[int, Any]:
    """Sync, do something while the first create waits to be carried out, and return the status and the report."""
    held = cage.world.faults["basecamp"].add(Fault("POST", r"/todos\.json", "hold"))
    process = cage.start("sync", "--json")
    assert held.reached.wait(60)
    what()
    held.remove()
    status = cage.ended(process, "sync", "--json")
    return status, json.loads(cage.out)


def spaces(report: Any) -> dict[str, Any]:
    return {one["space"]: one for one in report["spaces"]}


def test_a_token_that_ends_in_the_middle_is_renewed_and_nothing_is_doubled(cage: Cage) -> None:
    service = cage.world.sign_in["basecamp"]
    status, report = interrupted(cage, "basecamp", service.expire_access)
    assert (status, report["state"]) == (0, "done"), report
    assert todos(cage) == TITLES
    assert service.renewals == 2
    assert cage.here("sync", "--json") == 0


def test_h30_a_sign_in_that_is_revoked_in_the_middle(cage: Cage) -> None:
    service = cage.world.sign_in["basecamp"]
    status, report = interrupted(cage, "basecamp", service.revoke)
    assert status == 3, report
    found = spaces(report)
    assert "copsync connect basecamp" in found["basecamp"]["message"]
    assert found["asana"]["state"] == "ok"
    asked = [path for _, path, _ in service.requests].count("/authorization/token")
    assert asked <= 3, "no storm of renewals"
    before = len(service.requests)
    assert cage.here("sync", "--json") == 3
    assert len(service.requests) - before <= 2
    service.adopt(cage.secret("BASECAMP_REFRESH"), cage.world.basecamp.tokens[cage.world.token("basecamp", None)])
    assert cage.here("sync", "--json") == 0
    assert todos(cage) == TITLES
    assert cage.leaks() == {}
