"""A world of pure values: tools as dictionaries, and a plan carried out on them without any I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import FIELDS, RecordType, same
from domain.lens import Space
from domain.plan import Absence, Absent, Link, LinkState, Plan, Seen, Situation, Step, Verb
from domain.planner import plan
from domain.policy import Policy
from domain.records import Record
from domain.values import Fields, Value

TASK = RecordType.TASK
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def task_space(name: str, *, without: tuple[str, ...] = (), **held: Held) -> Space:
    """A space for tasks that holds everything but the fields named."""
    names = [field for field in FIELDS[TASK] if field not in without]
    fields = {one: held.get(one, Held(Hold.READ) if one == "completed_at" else Held()) for one in names}
    return Space(name, Capabilities({TASK: TypeCapabilities(fields)}), BERLIN)


@dataclass
class World:
    """Tools by space name: remote id -> what it shows. Times tick with every act."""

    spaces: tuple[Space, ...]
    policy: Policy = field(default=Policy())
    tools: dict[str, dict[str, Fields]] = field(default_factory=dict)
    times: dict[tuple[str, str], datetime] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    behind: frozenset[str] = frozenset()
    now: datetime = NOW
    count: int = 0

    def __post_init__(self) -> None:
        for space in self.spaces:
            self.tools.setdefault(space.name, {})

    def put(self, space: str, remote: str, fields: Fields) -> None:
        """A person sets what a remote shows."""
        self.now += timedelta(seconds=1)
        self.tools[space][remote] = fields
        self.times[space, remote] = self.now

    def create(self, space: str, fields: Fields) -> str:
        """Somebody makes an item."""
        self.count += 1
        remote = f"{space}{self.count}"
        capabilities = next(one for one in self.spaces if one.name == space).type(TASK)
        assert capabilities is not None
        blank = {name: FIELDS[TASK][name].default for name in capabilities.fields}
        self.put(space, remote, {**blank, **{name: v for name, v in fields.items() if name in blank}})
        return remote

    def edit(self, space: str, remote: str, **fields: Value) -> None:
        """A person changes fields."""
        self.put(space, remote, {**self.tools[space][remote], **fields})

    def situation(self) -> Situation:
        """Read everything, completely and truthfully."""
        seen = [
            Seen(space, remote, str(self.times[space, remote]), TASK, view, self.times[space, remote])
            for space, items in self.tools.items()
            for remote, view in items.items()
        ]
        live = [link for link in self.links.values() if link.state is LinkState.LIVE]
        gone = [link for link in live if link.remote not in self.tools[link.space]]
        counts = {name: sum(link.space == name for link in live) for name in self.tools}
        return Situation(
            community="test",
            spaces=self.spaces,
            policy=self.policy,
            now=self.now,
            records=self.records,
            links=tuple(self.links.values()),
            seen=seen,
            absent=[Absent(link.space, link.remote, Absence.DELETED) for link in gone],
            live=counts,
            consider=self.behind,
        )

    def plan(self) -> Plan:
        """Draw a plan."""
        return plan(self.situation())

    def apply(self, drawn: Plan) -> None:
        """Carry out a plan; every write succeeds."""
        self.records |= drawn.records
        for link in drawn.forgotten:
            self.links.pop((link.space, link.record), None)
        self.links |= {(link.space, link.record): link for link in drawn.links}
        for step in drawn.steps:
            self._carry_out(step)
        self.behind = drawn.unsettled

    def _carry_out(self, step: Step) -> None:
        key = (step.space, step.record)
        if step.verb is Verb.DELETE:
            del self.tools[step.space][str(step.remote)]
            self.links[key] = replace(self.links[key], state=LinkState.GONE)
            return
        view = dict(step.view)
        if isinstance(view.get("parent"), str):
            view["parent"] = self.links[step.space, str(view["parent"])].remote
        remote = step.remote or self.create(step.space, view)
        changed = {name: view[name] for name in step.fields}
        self.put(step.space, remote, {**self.tools[step.space][remote], **changed})
        base = {**self.tools[step.space][remote], "parent": step.view.get("parent")}
        base = {name: value for name, value in base.items() if name in self.tools[step.space][remote]}
        version = str(self.times[step.space, remote])
        self.links[key] = Link(step.space, step.record, remote, version, base)

    def sync(self) -> Plan:
        """Plan and carry out."""
        drawn = self.plan()
        self.apply(drawn)
        return drawn

    def in_step(self, space: str, other: str) -> bool:
        """Tell whether two spaces show the same in every field both hold."""
        return self.shown(space, other) == self.shown(other, space)

    def shown(self, space: str, beside: str) -> Mapping[str, Fields]:
        """Return, per record, what a space shows of the fields that `beside` holds fully as well."""
        both = [_full(one) for one in self.spaces if one.name in (space, beside)]
        names = set.intersection(*both) - {"parent", "completed_at"}
        return {
            link.record: {
                name: value
                for name, value in self.tools[space][link.remote].items()
                if name in names and not same(FIELDS[TASK][name], value, None)
            }
            for link in self.links.values()
            if link.space == space and link.state is LinkState.LIVE
        }


def _full(space: Space) -> set[str]:
    capabilities = space.type(TASK)
    assert capabilities is not None
    return {name for name, held in capabilities.fields.items() if held == Held()}
