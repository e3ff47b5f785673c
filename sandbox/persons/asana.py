"""What members do in Asana."""

from typing import Any

from sandbox.persons.wire import Wire, only

_FIELDS = (
    "name,notes,html_notes,completed,due_on,due_at,start_on,start_at,assignee,tags.name,"
    "memberships.project,memberships.section.name,resource_subtype,num_subtasks"
)


class AsanaPersons(Wire):
    """Edits made and lists read in Asana; fields have Asana's names, people are members' keys."""

    def asana_create(self, person: str, *, section: str | None = None, **fields: Any) -> str:
        """Create a task in the community's project and return its gid."""
        data = {"projects": [self.places.asana_project], **self._asana_fields(fields)}
        gid: str = self._asana(person, "POST", "/tasks", data)["gid"]
        if section is not None:
            self.asana_move(gid, person, section)
        return gid

    def asana_edit(self, gid: str, person: str, **fields: Any) -> None:
        """Change fields of a task; only those given."""
        self._asana(person, "PUT", f"/tasks/{gid}", self._asana_fields(fields))

    def asana_complete(self, gid: str, person: str, *, completed: bool = True) -> None:
        """Tick a task off, or take the tick back."""
        self.asana_edit(gid, person, completed=completed)

    def asana_move(self, gid: str, person: str, section: str) -> None:
        """Move a task to a section of the community's project, given by name."""
        target = self.places.asana_sections[section]
        self._asana(person, "POST", f"/sections/{target}/addTask", {"task": gid})

    def asana_remove(self, gid: str, person: str) -> None:
        """Take a task out of the project; the task itself stays."""
        self._asana(person, "POST", f"/tasks/{gid}/removeProject", {"project": self.places.asana_project})

    def asana_delete(self, gid: str, person: str) -> None:
        """Put a task into the trash."""
        self._asana(person, "DELETE", f"/tasks/{gid}")

    def asana_tasks(self) -> list[dict[str, Any]]:
        """Return every task of the project, subtasks aside, in plain words for comparison.

        `due` is a day, `due_at` a UTC instant or None; `assignees` are addresses.
        """
        params = {"project": self.places.asana_project, "opt_fields": _FIELDS, "limit": "100"}
        found: list[dict[str, Any]] = []
        while True:
            answer = self.send("asana", None, "GET", "/tasks", params=params).json()
            found += [self._asana_plain(row) for row in answer["data"]]
            if not answer["next_page"]:
                return found
            params = {**params, "offset": answer["next_page"]["offset"]}

    def asana_task(self, title: str) -> dict[str, Any]:
        """Return the one task of that title, whatever its case and white space."""
        return only(self.asana_tasks(), title)

    def _asana(self, person: str | None, method: str, path: str, data: Any = None) -> dict[str, Any]:
        body = None if data is None else {"data": data}
        answer: dict[str, Any] = self.send("asana", person, method, path, json=body).json()["data"]
        return answer

    def _asana_fields(self, fields: dict[str, Any]) -> dict[str, Any]:
        if not fields.get("assignee"):
            return fields
        return {**fields, "assignee": self.places.asana_users[fields["assignee"]]}

    def _asana_plain(self, row: dict[str, Any]) -> dict[str, Any]:
        keys = {gid: key for key, gid in self.places.asana_users.items()}
        assignee = keys.get(row["assignee"]["gid"]) if row["assignee"] else None
        return {
            "id": row["gid"],
            "title": row["name"],
            "notes": row["notes"],
            "html": row["html_notes"],
            "due": row["due_on"],
            "due_at": row["due_at"],
            "start": row["start_on"],
            "done": row["completed"],
            "assignees": [self.email(assignee)] if assignee else [],
            "tags": sorted(tag["name"] for tag in row["tags"]),
            "list": self._asana_section(row),
            "kind": "milestone" if row["resource_subtype"] == "milestone" else "task",
            "steps": row["num_subtasks"],
        }

    def _asana_section(self, row: dict[str, Any]) -> str | None:
        project = self.places.asana_project
        return next((m["section"]["name"] for m in row["memberships"] if m["project"]["gid"] == project), None)
