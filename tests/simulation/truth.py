"""What people really did: every edit with what its author saw, and what became known of it to copsync.

Values are made so that their origin can be told: titles, texts, days and tags carry the number of the edit that
brought them (its token), wherever and in whatever form they turn up. States, kinds and parents have too few values
for that; for them the truth keeps which edits the shown value stands for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from domain.draft import record_id
from domain.fields import FIELDS, RecordType, Shape, value_from_json
from domain.plan import Conflict, Link, Plan, Verb
from domain.values import Fields, Value
from sync.people import member_id

if TYPE_CHECKING:
    from store.journal import Outcome

COMMUNITY = "sim"
TASK = RecordType.TASK
BERLIN = ZoneInfo("Europe/Berlin")
TABLE = FIELDS[TASK]
REGISTERS = frozenset({"state", "kind", "parent"})
PEOPLE = "assignees"
HUB = "hub"
TOKENS = frozenset({"title", "notes", "list", "due", "start", "tags", "links"})
FIRST_DUE, FIRST_START, LATE_START = date(2026, 6, 1), date(2020, 1, 1), date(2030, 1, 1)
_TOKEN = re.compile(r"(?<![a-z0-9])[tnglu](\d{4})(?!\d)")
_CUT = re.compile(r"[tn](\d{0,3})…$")

Place = tuple[str, str]
"""A space and the tool's id of an item there."""


def tokens(name: str, value: Value) -> frozenset[int]:
    """Return the numbers of the edits that a value comes from."""
    if value is None:
        return frozenset()
    if isinstance(value, str):
        return frozenset(int(found) for found in _TOKEN.findall(value))
    if isinstance(value, frozenset):
        return frozenset(int(one[-4:]) for one in value)
    day = value.astimezone(BERLIN).date() if isinstance(value, datetime) else value
    assert isinstance(day, date)
    first = FIRST_DUE if name == "due" else LATE_START if day >= LATE_START else FIRST_START
    return frozenset({(day - first).days})


def half_seen(value: Value, candidates: Iterable[int]) -> frozenset[int]:
    """Return the edits whose mark stands right where a tool cut a text off: half of it was shown."""
    cut = _CUT.search(value) if isinstance(value, str) else None
    return frozenset(one for one in candidates if f"{one:04}".startswith(cut.group(1))) if cut else frozenset()


@dataclass(slots=True)
class Edit:
    """What a person wrote: `value` as the tool then showed it, `before` as they saw it.

    `saw` are the edits behind a state, kind or parent they saw. `taken` is the number of the commit with which
    copsync took the value in; None before that. `agreed` is what copsync took a linked item's set for by then: what it
    had put there beyond that, without hearing of it, can be taken out again unnoticed.
    """

    number: int
    space: str
    remote: str
    field: str
    value: Value
    before: Value
    at: float
    saw: frozenset[int] = frozenset()
    taken: int | None = None
    half: frozenset[int] = frozenset()
    agreed: frozenset[str] | None = None

    @property
    def place(self) -> Place:
        """Where it was written."""
        return self.space, self.remote

    @property
    def added(self) -> frozenset[int]:
        """The tokens it brought."""
        return tokens(self.field, self.value) - tokens(self.field, self.before)

    @property
    def removed(self) -> frozenset[int]:
        """The tokens it took away, knowingly."""
        return (tokens(self.field, self.before) - tokens(self.field, self.value)) | self.half

    @property
    def unheard(self) -> frozenset[int]:
        """The tokens it took away from a set of which copsync did not know that they were there."""
        return frozenset() if self.agreed is None else self.removed - tokens(self.field, self.agreed)

    def __str__(self) -> str:
        return f"edit {self.number} of {self.space}/{self.remote} {self.field}={self.value!r} over {self.before!r}"


@dataclass(frozen=True, slots=True)
class Deletion:
    """A person deleted an item, seeing what it showed."""

    at: float
    saw: frozenset[int]
    view: Fields
    commit: int
    owners: frozenset[str] = frozenset()


