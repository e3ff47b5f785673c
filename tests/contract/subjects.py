"""The connectors under the contract suite, each before its tool with an empty container and a colleague in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from connectors.contract import Connection, ConnectionSetup, Connector, SpaceSetup
from connectors.memory.tool import TOOLS, MemoryTool
from connectors.registry import tool
from domain.fields import RecordType
from sandbox.asana import AsanaState
from sandbox.asana import create_app as asana_app
from sandbox.basecamp import BasecampState
from sandbox.basecamp import create_app as basecamp_app
from sandbox.microsoft365 import GraphState
from sandbox.microsoft365 import create_app as graph_app
from sandbox.server import serve
from tests.conformance import asana as asana_checks
from tests.conformance import basecamp as basecamp_checks
from tests.conformance import microsoft365 as graph_checks
from tests.conformance.basecamp_description import missing_description
from tests.connectors.caldav import peers as caldav_peers
from tests.connectors.caldav.peers import peer

ZONE = ZoneInfo("Europe/Berlin")
OURS, COLLEAGUE = "copsync-token", "colleague-token"
QUICK = {"requests": 10_000, "seconds": 1, "at_once": 4}


@dataclass(slots=True)
class Subject:
    """One connector with its tool: `open` connects with a token, the rest is what the tool itself can be told."""

    name: str
    types: tuple[RecordType, ...]
    open: Callable[[str], Connection]
    space: dict[str, Any]
    archive: Callable[[], object] | None
    withdraw: Callable[[], object] | None
    wrong_container: dict[str, Any]
    told: Callable[[], list[Any]]
    violations: Callable[[], list[Any]]
    people: int = 0

    def connector(self, connection: Connection, **options: Any) -> Connector:
        """Return the connector of the space."""
        model = tool(self.name).space_options
        settings = model.model_validate(self.space | options)
        return connection.space(SpaceSetup(self.name, "community", ZONE, settings, show_on_calendar="all"))


def _connect(name: str, base_url: str, **options: Any) -> Callable[[str], Connection]:
    kind = tool(name)
    settings = kind.connection_options.model_validate(options)
    return lambda token: kind.connect(ConnectionSetup(name, base_url, SecretStr(token), settings))


@contextmanager
def memory() -> Iterator[Subject]:
    """The memory tool."""
    TOOLS["memory://contract"] = account = MemoryTool()
    container = account.container()

    def close() -> None:
        container.archived = True

    def lock() -> None:
        container.readable = False

    kinds = (RecordType.TASK, RecordType.EVENT)
    connect = _connect("memory", "memory://contract")
    yield Subject("memory", kinds, connect, {}, close, lock, {}, list, list)


@contextmanager
def asana() -> Iterator[Subject]:
    """Asana's stand-in, every exchange held against the published description."""
    state = AsanaState()
    ours = state.add_user("copsync", "copsync@example.org", token=OURS)
    colleague = state.add_user("Ada Lovelace", "ada@example.org", token=COLLEAGUE)
    project = state.add_project("Community", members=[ours, colleague])
    app, violations = _checked(asana_app(state), asana_checks.missing(), asana_checks.conforming, "unrefused")
    with serve({"asana": app}) as urls:
        yield Subject(
            "asana",
            (RecordType.TASK,),
            _connect("asana", urls["asana"], limits=QUICK),
            {"project": project},
            lambda: state.archive_project(project),
            lambda: state.withdraw(project, ours),
            {"project": "999999999999999"},
            list,  # an assignment shows in the assignee's inbox; the tool knows no quiet way
            violations,
            people=2,
        )


@contextmanager
def basecamp() -> Iterator[Subject]:
    """Basecamp's stand-in, every exchange held against the published description."""
    state = BasecampState()
    ours = state.add_person("copsync", "copsync@example.org", token=OURS, admin=True)
    colleague = state.add_person("Ada Lovelace", "ada@example.org", token=COLLEAGUE)
    state.rate_limit = None
    project = state.add_project("Community", people=[ours, colleague])
    app, violations = _checked(basecamp_app(state), missing_description(), basecamp_checks.conforming, "violations")
    with serve({"basecamp": app}) as urls:
        yield Subject(
            "basecamp",
            (RecordType.TASK, RecordType.EVENT),
            _connect("basecamp", urls["basecamp"], limits=QUICK),
            {"project": project},
            lambda: state.archive_project(project),
            lambda: state.withdraw(project, ours),
            {"project": 9_999_999},
            lambda: list(state.notified),
            violations,
            people=2,
        )


