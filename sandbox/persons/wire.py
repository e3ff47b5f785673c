"""Sends one person's requests to one tool and hands back parsed answers."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx

USER_AGENT = "copsync sandbox (sandbox@example.org)"
"""Basecamp refuses requests that do not say who asks (Basecamp: Identifying your application)."""


class PersonRefusedError(RuntimeError):
    """A tool refused what a person tried; `status` and the answer's text say why."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        request = answer.request
        super().__init__(f"{request.method} {request.url.path}: {answer.status_code} {answer.text[:500]}")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the community lives in the tools, as their ids name it.

    Attributes:
        asana_project: gid.
        asana_sections: gid by section name.
        asana_users: gid by member.
        basecamp_project: id of the project.
        basecamp_lists: id by name of the to-do list.
        basecamp_todoset: id of the to-do set.
        basecamp_schedule: id of the schedule.
        basecamp_people: id by member.
        mailbox: address of the shared mailbox.
    """

    asana_project: str
    asana_sections: Mapping[str, str]
    asana_users: Mapping[str, str]
    basecamp_project: int
    basecamp_lists: Mapping[str, int]
    basecamp_todoset: int
    basecamp_schedule: int
    basecamp_people: Mapping[str, int]
    mailbox: str


class Wire(ABC):
    """What the persons of each tool need from the world they live in."""

    places: Places
    zone: ZoneInfo

    @abstractmethod
    def token(self, tool: str, person: str | None) -> str:
        """Return a person's token for a tool; None is copsync's own account."""

    @abstractmethod
    def email(self, person: str) -> str:
        """Return the address of a member given by key (an address is returned as it is)."""

    @abstractmethod
    def client(self, tool: str) -> httpx.Client:
        """Return the client whose base URL is the tool's API."""

    def send(
        self,
        tool: str,
        person: str | None,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request as a person.

        Raises:
            PersonRefusedError: the tool answered with an error.
            httpx.TransportError: a fault cut the connection.
        """
        mine = {"Authorization": f"Bearer {self.token(tool, person)}", "User-Agent": USER_AGENT}
        answer = self.client(tool).request(method, path, json=json, params=params, headers={**mine, **(headers or {})})
        if not answer.is_success:
            raise PersonRefusedError(answer)
        return answer


def fold(title: str) -> str:
    """Return a title as people compare titles: without regard to case and white space."""
    return " ".join(title.split()).casefold()


def only(found: list[dict[str, Any]], title: str) -> dict[str, Any]:
    """Return the one item of that title.

    Raises:
        LookupError: there is none, or more than one.
    """
    same = [item for item in found if fold(item["title"]) == fold(title)]
    if len(same) != 1:
        raise LookupError(f"{len(same)} items are called {title!r}, not one")
    return same[0]
