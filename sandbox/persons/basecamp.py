"""What members do in Basecamp. Its PUT replaces the whole thing, so edits read first, as the web pages do."""

import re
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any

from sandbox.persons.wire import Wire, only

_BREAKS = re.compile(r"<br\s*/?>|</(?:div|h1|li|blockquote|pre)>")
_TAGS = re.compile(r"<[^>]+>")


class BasecampPersons(Wire):
    """Edits made and lists read in Basecamp; fields have Basecamp's names, people are members' keys."""

    def basecamp_create(self, person: str, list_name: str, content: str, **fields: Any) -> int:
        """Write a to-do on a list, given by name, and return its id. `assignees` are members."""
        path = f"/todolists/{self.places.basecamp_lists[list_name]}/todos.json"
        body = {"content": content, **self._basecamp_fields(fields)}
        made: int = self._basecamp(person, "POST", path, body)["id"]
        return made

    def basecamp_edit(self, todo: int, person: str, **fields: Any) -> None:
        """Change fields of a to-do; None clears one. `assignees` are members."""
        path = f"/todos/{todo}.json"
        now = self._basecamp(person, "GET", path)
        body = {
            "content": now["content"],
            "description": now["description"],
            "assignee_ids": [someone["id"] for someone in now["assignees"]],
            "completion_subscriber_ids": [someone["id"] for someone in now["completion_subscribers"]],
            "due_on": now["due_on"],
            "starts_on": now["starts_on"],
            **self._basecamp_fields(fields),
        }
        self._basecamp(person, "PUT", path, {key: value for key, value in body.items() if value is not None})

    def basecamp_complete(self, todo: int, person: str, *, completed: bool = True) -> None:
        """Tick a to-do off, or take the tick back."""
        self.send("basecamp", person, "POST" if completed else "DELETE", f"/todos/{todo}/completion.json")

    def basecamp_move(self, todo: int, person: str, list_name: str) -> None:
        """Move a to-do to the top of another list."""
        body = {"position": 1, "parent_id": self.places.basecamp_lists[list_name]}
        self.send("basecamp", person, "PUT", f"/todos/{todo}/position.json", json=body)

    def basecamp_trash(self, recording: int, person: str) -> None:
        """Put a to-do or an entry into the trash."""
        self.send("basecamp", person, "PUT", f"/recordings/{recording}/status/trashed.json", json={})

    def basecamp_restore(self, recording: int, person: str) -> None:
        """Take a to-do or an entry out of the trash."""
        self.send("basecamp", person, "PUT", f"/recordings/{recording}/status/active.json", json={})

    def basecamp_entry_create(self, person: str, summary: str, start: date, end: date, **fields: Any) -> int:
        """Put an entry on the schedule and return its id; two days (end exclusive) make it last all day."""
        body = {"summary": summary, **span(start, end), **fields}
        made: int = self._basecamp(person, "POST", self._entries, body)["id"]
        return made

    def basecamp_entry_edit(self, entry: int, person: str, **fields: Any) -> None:
        """Change fields of a schedule entry; `start` with `end` reschedule it."""
        path = f"/schedule_entries/{entry}.json"
        now = self._basecamp(person, "GET", path)
        kept = {name: now[name] for name in ("summary", "description", "all_day", "starts_at", "ends_at")}
        if "start" in fields:
            kept |= span(fields.pop("start"), fields.pop("end"))
        self._basecamp(person, "PUT", path, {**kept, **fields})

    def basecamp_todos(self) -> list[dict[str, Any]]:
        """Return every active to-do of the project's lists, open and done, in plain words for comparison."""
        found: list[dict[str, Any]] = []
        for todolist in self._pages(f"/todosets/{self.places.basecamp_todoset}/todolists.json"):
            for query in ("", "?completed=true"):
                rows = self._pages(f"/todolists/{todolist['id']}/todos.json{query}")
                found += [_plain_todo(row, todolist["name"]) for row in rows]
        return found

    def basecamp_todo(self, title: str) -> dict[str, Any]:
        """Return the one to-do of that title, whatever its case and white space."""
        return only(self.basecamp_todos(), title)

    def basecamp_entries(self) -> list[dict[str, Any]]:
        """Return every active schedule entry in plain words; the end of all-day entries is exclusive."""
        return [_plain_entry(row) for row in self._pages(self._entries)]

    @property
    def _entries(self) -> str:
        return f"/schedules/{self.places.basecamp_schedule}/entries.json"

    def _pages(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        following: str | None = path
        while following:
            answer = self.send("basecamp", None, "GET", following)
            rows += answer.json()
            following = answer.links.get("next", {}).get("url")
        return rows

    def _basecamp(self, person: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer: dict[str, Any] = self.send("basecamp", person, method, path, json=body).json()
        return answer

    def _basecamp_fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        if "assignees" not in fields:
            return fields
        ids = [self.places.basecamp_people[key] for key in fields["assignees"]]
        return {**{key: value for key, value in fields.items() if key != "assignees"}, "assignee_ids": ids}


def span(start: date, end: date) -> dict[str, Any]:
    """Return Basecamp's fields for a span; the last day of an all-day entry is inclusive there."""
    if isinstance(start, datetime):
        return {"all_day": False, "starts_at": start.isoformat(), "ends_at": end.isoformat()}
    last = end - timedelta(days=1)
    return {"all_day": True, "starts_at": start.isoformat(), "ends_at": last.isoformat()}


def _text(html: str | None) -> str:
    return unescape(_TAGS.sub("", _BREAKS.sub("\n", html or ""))).strip()


def _plain_todo(row: dict[str, Any], list_name: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "title": row["content"],
        "notes": _text(row["description"]),
        "html": row["description"],
        "due": row["due_on"],
        "due_at": None,
        "start": row["starts_on"],
        "done": row["completed"],
        "assignees": sorted(someone["email_address"] for someone in row["assignees"]),
        "tags": [],
        "list": list_name,
        "kind": "task",
        "steps": len(row.get("steps", ())),
    }


def _plain_entry(row: dict[str, Any]) -> dict[str, Any]:
    start, end = row["starts_at"], row["ends_at"]
    if row["all_day"]:
        end = (date.fromisoformat(end) + timedelta(days=1)).isoformat()
    else:
        start, end = (_instant(text) for text in (start, end))
    return {
        "id": row["id"],
        "title": row["summary"],
        "notes": _text(row["description"]),
        "html": row["description"],
        "start": start,
        "end": end,
        "all_day": row["all_day"],
        "location": "",
    }


def _instant(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%SZ")