@contextmanager
def microsoft365() -> Iterator[Subject]:
    """Graph's stand-in, every exchange held against the published description."""
    state = GraphState()
    state.add_mailbox("team@example.org", "Team")
    for token in (OURS, COLLEAGUE):
        state.add_token(token)
    app, violations = _checked(graph_app(state), graph_checks.spec_missing(), graph_checks.conforming, "violations")
    with serve({"microsoft365": app}) as urls:
        yield Subject(
            "microsoft365",
            (RecordType.EVENT, RecordType.TASK),
            _connect("microsoft365", urls["microsoft365"], limits=QUICK),
            {"mailbox": "team@example.org"},
            None,
            lambda: state.withdraw("team@example.org", OURS),
            {"mailbox": "nobody@example.org"},
            lambda: list(state.invitations),
            violations,
        )


@contextmanager
def microsoft365_group() -> Iterator[Subject]:
    """The calendar of a group on Graph's stand-in; a colleague's change would be mailed, so both are one member."""
    state, robot = GraphState(), "copsync@example.org"
    group = state.add_group("data-practice@example.org", "Data Practice", {robot: "copsync"})
    state.add_mailbox(robot, "copsync")
    for token in (OURS, COLLEAGUE):
        state.add_token(token, mailboxes=set(), user=robot, scopes=frozenset({"Group.ReadWrite.All", "User.Read"}))
    app, violations = _checked(graph_app(state), graph_checks.spec_missing(), graph_checks.conforming, "violations")
    with serve({"microsoft365": app}) as urls:
        yield Subject(
            "microsoft365",
            (RecordType.EVENT, RecordType.TASK),
            _connect("microsoft365", urls["microsoft365"], limits=QUICK),
            {"group": group.id},
            lambda: state.remove_group(group),
            lambda: group.team.members.pop(robot),
            {"group": "02bd9fd6-8f93-4758-87c3-1fb73740a315"},
            lambda: list(state.invitations),
            violations,
        )


@contextmanager
def _caldav(server: str, key: str) -> Iterator[Subject]:
    """A real CalDAV server; both people use the same account, as a person's two programs do."""
    with peer(server) as one:
        passwords = {OURS: caldav_peers.PASSWORD, COLLEAGUE: caldav_peers.PASSWORD}
        kind = tool("caldav")

        def connect(token: str) -> Connection:
            password = SecretStr(passwords.get(token, token))
            options = {"username": caldav_peers.USER, "password": password, "limits": QUICK}
            settings = kind.connection_options.model_validate(options)
            return kind.connect(ConnectionSetup("caldav", one.url, None, settings))

        path = one.calendar if key == "calendar" else one.tasks
        types = (RecordType.EVENT, RecordType.TASK) if key == "calendar" else (RecordType.TASK,)
        yield Subject(
            "caldav",
            types,
            connect,
            {key: "Community" if key == "calendar" else path},
            lambda: one.server.request("DELETE", path),
            lambda: setattr(one.front, "withdrawn", True),
            {key: "Nobody's"},
            list,
            list,
        )


def radicale() -> AbstractContextManager[Subject]:
    """A calendar of Radicale."""
    return _caldav("radicale", "calendar")


def radicale_tasks() -> AbstractContextManager[Subject]:
    """A task list of Radicale."""
    return _caldav("radicale", "tasks")


def xandikos() -> AbstractContextManager[Subject]:
    """A calendar of Xandikos."""
    return _caldav("xandikos", "calendar")


def xandikos_tasks() -> AbstractContextManager[Subject]:
    """A task list of Xandikos."""
    return _caldav("xandikos", "tasks")


def _checked(
    app: Any, missing: str | None, conforming: Callable[[Any], Any], accepted: str
) -> tuple[Any, Callable[[], list[Any]]]:
    """Hold an app against its description where that is at hand."""
    if missing:
        return app, list
    checked = conforming(app)
    found = getattr(checked, accepted)
    return checked, found if callable(found) else lambda: list(found)


CALDAV = (radicale, radicale_tasks, xandikos, xandikos_tasks)
SUBJECTS = {one.__name__: one for one in (memory, asana, basecamp, microsoft365, microsoft365_group, *CALDAV)}