@dataclass(slots=True)
class Truth:
    """Everything that happened, told apart by who did it."""

    edits: list[Edit] = field(default_factory=list)
    at_place: dict[Place, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    owners: dict[Place, list[str]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, set[Place]] = field(default_factory=lambda: defaultdict(set))
    behind_shown: dict[tuple[str, str, str], frozenset[int]] = field(default_factory=dict)
    removed: dict[Place, Deletion] = field(default_factory=dict)
    removals: list[tuple[Place, Deletion]] = field(default_factory=list)
    restored: set[Place] = field(default_factory=set)
    left: set[Place] = field(default_factory=set)
    ever_left: set[Place] = field(default_factory=set)
    unrecognisable: set[Place] = field(default_factory=set)
    made_for: dict[Place, str] = field(default_factory=dict)
    made_as: dict[Place, Fields] = field(default_factory=dict)
    creates: dict[tuple[str, str], Fields] = field(default_factory=dict)
    bases: dict[Place, Fields] = field(default_factory=dict)
    deleted_by_copsync: set[Place] = field(default_factory=set)
    hub: dict[tuple[str, str], list[Value]] = field(default_factory=lambda: defaultdict(list))
    lost: dict[tuple[str, str], list[tuple[str, Value]]] = field(default_factory=lambda: defaultdict(list))
    decided: dict[tuple[str, str], list[Value]] = field(default_factory=lambda: defaultdict(list))
    deleted_at: dict[str, int] = field(default_factory=dict)
    pending: set[tuple[str, str]] = field(default_factory=set)
    unheard: set[tuple[str, str]] = field(default_factory=set)
    unlinked: set[int] = field(default_factory=set)
    humans: dict[tuple[str, str], int] = field(default_factory=dict)
    reverted: set[int] = field(default_factory=set)
    commits: int = 0

    def note(self, edit: Edit) -> None:
        """Remember an edit."""
        self.edits.append(edit)
        self.at_place[edit.place].append(edit)
        if edit.place in self.made_for and not self.owners[edit.place]:
            self.unlinked.add(edit.number)
        agreed = self.bases.get(edit.place, {}).get(edit.field)
        if isinstance(agreed, frozenset):
            edit.agreed = agreed
        if edit.field in REGISTERS:
            self.behind_shown[edit.space, edit.remote, edit.field] = frozenset({edit.number})

    def edits_of(self, record: str, name: str) -> list[Edit]:
        """Return the edits of a field of a record, in whatever tool."""
        return [edit for place in self.places[record] for edit in self.at_place[place] if edit.field == name]

    def behind(self, space: str, remote: str, name: str, value: Value) -> frozenset[int]:
        """Return the edits that a person stands before who sees this state, kind or parent."""
        agreed = {
            edit.number
            for record in self.owners[space, remote]
            for edit in self.edits_of(record, name)
            if edit.taken is not None and self.means_same(name, edit.space, edit.value, space, value)
        }
        return self.behind_shown.get((space, remote, name), frozenset()) | agreed

    def means_same(self, name: str, one_space: str, one: Value, space: str, other: Value) -> bool:
        """Tell whether two tools show the same; parents are compared by the records they belong to."""
        if name != "parent" or not isinstance(one, str) or not isinstance(other, str):
            return one == other
        return (one_space, one) == (space, other) or not set(self.owners[one_space, one]).isdisjoint(
            self.owners[space, other]
        )

    def wrote(self, space: str, remote: str, record: str, fields: Fields) -> None:
        """Note that copsync changed what an item shows."""
        self.made_for.setdefault((space, remote), record)
        self.pending.add((space, record))
        for name in REGISTERS.intersection(fields):
            self.behind_shown[space, remote, name] = frozenset(
                edit.number
                for edit in self.edits_of(record, name)
                if edit.taken is not None and self.means_same(name, edit.space, edit.value, space, fields[name])
            )

    def made_unmarked(self, space: str, remote: str, record: str) -> None:
        """Note an item of copsync's that only what it shows can tell from others."""
        if (space, record) in self.creates:
            self.made_as[space, remote] = self.creates[space, record]

    def absorbed(self, plan: Plan) -> None:
        """Note what a committed plan took in."""
        self.commits += 1
        self.creates |= {(one.space, one.record): one.view for one in plan.steps if one.verb is Verb.CREATE}
        for link in (*plan.links, *plan.forgotten):
            self.linked(link)
            self._take(link)
        for record in plan.records.values():
            for edit in self.at_place.get((HUB, record.id), ()):
                if edit.taken is None and edit.field not in record.edits:
                    edit.taken = self.commits
            for name, value in record.fields.items():
                values = self.hub[record.id, name]
                if not values or values[-1] != value:
                    values.append(value)
            if record.deleted:
                self.deleted_at.setdefault(record.id, self.commits)
            else:
                self.deleted_at.pop(record.id, None)
        self._note_conflicts(plan.conflicts)

    def _take(self, link: Link) -> None:
        """Note which edits a base knows of: of a single value the last one, of a set or a text all it shows."""
        latest: set[str] = set()
        for edit in reversed(self.at_place.get((link.space, link.remote), ())):
            name = edit.field
            if edit.taken is None and name in link.base:
                parts = is_set(name) and name in TOKENS and edit.added <= tokens(name, link.base[name])
                if parts or (name not in latest and self._is_base(edit, link.base)):
                    edit.taken = self.commits
            latest.add(name)

    def is_agreed(self, edit: Edit) -> bool:
        """Tell whether an edit wrote what copsync knows to stand there: what was there in between, nobody told it."""
        base = self.bases.get(edit.place, {})
        return edit.field in base and self._is_base(edit, base)

    def _is_base(self, edit: Edit, fields: Fields) -> bool:
        base = fields[edit.field]
        if edit.field == "parent":
            wanted = self.owners[edit.space, edit.value] if isinstance(edit.value, str) else [None]
            return base in wanted
        if edit.field == PEOPLE:
            return isinstance(base, frozenset) and self._are_members(edit, base)
        return base == edit.value

    def _are_members(self, edit: Edit, base: frozenset[str]) -> bool:
        """Tell whether a base names whom the edit named, each by their address or by their account."""
        persons = edit.value if isinstance(edit.value, frozenset) else frozenset()
        members = [self._members_of(edit.space, person) for person in persons]
        return base <= frozenset().union(*members) and all(base & one for one in members)

    def _members_of(self, space: str, person: str) -> frozenset[str]:
        address = email_of(self.humans[space, person])
        return frozenset({member_id(COMMUNITY, address), record_id(COMMUNITY, RecordType.MEMBER, space, person)})

    def _note_conflicts(self, conflicts: Iterable[Conflict]) -> None:
        for conflict in conflicts:
            for change in conflict.lost:
                self.lost[conflict.record, conflict.field].append((change.space, change.after))

    def concluded(self, outcomes: Iterable[Outcome]) -> None:
        """Note which links a commit moved after writes."""
        for outcome in outcomes:
            if outcome.link is not None:
                self._stands_for_its_like(outcome.link)
                self.linked(outcome.link)
                self.pending.discard((outcome.link.space, outcome.link.record))

    def _stands_for_its_like(self, link: Link) -> None:
        """Let an item without a mark stand for another record of which just the same was to be sent there."""
        made_as = self.made_as.get((link.space, link.remote))
        if made_as is not None and made_as == self.creates.get((link.space, link.record)):
            self.made_for[link.space, link.remote] = link.record

    def linked(self, link: Link) -> None:
        """Note that an item belongs to a record."""
        place = link.space, link.remote
        self.bases[place] = link.base
        if link.record not in self.owners[place]:
            self.owners[place].append(link.record)
            self.places[link.record].add(place)


def conflict_value(kind: RecordType, name: str, raw: object) -> Value:
    """Return a losing value as the store kept it."""
    spec = FIELDS[kind].get(name)
    return value_from_json(spec, raw) if spec else None


def email_of(human: int) -> str:
    """Return somebody's address."""
    return f"human{human}@example.org"


def is_set(name: str) -> bool:
    """Tell whether a field is a set."""
    return TABLE[name].shape is Shape.SET


def day_of(first: date, number: int) -> date:
    """Return the day that carries a token."""
    return first + timedelta(days=number)


def shown_tokens(fields: Mapping[str, Value]) -> frozenset[int]:
    """Return every token an item shows."""
    return frozenset(one for name, value in fields.items() if name in TOKENS for one in tokens(name, value))
