"""What one person is shown: people, projects, links, and what every recording's JSON has in common."""

from dataclasses import dataclass, field
from typing import Any

from sandbox.basecamp import richtext
from sandbox.basecamp.records import Person, Project, Recording, Todo, Todolist, Tool
from sandbox.basecamp.state import BasecampState
from sandbox.basecamp.values import stamp

Json = dict[str, Any]


@dataclass
class View:
    """The account as one person sees it over one origin; made anew for each request."""

    state: BasecampState
    viewer: Person
    origin: str
    _positions: dict[int, dict[int, int]] = field(default_factory=dict)

    # What the viewer may see.

    def sees_project(self, project: Project) -> bool:
        """Whether the viewer can reach the project."""
        return self.state.reaches(self.viewer.id, project.id)

    def sees(self, recording: Recording) -> bool:
        """Whether a recording exists for the viewer; clients see what is made visible to them."""
        project = self.state.projects[recording.project]
        if project.status == "trashed" or not self.sees_project(project):
            return False
        return not self.viewer.client or isinstance(recording, Tool) or self.client_visible(recording)

    def client_visible(self, recording: Recording) -> bool:
        """Whether clients see it: by its own mark or that of what it lies in."""
        if recording.client_visible or recording.parent is None:
            return recording.client_visible
        return self.client_visible(self.state.recordings[recording.parent])

    # Links.

    def api(self, path: str) -> str:
        """An API address."""
        return f"{self.origin}/{self.state.account}/{path}.json"

    def app(self, path: str) -> str:
        """The address of the page people see."""
        return f"{self.origin}/{self.state.account}/{path}"

    @staticmethod
    def path(recording: Recording, rest: str = "") -> str:
        """The project-scoped path under which a recording is read."""
        return f"buckets/{recording.project}/{recording.route}/{recording.id}{rest}"

    # Pieces of JSON.

    def person(self, id_: int) -> Json:
        """A person; the e-mail is masked unless the viewer is an admin or the person."""
        person = self.state.people[id_]
        mine = self.viewer.admin or self.viewer.id == id_
        return {
            "id": person.id,
            "attachable_sgid": person.sgid,
            "name": person.name,
            "email_address": person.email if mine else _mask(person.email),
            "personable_type": "Client" if person.client else "User",
            "title": None,
            "bio": None,
            "tagline": None,
            "location": None,
            "created_at": stamp(person.created_at),
            "updated_at": stamp(person.created_at),
            "admin": person.admin,
            "owner": False,
            "client": person.client,
            "employee": not person.client,
            "time_zone": person.time_zone,
            "avatar_url": f"{self.origin}/{self.state.account}/people/{person.sgid}/avatar",
            "company": {"id": 1033447817, "name": "Example Works"},
            "can_ping": True,
            "can_manage_projects": not person.client,
            "can_manage_people": person.admin,
            "can_access_timesheet": not person.client,
            "can_access_hill_charts": not person.client,
        }

    def people(self, ids: list[int]) -> list[Json]:
        """Several people, in the order given."""
        return [self.person(id_) for id_ in ids]

    def project(self, project: Project) -> Json:
        """A project with its dock."""
        tools = [self.state.recordings[id_] for id_ in project.dock]
        return {
            "id": project.id,
            "status": project.status,
            "created_at": stamp(project.created_at),
            "updated_at": stamp(project.updated_at),
            "name": project.name,
            "description": project.description,
            "purpose": "topic",
            "clients_enabled": any(self.state.people[id_].client for id_ in project.members or ()),
            "timesheet_enabled": False,
            "all_access": project.members is None,
            "color": None,
            "bookmark_url": self.api(f"my/bookmarks/project-{project.id}"),
            "url": self.api(f"projects/{project.id}"),
            "app_url": self.app(f"projects/{project.id}"),
            "dock": [self._dock_item(tool) for tool in tools if isinstance(tool, Tool)],
            "bookmarked": False,
        }

    def envelope(self, recording: Recording) -> Json:
        """What every recording's JSON has in common."""
        return {
            "id": recording.id,
            "status": self.state.status_of(recording),
            "visible_to_clients": self.client_visible(recording),
            "created_at": stamp(recording.created_at),
            "updated_at": stamp(recording.updated_at),
            "title": recording.title,
            "inherits_status": recording.status == "active",
            "type": recording.type,
            "url": self.api(self.path(recording)),
            "app_url": self.app(self.path(recording)),
            "bookmark_url": self.api(f"my/bookmarks/recording-{recording.id}"),
            "bucket": self._bucket(recording),
            "creator": self.person(recording.creator),
            **({} if recording.parent is None else {"parent": self._parent(recording.parent)}),
        }

    def talk(self, recording: Recording) -> Json:
        """Addresses and counts of comments, boosts and subscribers."""
        base = f"buckets/{recording.project}/recordings/{recording.id}"
        comments = [r for r in self._live_children(recording) if r.type == "Comment"]
        return {
            "subscription_url": self.api(f"{base}/subscription"),
            "comments_count": len(comments),
            "comments_url": self.api(f"{base}/comments"),
            "boosts_count": 0,
            "boosts_url": self.api(f"{base}/boosts"),
        }

    def html(self, stored: str) -> str:
        """Rich text as answered, with mentions spelled out."""
        names = {person.sgid: person.name for person in self.state.people.values()}
        return richtext.expand(stored, names.get) if "<bc-attachment" in stored else stored

    def position(self, recording: Recording) -> Json:
        """The place among open siblings of its kind, from 1; nothing for what is done or put away."""
        if recording.parent is None:
            return {}
        places = self._positions.get(recording.parent)
        if places is None:
            places = self._positions[recording.parent] = self._places(recording.parent)
        return {"position": places[recording.id]} if recording.id in places else {}

    def _places(self, parent: int) -> dict[int, int]:
        counts: dict[str, int] = {}
        places: dict[int, int] = {}
        for sibling in self._live_children(self.state.recordings[parent]):
            if not is_done(sibling):
                places[sibling.id] = counts[sibling.type] = counts.get(sibling.type, 0) + 1
        return places

    def _live_children(self, recording: Recording) -> list[Recording]:
        children = (self.state.recordings[id_] for id_ in recording.children)
        return [child for child in children if child.status == "active"]

    def _dock_item(self, tool: Tool) -> Json:
        return {
            "id": tool.id,
            "title": tool.label,
            "name": tool.name,
            "enabled": tool.enabled,
            "position": self.dock_position(tool),
            "url": self.api(self.path(tool)),
            "app_url": self.app(self.path(tool)),
        }

    def dock_position(self, tool: Tool) -> int | None:
        """The tool's place in the dock, from 1; None while it is switched off."""
        dock = [self.state.recordings[id_] for id_ in self.state.projects[tool.project].dock]
        enabled = [other.id for other in dock if isinstance(other, Tool) and other.enabled]
        return enabled.index(tool.id) + 1 if tool.enabled else None

    def _bucket(self, recording: Recording) -> Json:
        project = self.state.projects[recording.project]
        return {"id": project.id, "name": project.name, "type": "Project"}

    def _parent(self, id_: int) -> Json:
        parent = self.state.recordings[id_]
        return {
            "id": parent.id,
            "title": parent.title,
            "type": parent.type,
            "url": self.api(self.path(parent)),
            "app_url": self.app(self.path(parent)),
        }


def is_done(recording: Recording) -> bool:
    """Whether a to-do is completed; other kinds never are."""
    return isinstance(recording, Todo) and recording.completion is not None


def is_group(recording: Recording, state: BasecampState) -> bool:
    """Whether a list is a group: a list whose parent is a list."""
    parent = state.recordings.get(recording.parent or 0)
    return isinstance(recording, Todolist) and isinstance(parent, Todolist)


def _mask(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name[:1]}••••@{domain}"
