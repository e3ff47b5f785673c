"""What an admin is told, with the mend; and who can be named."""

from collections.abc import Sequence
from datetime import date

import pytest
from pydantic import SecretStr

from connectors.basecamp import TOOL
from connectors.basecamp.options import ConnectionOptions, SpaceOptions
from connectors.contract import ConnectionSetup, Container, Finding, Person, SpaceSetup
from domain.errors import ConfigProblem, Paused
from sandbox.basecamp.recurrence import Recurrence
from sandbox.faults import Fault
from tests.connectors.basecamp.conftest import BERLIN, World


def level(found: Sequence[Finding], which: str) -> list[Finding]:
    return [one for one in found if one.level == which]


def setup(base_url: str, token: str | None = "ada-token", **options: object) -> ConnectionSetup:
    secret = SecretStr(token) if token is not None else None
    return ConnectionSetup("basecamp", base_url, secret, ConnectionOptions.model_validate(options))


async def test_an_admins_token_has_nothing_to_mend(world: World) -> None:
    found = await world.connection().check()
    assert [one.level for one in found] == ["ok"]
    assert "Ada Admin" in found[0].message


async def test_a_member_is_told_that_emails_are_hidden(world: World) -> None:
    [warning] = level(await world.connection(by="ben").check(), "warning")
    assert "e-mail" in warning.message
    assert "administrator" in warning.mend
    assert "members" in warning.mend


async def test_a_wrong_token_is_named(world: World) -> None:
    [error] = await world.connection(by="nobody").check()
    assert error.level == "error"
    assert "token" in error.mend


async def test_an_inactive_account_and_a_wrong_number_are_told_apart(world: World) -> None:
    world.state.account_active = False
    [inactive] = await world.connection().check()
    assert "Account Inactive" in inactive.message
    world.state.account_active = True
    same_pace = {"requests": 10_000, "seconds": 1, "at_once": 4}
    connection = TOOL.connect(setup(world.url.replace(str(world.state.account), "42"), limits=same_pace))
    [wrong] = await connection.check()
    await connection.aclose()
    assert (wrong.level, "account number" in wrong.mend) == ("error", True)


async def test_a_tool_that_cannot_be_reached_is_a_finding(world: World) -> None:
    world.faults.add(_broken())
    [error] = await world.connection().check()
    assert error.level == "error"
    assert error.mend
    found = await world.connector().check()
    assert level(found, "error")


async def test_a_project_in_order(world: World) -> None:
    found = await world.connector().check()
    assert not level(found, "error") + level(found, "warning")
    assert "“Data Practice”" in found[0].message
    assert "“Deadlines” and “Tasks”" in found[1].message
    world.add_list("Deadlines")
    world.add_list("tasks")
    assert len(await world.connector().check()) == 1


async def test_repeating_entries_are_counted(world: World) -> None:
    for _ in range(2):
        world.entry(recurrence=Recurrence("every_week", date(2026, 6, 10), None))
    world.entry()
    told = [one.message for one in level(await world.connector().check(), "ok")]
    assert [one for one in told if one.startswith("2 repeating")]


async def test_a_client_is_warned(world: World) -> None:
    [warning] = level(await world.connector("cleo").check(), "warning")
    assert "client" in warning.message


@pytest.mark.parametrize(
    ("what", "says", "mend"),
    [
        ("unknown", "no project 4711", "`project`"),
        ("withdrawn", "no project", "add the user"),
        ("archived", "is archived", "Bring it back"),
        ("trashed", "in the trash", "Bring it back"),
        ("no todoset", "To-dos switched off", "Change tools"),
        ("no schedule", "Schedule switched off", "events = false"),
        ("wrong todoset", "no To-dos with the id 99", "Set `todoset` to one of"),
        ("inactive", "not active", "Reactivate"),
    ],
)
async def test_each_trouble_of_a_project_has_its_mend(world: World, what: str, says: str, mend: str) -> None:
    options: dict[str, int] = {"unknown": {"project": 4711}, "wrong todoset": {"todoset": 99}}.get(what, {})
    if what == "withdrawn":
        world.state.withdraw(world.project, world.ids["ada"])
    elif what == "archived":
        world.state.archive_project(world.project)
    elif what == "trashed":
        world.state.trash_project(world.project)
    elif what == "inactive":
        world.state.account_active = False
    elif what.startswith("no "):
        world.state.tool(world.project, what.removeprefix("no ")).enabled = False
    connector = world.connector(**options)
    [error] = level(await connector.check(), "error")
    assert says in error.message
    assert mend in error.mend
    with pytest.raises(Paused) as paused:
        await world.read(connector)
    assert (paused.value.message, paused.value.mend) == (error.message, error.mend)


