"""Projects and people."""

from starlette.responses import Response

from sandbox.basecamp.calls import Call, missing, page, shown


def index(call: Call) -> Response:
    """The projects of one status that the person can reach, newest first."""
    status = call.status_asked()
    rows = [p for p in call.state.projects.values() if p.status == status and call.view.sees_project(p)]
    rows.sort(key=lambda project: (project.created_at, project.id), reverse=True)
    return page(call, rows, call.view.project)


def show(call: Call) -> Response:
    """One project with its dock, in whatever status."""
    return shown(call.view.project(call.project()))


def people(call: Call) -> Response:
    """Everybody on a project."""
    project = call.project()
    rows = [id_ for id_ in call.state.people if call.state.reaches(id_, project.id)]
    return page(call, rows, call.view.person)


def all_people(call: Call) -> Response:
    """Everybody the person can see."""
    rows = [id_ for id_ in call.state.people if _knows(call, id_)]
    return page(call, rows, call.view.person)


def person(call: Call) -> Response:
    """One person."""
    if not _knows(call, call.ids["id"]):
        raise missing()
    return shown(call.view.person(call.ids["id"]))


def profile(call: Call) -> Response:
    """Whom the token acts as."""
    return shown(call.view.person(call.person.id))


def _knows(call: Call, id_: int) -> bool:
    """Whether the person sees another: clients only those they share a project with."""
    if id_ not in call.state.people or not call.person.client or id_ == call.person.id:
        return id_ in call.state.people
    shared = (p for p in call.state.projects if call.state.reaches(call.person.id, p))
    return any(call.state.reaches(id_, project) for project in shared)
