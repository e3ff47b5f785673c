"""Accounts, projects, lists and the mailbox of the sample community, as the admins of the tools create them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.asana import AsanaState
from sandbox.basecamp import BasecampState
from sandbox.microsoft365 import GraphState
from sandbox.persons import Places
from sandbox.seed import DEADLINES, Community

TOOLS = ("asana", "basecamp", "microsoft365")
"""The tools that are kept in step."""
TALK = ("linkedin", "workflows")
"""Where people talk, beside Teams, which is Microsoft 365: LinkedIn, and the address of a flow in Teams."""
ENV = {
    "asana": "ASANA_TOKEN",
    "basecamp": "BASECAMP_TOKEN",
    "microsoft365": "M365_TOKEN",
    "linkedin": "LINKEDIN_TOKEN",
}
"""The environment variable that holds copsync's token for each tool."""
FLOW_ENV = "TEAMS_FLOW"
"""The environment variable that holds the secret address of the flow."""


@dataclass(frozen=True)
class Tokens:
    """Who may come in where.

    Attributes:
        integration: copsync's own token by tool.
        people: each member's token by tool and key of the member; those without an account are missing.
    """

    integration: Mapping[str, str] = field(repr=False)
    people: Mapping[str, Mapping[str, str]] = field(repr=False)


def tokens_of(community: Community) -> Tokens:
    """Return everybody's tokens; at LinkedIn only the moderators have an account."""
    people = {
        tool: {key: f"sandbox-{tool}-{key}" for key, person in community.people.items() if tool in person.tools}
        for tool in TOOLS
    }
    moderators = {key: f"sandbox-linkedin-{key}" for key in community.moderators}
    return Tokens({tool: f"sandbox-{tool}-copsync" for tool in ENV}, {**people, "linkedin": moderators})


def settle_tools(
    community: Community, tokens: Tokens, asana: AsanaState, basecamp: BasecampState, graph: GraphState
) -> Places:
    """Create everything, empty, and return where it is."""
    lists = (*community.lists, DEADLINES)
    users, project, sections = _asana(community, tokens, asana, lists)
    people, bucket, todolists = _basecamp(community, tokens, basecamp, lists)
    _mailbox(community, tokens, graph)
    return Places(
        asana_project=project,
        asana_sections=sections,
        asana_users=users,
        basecamp_project=bucket,
        basecamp_lists=todolists,
        basecamp_todoset=basecamp.tool(bucket, "todoset").id,
        basecamp_schedule=basecamp.tool(bucket, "schedule").id,
        basecamp_people=people,
        mailbox=community.mailbox,
    )


def _asana(
    community: Community, tokens: Tokens, state: AsanaState, lists: tuple[str, ...]
) -> tuple[dict[str, str], str, dict[str, str]]:
    users = {
        person.key: state.add_user(person.name, person.email, token=tokens.people["asana"][person.key])
        for person in community.members_of("asana")
    }
    bot = state.add_user("copsync", community.integration, token=tokens.integration["asana"])
    project = state.add_project(community.name, members=[*users.values(), bot])
    return users, project, {name: state.add_section(project, name) for name in lists}


def _basecamp(
    community: Community, tokens: Tokens, state: BasecampState, lists: tuple[str, ...]
) -> tuple[dict[str, int], int, dict[str, int]]:
    people = {
        person.key: state.add_person(person.name, person.email, token=tokens.people["basecamp"][person.key])
        for person in community.members_of("basecamp")
    }
    robot = state.add_person("copsync", community.integration, token=tokens.integration["basecamp"], admin=True)
    founder = people[community.moderators[0]]
    project = state.add_project(community.name, people=[founder, *people.values(), robot])
    # A new list appears on top.
    todolists = {name: state.add_list(project, name) for name in reversed(lists)}
    return people, project, {name: todolists[name] for name in lists}


def _mailbox(community: Community, tokens: Tokens, state: GraphState) -> None:
    state.add_mailbox(community.mailbox, community.name, time_zone=community.zone.key)
    mine = {community.mailbox}
    state.add_token(tokens.integration["microsoft365"], mailboxes=mine)
    for person in community.members_of("microsoft365"):
        state.add_user(person.email, person.name)
        state.add_token(tokens.people["microsoft365"][person.key], mailboxes=mine, user=person.email)
