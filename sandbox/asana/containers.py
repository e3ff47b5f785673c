"""Writing projects, sections and tags, with Asana's rules for each.

A project has at least one section; only an empty one can be deleted, and never the last
(Asana: Delete a section). Tags belong to the workspace and may share a name.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.asana import mentions, richtext, validate
from sandbox.asana.access import Finder
from sandbox.asana.errors import invalid, missing
from sandbox.asana.events import Change
from sandbox.asana.objects import Project, Section, Tag, Text, User
from sandbox.asana.schedule import rescheduled
from sandbox.asana.trash import delete_section
from sandbox.asana.world import World, ref_to

_PROJECT_WRITABLE = frozenset(
    {"archived", "color", "default_view", "due_on", "html_notes", "name", "notes", "owner", "privacy_setting"}
    | {"start_on"}
)
_PROJECT_READ_ONLY = frozenset(
    {"completed", "completed_at", "completed_by", "created_at", "current_status", "custom_field_settings", "gid"}
    | {"followers", "members", "modified_at", "permalink_url", "resource_type", "team", "workspace"}
)
_PROJECT_NOT_HERE = frozenset(
    {"current_status_update", "custom_fields", "default_access_level", "due_date", "icon", "public"}
    | {"minimum_access_level_for_customization", "minimum_access_level_for_sharing"}
)
_VIEWS = frozenset({"list", "board", "calendar", "timeline"})
_PRIVACY = frozenset({"public_to_workspace", "private"})
_EVENT_FIELDS = {"text": "notes", "schedule": "due_on"}


def update_project(world: World, finder: Finder, project: Project, data: Mapping[str, Any]) -> None:
    """Change the named fields of a project.

    Raises:
        RefusedError: any of them cannot be so; then nothing is changed.
    """
    validate.check_names(data, _PROJECT_WRITABLE, read_only=_PROJECT_READ_ONLY, not_here=_PROJECT_NOT_HERE)
    wanted = _project_values(world, finder, project, data)
    changed = [name for name, value in wanted.items() if getattr(project, name) != value]
    for name in changed:
        setattr(project, name, wanted[name])
        change = Change(_EVENT_FIELDS.get(name, name))
        world.tell(finder.user, "changed", ref_to(project), {project.gid}, change=change)
    if changed:
        project.modified_at = world.stamp()


def _project_values(world: World, finder: Finder, project: Project, data: Mapping[str, Any]) -> dict[str, Any]:
    if "notes" in data and "html_notes" in data:
        raise invalid("You may only provide one of notes or html_notes!")
    wanted: dict[str, Any] = {"schedule": rescheduled(project.schedule, data, zone=world.zone)}
    for name, check in _PROJECT_CHECKS.items():
        if name in data:
            wanted[name] = check(name, data[name])
    if "notes" in data:
        plain = validate.text("notes", data["notes"]).replace("\r\n", "\n")
        wanted["text"] = Text(plain, richtext.from_plain(plain))
    if "html_notes" in data:
        wanted["text"] = mentions.written(world, finder.user, data["html_notes"], in_task=False)
    if "owner" in data:
        wanted["owner"] = None if data["owner"] is None else finder.assignable(data["owner"], "owner")
    return wanted


_PROJECT_CHECKS = {
    "name": validate.name,
    "archived": validate.flag,
    "color": validate.color,
    "default_view": validate.one_of(_VIEWS),
    "privacy_setting": validate.one_of(_PRIVACY),
}


def create_section(world: World, finder: Finder, project: Project, data: Mapping[str, Any]) -> Section:
    """Add a section to a project, at the end or beside another one."""
    validate.check_names(data, ("name", "insert_before", "insert_after"))
    if "name" not in data:
        raise missing("name")
    name = validate.name("name", data["name"])
    if "insert_before" in data and "insert_after" in data:
        raise invalid("You may only provide one of insert_before or insert_after!")
    position = len(project.sections)
    for side, offset in (("insert_before", 0), ("insert_after", 1)):
        if data.get(side) is not None:
            beside = finder.section(data[side], side, 400)
            if beside.project is not project:
                raise invalid(f"{side}: The section is not in the project")
            position = project.sections.index(beside) + offset
    return put_section(world, finder.user, project, name, position)


def put_section(world: World, actor: User | None, project: Project, name: str, position: int) -> Section:
    """Make a section at a position of a project."""
    section = Section(world.new_gid(), name, project, world.stamp())
    world.sections[section.gid] = section
    project.sections.insert(position, section)
    world.tell(actor, "added", ref_to(section), {project.gid}, parent=ref_to(project))
    return section


def rename_section(world: World, actor: User, section: Section, data: Mapping[str, Any]) -> None:
    """Rename a section; Asana lets nothing else of it change."""
    validate.check_names(data, ("name",), read_only=("gid", "project", "projects", "created_at"))
    if "name" not in data:
        raise missing("name")
    name = validate.name("name", data["name"])
    if name != section.name:
        section.name = name
        world.tell(actor, "changed", ref_to(section), {section.project.gid}, change=Change("name"))


def remove_section(world: World, actor: User, section: Section) -> None:
    """Delete a section if it is empty and not the last one."""
    if any(task.trashed_at is None for task in section.tasks):
        raise invalid("section: The section is not empty; move its tasks before you delete it")
    if len(section.project.sections) == 1:
        raise invalid("section: The last section of a project cannot be deleted")
    delete_section(world, actor, section)


def create_tag(world: World, finder: Finder, data: Mapping[str, Any]) -> Tag:
    """Make a tag in the workspace."""
    validate.check_names(
        data,
        ("name", "color", "notes", "followers", "workspace"),
        read_only=("created_at", "gid", "permalink_url", "resource_type"),
    )
    if data.get("workspace") is None:
        raise missing("workspace")
    finder.workspace(data["workspace"], 400)
    tag = Tag(
        "",
        validate.name("name", data.get("name", "")),
        world.stamp(),
        validate.color("color", data.get("color")),
        validate.text("notes", data.get("notes", "")),
        [finder.assignable(who, "followers") for who in validate.listed("followers", data.get("followers", []))],
    )
    tag.gid = world.new_gid()
    world.tags[tag.gid] = tag
    return tag
