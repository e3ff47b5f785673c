"""Endpoints of projects, their sections and their events."""

from sandbox.asana import containers, places, trash
from sandbox.asana.call import NOTHING, Call, Reply
from sandbox.asana.errors import forbidden
from sandbox.asana.objects import Project, Section


def get_project(call: Call) -> Reply:
    """Serve GET /projects/{project}."""
    return call.show("project", call.find.project(call.path["project"]))


def put_project(call: Call) -> Reply:
    """Serve PUT /projects/{project}."""
    project = _writable(call)
    containers.update_project(call.world, call.find, project, call.data)
    return call.show("project", project)


def delete_project(call: Call) -> Reply:
    """Serve DELETE /projects/{project}."""
    trash.delete_project(call.world, call.user, _writable(call))
    return NOTHING


def get_sections(call: Call) -> Reply:
    """Serve GET /projects/{project}/sections, in the order of the project."""
    return call.pages("section", call.find.project(call.path["project"]).sections)


def post_section(call: Call) -> Reply:
    """Serve POST /projects/{project}/sections."""
    section = containers.create_section(call.world, call.find, _writable(call), call.data)
    return call.made("section", section, "sections")


def get_section(call: Call) -> Reply:
    """Serve GET /sections/{section}."""
    return call.show("section", call.find.section(call.path["section"]))


def put_section(call: Call) -> Reply:
    """Serve PUT /sections/{section}."""
    section = _writable_section(call)
    containers.rename_section(call.world, call.user, section, call.data)
    return call.show("section", section)


def delete_section(call: Call) -> Reply:
    """Serve DELETE /sections/{section}."""
    containers.remove_section(call.world, call.user, _writable_section(call))
    return NOTHING


def add_task(call: Call) -> Reply:
    """Serve POST /sections/{section}/addTask."""
    places.add_to_section(call.world, call.find, _writable_section(call), call.data)
    return NOTHING


def get_events(call: Call) -> Reply:
    """Serve GET /events of a project or task; without a good token it answers 412 and a fresh one."""
    gid = call.needed("resource")
    if gid in call.world.projects:
        stream = call.find.project(gid, "resource").gid
    elif gid in call.world.users or gid == call.world.workspace.gid:
        raise forbidden("resource: Events of this kind of resource are not available to you.")
    else:
        stream = call.find.task(gid, "resource").gid
    batch = call.world.streams.read(stream, call.user.gid, call.query.get("sync"), call.world.now())
    return call.show_all("event", batch.events, beside={"sync": batch.sync, "has_more": batch.has_more})


def _writable(call: Call) -> Project:
    return call.find.project(call.path["project"], write=True)


def _writable_section(call: Call) -> Section:
    return call.find.section(call.path["section"], write=True)
