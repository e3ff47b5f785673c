"""People at their desks: each works in Asana over HTTP with a token of their own."""

import json
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sandbox.asana import AsanaState

JSON = {"Content-Type": "application/json"}
# One for all clients: making one costs more than a request, and loopback needs none.
TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 30, 0, 123_456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **time: float) -> None:
        self.time += timedelta(**time)


class Desk:
    """One person's client: ``data`` for what must work, ``refused`` for what must not."""

    def __init__(self, base_url: str, token: str, gid: str) -> None:
        self.gid = gid
        headers = {"Authorization": f"Bearer {token}"}
        self.client = httpx.Client(base_url=base_url, headers=headers, verify=TLS)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        content = None if body is None else json.dumps({"data": body})
        return self.client.request(method, path, content=content, headers=JSON, params=query)

    def data(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = self.call(method, path, body, **query)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["data"]

    def get(self, path: str, **query: Any) -> Any:
        return self.data("GET", path, **query)

    def post(self, path: str, **fields: Any) -> Any:
        return self.data("POST", path, fields)

    def put(self, path: str, **fields: Any) -> Any:
        return self.data("PUT", path, fields)

    def task(self, project: str, name: str = "Write minutes", **fields: Any) -> str:
        gid: str = self.post("/tasks", name=name, projects=[project], **fields)["gid"]
        return gid

    def refused(self, status: int, method: str, path: str, body: Any = None, **query: Any) -> str:
        answer = self.call(method, path, body, **query)
        assert answer.status_code == status, answer.text
        (error,) = answer.json()["errors"]
        assert error["help"].startswith("For more information on API status codes")
        assert answer.headers["content-type"] == "application/json; charset=UTF-8"
        message: str = error["message"]
        return message


class Office:
    """A workspace being served: its state, its clock, two colleagues and a project."""

    def __init__(self, state: AsanaState, clock: Clock, base_url: str) -> None:
        self.state = state
        self.clock = clock
        self.base_url = base_url
        self.desks: list[Desk] = []
        self.ada = self.join("Ada Okafor", "ada@example.org")
        self.bo = self.join("Bo Lindqvist", "bo@example.org")
        self.project = state.add_project("Data practice")
        self.section = state.projects[self.project].sections[0].gid

    def join(self, name: str, email: str, *, guest: bool = False) -> Desk:
        token = f"token-of-{email}"
        gid = self.state.add_user(name, email, token=token, guest=guest)
        self.desks.append(Desk(self.base_url, token, gid))
        return self.desks[-1]

    def leave(self) -> None:
        for desk in self.desks:
            desk.client.close()
