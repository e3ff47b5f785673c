"""A served stand-in, its clock, and short ways to speak to it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sandbox.microsoft365 import GraphState

MAILBOX = "data-practice@example.org"
BERLIN = "W. Europe Standard Time"
PROPERTY = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name copsyncId"
Json = dict[str, Any]

# Paths the service has and the description leaves out.
UNDESCRIBED = re.compile(r"/calendar/(events/.+|calendarView/delta(\(\))?)$")


@dataclass
class Clock:
    """A clock that moves when told to."""

    now: datetime = datetime(2026, 3, 2, 9, 0, 0, 123456, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Graph:
    """The served stand-in; requests go out with the app's token unless told otherwise."""

    state: GraphState
    url: str
    http: httpx.Client
    clock: Clock
    user: str = field(default=f"/users/{MAILBOX}")

    def call(self, method: str, path: str, *, prefer: str | None = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": "Bearer app", **more.pop("headers", {})}
        if prefer:
            headers["Prefer"] = prefer
        url = path if path.startswith("http") else self.url + path
        return self.http.request(method, url, headers=headers, **more)

    def get(self, path: str, **more: Any) -> Json:
        answer = self.call("GET", path if path.startswith(("http", "/users")) else self.user + path, **more)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def create(self, body: Json, path: str = "/events", **more: Any) -> Json:
        answer = self.call("POST", self.user + path, json=body, **more)
        assert answer.status_code == 201, answer.text
        found: Json = answer.json()
        return found

    def patch(self, event: Json, body: Json, **more: Any) -> Json:
        answer = self.call("PATCH", f"{self.user}/events/{event['id']}", json=body, **more)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def delete(self, event: Json, **more: Any) -> None:
        answer = self.call("DELETE", f"{self.user}/events/{event['id']}", **more)
        assert (answer.status_code, answer.content) == (204, b"")

    def refused(self, method: str, path: str, **more: Any) -> tuple[int, str]:
        answer = self.call(method, path if path.startswith("http") else self.user + path, **more)
        assert answer.status_code >= 400, answer.text
        return answer.status_code, answer.json()["error"]["code"]


def at(text: str, zone: str = BERLIN) -> Json:
    """A dateTimeTimeZone."""
    return {"dateTime": text, "timeZone": zone}


def event(subject: str = "Gathering", start: str = "2026-03-10T17:00:00", **more: Any) -> Json:
    """The body of an event of one hour."""
    end = (datetime.fromisoformat(start) + timedelta(hours=1)).isoformat()
    return {"subject": subject, "start": at(start), "end": at(end), **more}


def all_day(first: str, after: str, zone: str = BERLIN, **more: Any) -> Json:
    """The body of an all-day event; ``after`` is the day after its last."""
    return {"isAllDay": True, "start": at(f"{first}T00:00:00", zone), "end": at(f"{after}T00:00:00", zone), **more}


def weekly(start: str = "2026-03-10", days: tuple[str, ...] = ("tuesday",), **limits: Any) -> Json:
    """A weekly recurrence without an end, or with the given range."""
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": list(days), "firstDayOfWeek": "monday"}
    return {"pattern": pattern, "range": {"type": "noEnd", "startDate": start, **limits}}


def window(start: str, end: str) -> str:
    """The query of a calendar view from one day to another, in UTC."""
    return f"startDateTime={start}T00:00:00Z&endDateTime={end}T00:00:00Z"
