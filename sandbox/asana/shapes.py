"""What each kind of object shows: its fields, its compact form in lists and its full form alone.

Names and defaults follow Asana's published description; what it marks "Opt In" comes only when named. Things
that Asana has and nobody can make here (custom fields, likes by others, status updates) read as empty.
"""

from typing import Any

from sandbox.asana import mentions
from sandbox.asana.clock import spelled
from sandbox.asana.events import Change, Event, Ref
from sandbox.asana.objects import Project, User
from sandbox.asana.selection import ABSENT, Field, Reader, Shape, Shapes, tree
from sandbox.asana.task_shape import CUSTOM_FIELD, TASK


def _email(reader: Reader, user: User) -> Any:
    return ABSENT if reader.world.hide_emails and user is not reader.user else user.email


def _people(reader: Reader, gids: dict[str, Any]) -> list[User]:
    return [reader.world.users[gid] for gid in gids]


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _change(_: Reader, event: Event) -> Any:
    return ABSENT if event.change is None else event.change


def _value(action: str) -> Field:
    def read(_: Reader, change: Change) -> Any:
        return change.value if change.value is not None and change.action == action else ABSENT

    return Field(read, "ref")


def _subtype(_: Reader, ref: Ref) -> Any:
    return ABSENT if ref.resource_subtype is None else ref.resource_subtype


def _plain(name: str) -> Field:
    return Field(lambda _, thing: getattr(thing, name))


def _if_set(name: str) -> Field:
    return Field(lambda _, thing: ABSENT if getattr(thing, name) is None else getattr(thing, name))


_NONE = Field(lambda *_: None)
_EMPTY = Field(lambda *_: [])
_NAME = _plain("name")
_CREATED = Field(lambda _, thing: spelled(thing.created_at))
_WORKSPACE = Field(lambda reader, _: reader.world.workspace, "workspace")
_COMPACT = tree(["name"])

_USER = Shape(
    "user",
    {
        "name": _NAME,
        "email": Field(_email),
        "photo": _NONE,
        "workspaces": Field(lambda reader, _: [reader.world.workspace], "workspace"),
        "custom_fields": _EMPTY,
    },
    _COMPACT,
    tree(["name", "email", "photo", "workspaces.name"]),
)

_WORKSPACE_SHAPE = Shape(
    "workspace",
    {
        "name": _NAME,
        "is_organization": _plain("is_organization"),
        "email_domains": Field(lambda _, workspace: list(workspace.email_domains)),
    },
    _COMPACT,
    tree(["name", "is_organization", "email_domains"]),
)


def _project_link(reader: Reader, project: Project) -> str:
    return f"{mentions.SITE}/1/{reader.world.workspace.gid}/project/{project.gid}"


_PROJECT_FIELDS = {
    "name": _NAME,
    "archived": _plain("archived"),
    "color": _plain("color"),
    "icon": _NONE,
    "created_at": _CREATED,
    "modified_at": Field(lambda _, project: spelled(project.modified_at)),
    "completed": Field(lambda *_: False),
    "completed_at": _NONE,
    "completed_by": Field(lambda *_: None, "user"),
    "current_status": _NONE,
    "current_status_update": _NONE,
    "custom_fields": _EMPTY,
    "custom_field_settings": _EMPTY,
    "default_access_level": Field(lambda *_: "editor"),
    "minimum_access_level_for_customization": Field(lambda *_: "editor"),
    "minimum_access_level_for_sharing": Field(lambda *_: "editor"),
    "default_view": _plain("default_view"),
    "due_on": Field(lambda _, project: _day(project.schedule.due_on)),
    "due_date": Field(lambda _, project: _day(project.schedule.due_on)),
    "start_on": Field(lambda _, project: _day(project.schedule.start_on)),
    "followers": Field(lambda *_: [], "user"),
    "members": Field(lambda reader, project: _people(reader, project.members), "user"),
    "notes": Field(lambda _, project: project.text.plain),
    "html_notes": Field(lambda r, project: mentions.read(r.world, r.user, project.text.rich)),
    "owner": Field(lambda _, project: project.owner, "user"),
    "permalink_url": Field(_project_link),
    "privacy_setting": _plain("privacy_setting"),
    "public": Field(lambda _, project: project.privacy_setting == "public_to_workspace"),
    "team": _NONE,
    "project_brief": _NONE,
    "created_from_template": _NONE,
    "workspace": _WORKSPACE,
}
_PROJECT_OPT_IN = {"html_notes", "project_brief", "created_from_template"}
_PROJECT_NESTED = {"followers": "followers.name", "members": "members.name", "owner": "owner.name"}
_PROJECT = Shape(
    "project",
    _PROJECT_FIELDS,
    _COMPACT,
    tree(
        {**_PROJECT_NESTED, "workspace": "workspace.name"}.get(name, name)
        for name in _PROJECT_FIELDS
        if name not in _PROJECT_OPT_IN
    ),
)

