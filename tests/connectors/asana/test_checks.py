"""What an admin gets to hear, and what settings are refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.asana import TOOL
from connectors.asana.connection import AsanaConnection, limits_of
from connectors.asana.options import ConnectionOptions, SpaceOptions
from connectors.contract import ConnectionSetup, Finding, Person
from connectors.http import Limits
from connectors.registry import tool
from domain.errors import ConfigProblem, Paused
from sandbox.faults import Fault
from tests.connectors.asana.world import TOKEN, World, setup_of


def only(findings: Any) -> Finding:
    (finding,) = findings
    assert isinstance(finding, Finding)
    return finding


async def test_a_good_connection_says_who_it_is(world: World) -> None:
    async with world.connection() as connection:
        finding = only(await connection.check())
    assert finding.level == "ok"
    assert "Copsync Bot (bot@example.org)" in finding.message
    assert "Example community" in finding.message


async def test_a_wrong_token_is_explained(world: World) -> None:
    async with world.connection(token="2/wrong-token") as connection:
        space = connection.space(setup_of(world.project))
        for finding in (only(await connection.check()), only(await space.check())):
            assert finding.level == "error"
            assert "401" in finding.message
            assert "personal access token" in finding.mend
            assert "wrong-token" not in finding.message


async def test_a_service_that_is_down_is_explained(world: World) -> None:
    world.faults.add(Fault("GET", r"/users/me", "status", status=503, times=None))
    async with world.connection() as connection:
        finding = only(await connection.check())
    assert finding.level == "error"
    assert "token" not in finding.mend


async def test_a_good_project_is_ok(world: World) -> None:
    async with world.space() as space:
        finding = only(await space.check())
    assert (finding.level, "Data Practice" in finding.message) == ("ok", True)


@pytest.mark.parametrize("status", [403, 404])
async def test_a_project_out_of_reach_is_explained(world: World, status: int) -> None:
    world.state.denied_status = status
    world.state.withdraw(world.project, world.bot)
    async with world.space() as space:
        finding = only(await space.check())
    assert finding.level == "error"
    assert "as editor" in finding.mend


async def test_a_wrong_project_number_is_explained(world: World) -> None:
    async with world.space("1") as space:
        finding = only(await space.check())
    assert finding.level == "error"
    assert "`project`" in finding.mend


async def test_an_archived_project_is_explained(world: World) -> None:
    world.state.archive_project(world.project)
    async with world.space() as space:
        finding = only(await space.check())
    assert (finding.level, "archive" in finding.mend) == ("error", True)


@pytest.mark.parametrize("access", ["commenter", "viewer"])
async def test_an_account_that_may_not_write_is_told(world: World, access: Any) -> None:
    world.state.add_member(world.project, world.bot, access=access)
    async with world.space() as space:
        ok, finding = await space.check()
    assert (ok.level, finding.level) == ("ok", "error")
    assert access in finding.message
    assert "editor" in finding.mend


async def test_memberships_that_cannot_be_read_are_a_warning(world: World) -> None:
    refusal = '{"errors": [{"message": "Forbidden"}]}'
    world.faults.add(Fault("GET", r"/project_memberships", "status", status=403, body=refusal))
    async with world.space() as space:
        assert [finding.level for finding in await space.check()] == ["ok", "warning"]


async def test_hidden_addresses_are_told_with_the_way_around(world: World) -> None:
    world.state.hide_emails = True
    async with world.space() as space:
        _, finding = await space.check()
        people = await space.people()
    assert finding.level == "warning"
    assert "Ada Okafor" in finding.message
    assert "[[communities.members]]" in finding.mend
    assert {person.id: person.email for person in people}[world.ada] is None


async def test_a_plan_that_does_not_include_something_is_told(world: World) -> None:
    refusal = '{"errors": [{"message": "Payment Required"}]}'
    world.faults.add(Fault("GET", r"/projects/", "status", status=402, body=refusal))
    async with world.space() as space:
        finding = only(await space.check())
    assert (finding.level, "402" in finding.message, "plan" in finding.mend) == ("error", True, True)


async def test_people_are_those_of_the_workspace(world: World) -> None:
    async with world.space() as space:
        people = await space.people()
        assert set(people) == {
            Person(world.bot, "Copsync Bot", "bot@example.org"),
            Person(world.ada, "Ada Okafor", "ada@example.org"),
        }
        world.state.withdraw(world.project, world.bot)
    async with world.space() as space:
        with pytest.raises(Paused):
            await space.people()


async def test_discovery_names_the_projects_and_their_key(world: World) -> None:
    other = world.state.add_project("Archive", members=[world.bot])
    world.state.archive_project(other)
    async with world.connection() as connection:
        (container,) = await connection.discover()
    assert (container.id, container.name) == (world.project, "Data Practice (Example community)")
    assert SpaceOptions.model_validate({container.key: container.id}).project == world.project


async def test_requests_are_counted(world: World) -> None:
    async with world.connection() as connection:
        assert (connection.requests, connection.clock_offset) == (0, None)
        await connection.check()
        assert connection.requests == 1
        assert TOKEN not in repr(connection)


@pytest.mark.parametrize("token", [None, SecretStr(""), SecretStr("  ")])
def test_a_missing_token_is_a_setting_to_mend(token: SecretStr | None) -> None:
    setup = ConnectionSetup("asana", "https://app.asana.com/api/1.0", token, ConnectionOptions())
    with pytest.raises(ConfigProblem, match="ASANA_TOKEN"):
        AsanaConnection(setup)


def test_credentials_do_not_go_out_in_the_clear() -> None:
    setup = ConnectionSetup("asana", "http://app.example.org/api/1.0", SecretStr(TOKEN), ConnectionOptions())
    with pytest.raises(ConfigProblem, match="https"):
        AsanaConnection(setup)


def test_a_project_may_be_written_as_a_number() -> None:
    assert SpaceOptions(project=1203).project == "1203"  # type: ignore[arg-type]  # as TOML has it
    assert SpaceOptions(project="1203").project == "1203"


@pytest.mark.parametrize("options", [{}, {"project": "a/b"}, {"project": True}, {"project": "1", "secton": "x"}])
def test_wrong_space_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SpaceOptions(**options)


@pytest.mark.parametrize(
    "options", [{"plan": "gold"}, {"external_id": True}, {"limits": {"requests": 0, "seconds": 1}}]
)
def test_wrong_connection_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ConnectionOptions(**options)


def test_the_plan_sets_the_pace_and_limits_override_it() -> None:
    def a_minute(limits: Limits) -> float:
        return limits.requests * 60 / limits.seconds

    paid, free = limits_of(ConnectionOptions()), limits_of(ConnectionOptions(plan="free"))
    assert (a_minute(paid), a_minute(free)) == (1500, 150)
    assert paid.fallback == (free.requests, free.seconds)
    own = ConnectionOptions.model_validate({"limits": {"requests": 10, "seconds": 1.5, "at_once": 3}})
    assert limits_of(own) == Limits(10, 1.5, at_once=3)


def test_the_tool_is_registered() -> None:
    assert tool("asana") is TOOL
    assert TOOL.base_url == "https://app.asana.com/api/1.0"
