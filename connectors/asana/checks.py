"""What an admin must mend: the token, the project, what the account may do there, and whose addresses it sees."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.asana.client import Client
from connectors.asana.project import Project
from connectors.asana.raw import Raw, objects
from connectors.asana.scope import ABSENT
from connectors.contract import Finding, Person
from connectors.http import HttpRefused
from domain.errors import ConnectAgain, CopsyncError

_RENEW = (
    "Make a personal access token in Asana (My settings, Apps, Developer console) as copsync's account, and put it "
    "where `token` of this connection points to. If the token is new, ask whether the workspace blocks tokens or apps."
)
_AS_MILESTONES = (
    "Gatherings to come appear in it as milestones, of a series the next date; what people do with these changes no "
    "gathering."
)
_WRITERS = frozenset({"admin", "editor"})


async def check_account(client: Client) -> Sequence[Finding]:
    """Try the credentials."""
    try:
        me = await client.me()
    except CopsyncError as error:
        return [_failure(client, error)]
    workspaces = [str(workspace.get("name")) for workspace in objects(me.get("workspaces"))]
    if not workspaces:
        return [
            Finding(
                "error",
                f"The account {_who(me)} sees no workspace in Asana.",
                "Invite it to the workspace; if it is in one, ask an Asana admin whether apps and tokens are blocked.",
            )
        ]
    return [Finding("ok", f"Asana knows this account as {_who(me)}, in {', '.join(sorted(workspaces))}.")]


async def check_project(client: Client, project: Project, *, gatherings: bool = False) -> Sequence[Finding]:
    """Reach a project and see whether the account can do there what a sync needs."""
    try:
        me = await client.me()
        raw = await project.require()
        found = [Finding("ok", f"The project “{raw.get('name')}” can be read as {_who(me)}.")]
        found += [Finding("ok", _AS_MILESTONES)] if gatherings else []
        found += await _may_write(client, project, _who(me))
        return found + _addresses(await people_of(client, project), str(me["gid"]))
    except CopsyncError as error:
        return [_failure(client, error)]


async def people_of(client: Client, project: Project) -> list[Person]:
    """Return the people of the project's workspace; agents and other actors are left out."""
    workspace = await project.workspace()
    rows = [raw async for page in client.users(workspace) for raw in page]
    people = {str(raw["gid"]): raw for raw in rows if raw.get("resource_type", "user") == "user"}
    return [Person(gid, str(raw.get("name") or gid), raw.get("email") or None) for gid, raw in people.items()]


async def _may_write(client: Client, project: Project, who: str) -> list[Finding]:
    try:
        rows = [raw async for page in client.my_memberships(project.gid) for raw in page]
    except HttpRefused as refused:
        if refused.status not in ABSENT:
            raise
        return [Finding("warning", f"Asana does not tell what {who} may do in the project.", _make_editor(who))]
    levels = {str(raw.get("access_level")) for raw in rows}
    if levels and not levels & _WRITERS:
        level = " and ".join(sorted(levels))
        return [Finding("error", f"{who} is only a {level} of the project: copsync cannot write.", _make_editor(who))]
    return []


def _make_editor(who: str) -> str:
    return f"Open the project in Asana, choose Share, and make {who} an editor."


def _addresses(people: Sequence[Person], me: str) -> list[Finding]:
    others = [person for person in people if person.id != me]
    hidden = [person.name for person in others if person.email is None]
    if not hidden:
        return []
    some = ", ".join(sorted(hidden)[:5]) + (" …" if len(hidden) > 5 else "")
    return [
        Finding(
            "warning",
            f"Asana hides the e-mail addresses of {len(hidden)} of {len(others)} people ({some}).",
            "Map them under [[communities.members]] (email, and asana = the person's number), or make copsync's "
            "account a member of the organization instead of a guest.",
        )
    ]


def _who(me: Raw) -> str:
    return f"{me.get('name')} ({me.get('email') or me.get('gid')})"


def _failure(client: Client, error: CopsyncError) -> Finding:
    is_token = isinstance(error, ConnectAgain) and not client.signs_in
    return Finding("error", error.message, _RENEW if is_token else error.mend)