_SECTION = Shape(
    "section",
    {
        "name": _NAME,
        "created_at": _CREATED,
        "project": Field(lambda _, section: section.project, "project"),
        "projects": Field(lambda _, section: [section.project], "project"),
    },
    _COMPACT,
    tree(["name", "created_at", "project.name", "projects.name"]),
)

_TAG = Shape(
    "tag",
    {
        "name": _NAME,
        "color": _plain("color"),
        "created_at": _CREATED,
        "followers": Field(lambda _, tag: tag.followers, "user"),
        "notes": _plain("notes"),
        "permalink_url": Field(lambda _, tag: f"{mentions.SITE}/0/{tag.gid}/list"),
        "workspace": _WORKSPACE,
    },
    _COMPACT,
    tree(["name", "color", "created_at", "followers.name", "notes", "permalink_url", "workspace.name"]),
)


_MEMBER = {
    "parent": Field(lambda _, membership: membership.parent, "project"),
    "member": Field(lambda _, membership: membership.member, "user"),
    "access_level": _plain("access_level"),
}
_MEMBER_SHOWN = tree(["parent.name", "member.name", "access_level"])
_PROJECT_MEMBERSHIP = Shape("project_membership", _MEMBER, _MEMBER_SHOWN, _MEMBER_SHOWN)
_MEMBERSHIP = Shape(
    "membership",
    {"resource_subtype": Field(lambda *_: "project_membership"), **_MEMBER},
    {"resource_subtype": {}, **_MEMBER_SHOWN},
    {"resource_subtype": {}, **_MEMBER_SHOWN},
)

_PLACEMENT = Shape(
    None,
    {
        "project": Field(lambda _, section: section.project, "project"),
        "section": Field(lambda _, section: section, "section"),
    },
    tree(["project", "section"]),
    tree(["project", "section"]),
)

_EVENT_SHOWN = tree(
    ["user.name", "resource.name", "type", "action", "parent.name", "created_at", "change.field"]
    + ["change.action"]
    + [f"change.{end}.name" for end in ("new_value", "added_value", "removed_value")]
)
_EVENT = Shape(
    None,
    {
        "user": Field(lambda _, event: event.user, "ref"),
        "resource": Field(lambda _, event: event.resource, "ref"),
        "type": Field(lambda _, event: event.resource.resource_type),
        "action": _plain("action"),
        "parent": Field(lambda _, event: event.parent, "ref"),
        "created_at": _CREATED,
        "change": Field(_change, "change"),
    },
    _EVENT_SHOWN,
    _EVENT_SHOWN,
)
_CHANGE_FIELDS = {
    "field": _plain("field"),
    "action": _plain("action"),
    "new_value": _value("changed"),
    "added_value": _value("added"),
    "removed_value": _value("removed"),
}
_CHANGE = Shape(None, _CHANGE_FIELDS, tree(_CHANGE_FIELDS), tree(_CHANGE_FIELDS))
_REF = Shape(
    lambda ref: ref.resource_type,
    {"name": _NAME, "resource_subtype": Field(_subtype)},
    _COMPACT,
    tree(["name", "resource_subtype"]),
)
_EXTERNAL_SHAPE = Shape(
    None,
    {
        "gid": _if_set("external_gid"),
        "data": _if_set("external_data"),
    },
    tree(["gid", "data"]),
    tree(["gid", "data"]),
    always=tree(["gid"]),
)

SHAPES = Shapes(
    {
        "user": _USER,
        "workspace": _WORKSPACE_SHAPE,
        "project": _PROJECT,
        "section": _SECTION,
        "tag": _TAG,
        "task": TASK,
        "custom_field": CUSTOM_FIELD,
        "membership": _MEMBERSHIP,
        "project_membership": _PROJECT_MEMBERSHIP,
        "placement": _PLACEMENT,
        "event": _EVENT,
        "change": _CHANGE,
        "ref": _REF,
        "external": _EXTERNAL_SHAPE,
    }
)
"""Every kind of object that an answer can hold."""
