"""The checker of Asana's description tells what is wrong, on either side, and nothing else."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.asana import AsanaState, create_app
from sandbox.asana.app import ROUTES
from tests.conformance.asana import PREFIX, Conforming, checker, conforming, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

TASK: dict[str, Any] = {"gid": "12", "resource_type": "task", "name": "Write minutes"}


class Parrot:
    """Answers every request with the same document."""

    def __init__(self) -> None:
        self.document: Any = {"data": TASK}
        self.status = 200
        self.app = conforming(Starlette(routes=[Route("/{path:path}", self.say, methods=["GET", "POST", "PUT"])]))

    async def say(self, _request: Request) -> Response:
        return JSONResponse(self.document, self.status)


@pytest.fixture
def parrot() -> Parrot:
    return Parrot()


async def sent(app: Conforming, method: str, path: str, body: Any = None, **query: str) -> list[tuple[str, str]]:
    """Send one request in process and return what did not conform."""
    transport = httpx.ASGITransport(app=app)
    headers = {"Authorization": "Bearer x"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers) as client:
        await client.request(method, PREFIX + path, json=body, params=query)
    return [(violation.side, violation.reason) for violation in app.violations]


async def test_what_conforms_is_passed_in_silence(parrot: Parrot) -> None:
    body = {"data": {"name": "x", "assignee": None, "due_on": "2026-03-09", "custom_fields": {"1": 7}}}
    assert await sent(parrot.app, "PUT", "/tasks/12", body, opt_fields="assignee.email,external.gid") == []
    parrot.document["data"] = {**TASK, "assignee": None, "parent": None, "completed_by": None}
    assert await sent(parrot.app, "GET", "/tasks/12") == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"data": {"nme": "x"}}, "body.data.nme"),
        ({"data": {"due_on": "2026-02-30"}}, "'2026-02-30' is not a 'date'"),
        ({"data": {"modified_at": "2026-03-02T09:30:00Z"}}, "read-only"),
        ({"data": {"memberships": []}}, "read-only"),
        ({"data": {"completed": "yes"}}, "'yes' is not of type 'boolean'"),
        ({"date": {"name": "x"}}, "body.date"),
    ],
)
async def test_a_bad_request_is_told(parrot: Parrot, body: Any, reason: str) -> None:
    ((side, told),) = await sent(parrot.app, "PUT", "/tasks/12", body)
    assert side == "request"
    assert reason in told


@pytest.mark.parametrize(
    ("path", "query", "reason"),
    [
        ("/tasks/12", {"opt_fields": "nme"}, "'nme' is not one of"),
        ("/tasks/12", {"opt_field": "name"}, "opt_field is not documented"),
        ("/tasks", {"limit": "500"}, "500 is greater than the maximum"),
        ("/tasks", {"modified_since": "yesterday"}, "'yesterday' is not a 'date-time'"),
        ("/task/12", {}, "no such operation"),
    ],
)
async def test_a_bad_query_is_told(parrot: Parrot, path: str, query: dict[str, str], reason: str) -> None:
    parrot.document = {"data": [TASK]} if path == "/tasks" else parrot.document
    ((side, told),) = await sent(parrot.app, "GET", path, **query)
    assert side == "request"
    assert reason in told


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"gid": 12}, "12 is not of type 'string'"),
        ({"due_on": "soon"}, "'soon' is not a 'date'"),
        ({"assignee": {"gid": 7}}, "{'gid': 7} is not valid under any of the given schemas"),
        ({"resource_subtype": "chore"}, "'chore' is not one of"),
        ({"titel": "x"}, "answer.data.titel"),
        ({"memberships": [{"section": {"nme": "x"}}]}, "answer.data.memberships[0].section.nme"),
    ],
)
async def test_a_bad_answer_is_told(parrot: Parrot, wrong: dict[str, Any], reason: str) -> None:
    parrot.document = {"data": {**TASK, **wrong}}
    ((side, told),) = await sent(parrot.app, "GET", "/tasks/12")
    assert side == "answer"
    assert reason in told


async def test_items_of_a_list_are_held_to_the_full_record(parrot: Parrot) -> None:
    parrot.document = {"data": [{**TASK, "due_at": "soon"}], "next_page": None}
    ((side, told),) = await sent(parrot.app, "GET", "/tasks")
    assert side == "answer"
    assert "'soon' is not a 'date-time'" in told


async def test_an_undocumented_status_is_told_and_a_limit_is_not(parrot: Parrot) -> None:
    parrot.document = {"errors": [{"message": "x", "help": "y"}]}
    parrot.status = 429
    assert await sent(parrot.app, "GET", "/tasks/12") == []
    parrot.status = 418
    assert [side for side, _ in await sent(parrot.app, "GET", "/tasks/12")] == ["answer"]


async def test_refused_requests_can_be_left_out(parrot: Parrot) -> None:
    parrot.document, parrot.status = {"errors": [{"message": "x"}]}, 400
    await sent(parrot.app, "PUT", "/tasks/12", {"data": {"nme": "x"}})
    assert len(parrot.app.violations) == 1
    assert parrot.app.unrefused() == []


async def test_the_body_reaches_the_app_whole() -> None:
    state = AsanaState()
    ada = state.add_user("Ada Okafor", "ada@example.org", token="x")
    project = state.add_project("Data practice")
    app = conforming(create_app(state))
    body = {"data": {"name": "x" * 100_000, "projects": [project]}}
    assert await sent(app, "POST", "/tasks", body) == []
    (task,) = state.tasks.values()
    assert (len(task.name), task.created_by) == (100_000, state.users[ada])


def test_everything_the_stand_in_serves_is_documented() -> None:
    known = checker()
    undocumented = [(method, path) for method, path, _ in ROUTES if not known.documents(method, path)]
    assert undocumented == []
    assert not known.documents("GET", "/nowhere")
