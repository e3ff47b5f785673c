"""Endpoints about people and the workspace: who there is, what they share, which tags exist.

Lists of users, projects and tags need no workspace as long as there is only one (Asana: "GET /projects, GET
/users, and GET /tags will require a workspace or team").
"""

from sandbox.asana import containers
from sandbox.asana.access import sees_project
from sandbox.asana.call import Call, Reply
from sandbox.asana.errors import invalid, unknown
from sandbox.asana.objects import Membership, Project, User

_MOST_USERS = 2_000


def get_user(call: Call) -> Reply:
    """Serve GET /users/{user}; the user may be named by gid, address or ``me``."""
    found = call.find.person(call.path["user"])
    if found is None or found not in call.find.visible_people():
        raise unknown("user", call.path["user"], status=404)
    return call.show("user", found)


def get_users(call: Call) -> Reply:
    """Serve GET /users."""
    _in_workspace(call)
    return call.pages("user", call.find.visible_people())


def get_workspace_users(call: Call) -> Reply:
    """Serve GET /workspaces/{workspace}/users: by name, at most 2,000."""
    call.find.workspace(call.path["workspace"])
    return call.pages("user", call.find.visible_people()[:_MOST_USERS])


def get_workspaces(call: Call) -> Reply:
    """Serve GET /workspaces."""
    return call.pages("workspace", [call.world.workspace])


def get_workspace(call: Call) -> Reply:
    """Serve GET /workspaces/{workspace}."""
    call.find.workspace(call.path["workspace"])
    return call.show("workspace", call.world.workspace)


def get_workspace_projects(call: Call) -> Reply:
    """Serve GET /workspaces/{workspace}/projects, archived ones included unless ``archived`` says."""
    call.find.workspace(call.path["workspace"])
    return _projects(call)


def get_projects(call: Call) -> Reply:
    """Serve GET /projects."""
    _in_workspace(call)
    return _projects(call)


def get_workspace_tags(call: Call) -> Reply:
    """Serve GET /workspaces/{workspace}/tags."""
    call.find.workspace(call.path["workspace"])
    return call.pages("tag", list(call.world.tags.values()))


def get_tags(call: Call) -> Reply:
    """Serve GET /tags."""
    _in_workspace(call)
    return call.pages("tag", list(call.world.tags.values()))


def get_tag(call: Call) -> Reply:
    """Serve GET /tags/{tag}."""
    return call.show("tag", call.find.tag(call.path["tag"]))


def post_tag(call: Call) -> Reply:
    """Serve POST /tags."""
    return call.made("tag", containers.create_tag(call.world, call.find, call.data), "tags")


def post_workspace_tag(call: Call) -> Reply:
    """Serve POST /workspaces/{workspace}/tags."""
    data = {**call.data, "workspace": call.path["workspace"]}
    return call.made("tag", containers.create_tag(call.world, call.find, data), "tags")


def get_memberships(call: Call) -> Reply:
    """Serve GET /memberships?parent=, of projects only."""
    if not call.query.get("parent"):
        raise invalid("You should specify one of parent, member")
    return call.pages("membership", _members(call, call.find.project(call.query["parent"], "parent")))


def get_project_memberships(call: Call) -> Reply:
    """Serve GET /projects/{project}/project_memberships."""
    return call.pages("project_membership", _members(call, call.find.project(call.path["project"])))


def _members(call: Call, project: Project) -> list[Membership]:
    wanted = _wanted_member(call)
    return [
        Membership(f"{project.gid}{gid}", project, call.world.users[gid], access)
        for gid, access in project.members.items()
        if wanted is None or wanted.gid == gid
    ]


def _wanted_member(call: Call) -> User | None:
    who = call.query.get("member") or call.query.get("user")
    if who is None:
        return None
    found = call.find.person(who)
    if found is None:
        raise unknown("member", who, status=404)
    return found


def _projects(call: Call) -> Reply:
    archived = call.flag("archived")
    shown = [
        project
        for project in call.world.projects.values()
        if project.trashed_at is None and sees_project(call.user, project) and archived in (None, project.archived)
    ]
    return call.pages("project", shown)


def _in_workspace(call: Call) -> None:
    if "workspace" in call.query:
        call.find.workspace(call.query["workspace"])
