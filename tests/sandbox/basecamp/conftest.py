"""One stand-in per test, served for real on a loopback port and held against the published description."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from sandbox.basecamp import BasecampState, create_app
from sandbox.basecamp.records import Recording
from sandbox.server import serve
from tests.conformance.basecamp import Conforming, conforming
from tests.conformance.basecamp_description import missing_description

Json = dict[str, Any]


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.at = datetime(2026, 6, 1, 9, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class World:
    """A community on the stand-in: Ada is an admin, Ben a member, Cleo a client, Dora not on the project."""

    state: BasecampState
    clock: Clock
    url: str
    checker: Conforming | None
    ids: dict[str, int]
    project: int
    list: int
    _clients: dict[str, httpx.Client] = field(default_factory=dict)

    def as_(self, name: str) -> httpx.Client:
        """A client that acts as somebody."""
        if name not in self._clients:
            headers = {
                "Authorization": f"Bearer {name}-token",
                "User-Agent": "Tests (tests@example.org)",
                "Accept": "application/json",
            }
            self._clients[name] = httpx.Client(base_url=self.url, headers=headers, trust_env=False)
        return self._clients[name]

    def get(self, path: str, *, by: str = "ada", **query: Any) -> Any:
        answer = self.as_(by).get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, *, by: str = "ada", **body: Any) -> Any:
        answer = self.as_(by).post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def put(self, path: str, *, by: str = "ada", **body: Any) -> Any:
        answer = self.as_(by).put(path, json=body)
        assert answer.status_code in (200, 204), answer.text
        return answer.json() if answer.content else None

    def command(self, method: str, path: str, *, by: str = "ada") -> None:
        answer = self.as_(by).request(method, path)
        assert answer.status_code == 204, answer.text
        assert answer.content == b""

    def status(self, method: str, path: str, *, by: str = "ada", **options: Any) -> int:
        return self.as_(by).request(method, path, **options).status_code

    def todo(self, content: str = "Write the agenda", **fields: Any) -> Json:
        made: Json = self.post(f"/todolists/{self.list}/todos.json", content=content, **fields)
        return made

    def entry(self, **fields: Any) -> Json:
        timed = {"starts_at": "2026-06-10T09:00:00Z", "ends_at": "2026-06-10T10:00:00Z"}
        body = {"summary": "Meet-up", **timed, **fields}
        made: Json = self.post(f"/schedules/{self.tool('schedule')}/entries.json", **body)
        return made

    def tool(self, name: str) -> int:
        return self.state.tool(self.project, name).id

    def stored(self, found: Json) -> Recording:
        return self.state.recordings[found["id"]]

    def wrong_on_purpose(self) -> None:
        """Forget the requests sent so far that the description forbids but the service takes."""
        if self.checker is not None:
            self.checker.violations[:] = [v for v in self.checker.violations if v.side == "answer"]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


def _people(state: BasecampState) -> dict[str, int]:
    add = state.add_person
    return {
        "ada": add("Ada Admin", "ada@example.org", token="ada-token", admin=True),
        "ben": add("Ben Berg", "ben@example.org", token="ben-token"),
        "cleo": add("Cleo Client", "cleo@example.org", token="cleo-token", client=True),
        "dora": add("Dora Damm", "dora@example.org", token="dora-token"),
    }


@pytest.fixture
def world() -> Iterator[World]:
    clock = Clock()
    state = BasecampState(now=clock)
    state.rate_limit = None
    ids = _people(state)
    project = state.add_project("Data Practice", people=[ids["ada"], ids["ben"], ids["cleo"]])
    todolist = state.add_list(project, "Autumn")
    app: ASGIApp = create_app(state)
    checker = conforming(app) if missing_description() is None else None
    with serve({"basecamp": checker or app}) as urls:
        found = World(state, clock, urls["basecamp"], checker, ids, project, todolist)
        yield found
        found.close()
    if checker is not None:
        # A request that was refused may well have been wrong: that is what these tests try.
        wrong = [v for v in checker.violations if v.side == "answer" or v.status < 400]
        assert checker.checked > 0
        assert [str(v) for v in wrong] == []