async def test_forbidden_projects_are_said_to_be_so(world: World) -> None:
    world.faults.add(_forbidden(world.project))
    [error] = await world.connector().check()
    assert "may not read" in error.message


async def test_a_missing_schedule_does_not_matter_without_events(world: World) -> None:
    world.state.tool(world.project, "schedule").enabled = False
    assert not level(await world.connector(events=False).check(), "error")


async def test_several_todosets_need_a_choice(world: World) -> None:
    first = world.state.tool(world.project, "todoset")
    second = world.state.create(
        type(first), world.project, None, world.ids["ada"],
        name="todoset", kind="Todoset", path="todosets", label="More to-dos",
    )  # fmt: skip
    world.state.projects[world.project].dock.append(second.id)
    [error] = level(await world.connector().check(), "error")
    assert f"{first.id}, {second.id}" in error.mend
    world.todo("In the first")
    other = world.state.create(
        type(world.stored(world.autumn)), world.project, second.id, world.ids["ada"], name="More"
    )
    todo = world.todo("In the second", where=other.id)
    connector = world.connector(todoset=second.id)
    assert (await world.read(connector)).ids == [str(todo.id)]


async def test_people_are_those_on_the_project(world: World) -> None:
    assert await world.connector().people() == [
        Person(str(world.ids["ada"]), "Ada Admin", "ada@example.org"),
        Person(str(world.ids["ben"]), "Ben Berg", "ben@example.org"),
        Person(str(world.ids["cleo"]), "Cleo Client", "cleo@example.org"),
    ]


async def test_masked_emails_are_unknown(world: World) -> None:
    people = {person.name: person.email for person in await world.connector("ben").people()}
    assert people == {"Ada Admin": None, "Ben Berg": "ben@example.org", "Cleo Client": None}


async def test_people_of_a_project_out_of_reach_pause(world: World) -> None:
    world.state.withdraw(world.project, world.ids["ada"])
    with pytest.raises(Paused):
        await world.connector().people()


async def test_projects_can_be_discovered(world: World) -> None:
    other = world.state.add_project("Second", people=[world.ids["ada"]])
    world.state.archive_project(world.state.add_project("Old", people=[world.ids["ada"]]))
    assert set(await world.connection().discover()) == {
        Container(str(world.project), "Data Practice", "project"),
        Container(str(other), "Second", "project"),
    }


async def test_the_tool_connects_by_its_settings_and_counts(world: World) -> None:
    connection = TOOL.connect(setup(world.url, contact="ops@example.org", limits={"requests": 100, "seconds": 1}))
    connector = connection.space(
        SpaceSetup("basecamp", "data-practice", BERLIN, SpaceOptions.model_validate({"project": world.project}))
    )
    world.todo()
    outcome = await connector.observe(None, lambda _remotes: None)
    assert outcome.read == 1
    assert connection.requests == len(world.state.requests) > 0
    assert connection.clock_offset is not None
    await connection.aclose()


async def test_connections_of_different_users_share_one_pace(world: World) -> None:
    """Basecamp counts per address, not per token ("Rate limiting")."""
    first = TOOL.connect(setup(world.url, limits={"requests": 100, "seconds": 1}))
    second = TOOL.connect(setup(world.url, token="ben-token", limits={"requests": 200, "seconds": 1}))
    assert (await first.check())[0].level == "ok"
    [error] = await second.check()
    await first.aclose()
    await second.aclose()
    assert "same limits" in error.mend


@pytest.mark.parametrize(
    ("base_url", "token", "where"),
    [
        ("https://3.basecampapi.com", "x", "connections.basecamp.base_url"),
        ("https://3.basecampapi.com/195539477/projects", "x", "connections.basecamp.base_url"),
        ("https://3.basecampapi.com/195539477", None, "connections.basecamp.token"),
        ("http://3.basecampapi.com/195539477", "x", "base_url"),
        ("https://3.basecampapi.com/195539477", "two words", "token"),
    ],
)
def test_settings_that_cannot_work_are_refused(base_url: str, token: str | None, where: str) -> None:
    with pytest.raises(ConfigProblem) as problem:
        TOOL.connect(setup(base_url, token))
    assert problem.value.where == where
    assert problem.value.mend


def _broken() -> Fault:
    return Fault("GET", r".*", "status", status=503, times=None)


def _forbidden(project: int) -> Fault:
    return Fault("GET", rf"/projects/{project}\.json", "status", status=403)
