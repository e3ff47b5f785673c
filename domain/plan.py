"""What a plan is made of: the situation it is drawn from, the steps it holds, the conflicts and questions it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.changes import Change
from domain.fields import RecordType
from domain.lens import Space
from domain.parts import whole_of
from domain.policy import Policy
from domain.records import Record
from domain.values import Fields, Value


class LinkState(StrEnum):
    """Where the remote of a link is, or what is to become of it there while the record goes on."""

    LIVE = "live"
    GONE = "gone"  # deleted there
    OUT = "out"  # outside what is mirrored
    WITHDRAW = "withdraw"  # still there, to be taken away: its creation is being undone
    RESTORE = "restore"  # gone, to be brought back: its deletion is being undone


@dataclass(frozen=True, slots=True)
class Link:
    """A record's identity in one space.

    `base` is the view both last agreed on. `sent` holds, for fields the tool stored differently than asked, the
    value that was sent: the tool's answer stands for it, and it is not sent again.
    """

    space: str
    record: str
    remote: str
    version: str
    base: Fields
    sent: Fields = field(default_factory=dict)
    state: LinkState = LinkState.LIVE

    @property
    def agreed(self) -> bool:
        """Tell whether record and remote were ever compared; after a restored backup they have to be anew."""
        return bool(self.base or self.version)


@dataclass(frozen=True, slots=True)
class Seen:
    """A remote as it is now; people are member records already, the parent still is the tool's id.

    `at` is when it last changed, by our clock.
    """

    space: str
    remote: str
    version: str
    type: RecordType
    view: Fields
    at: datetime | None = None
    by: str | None = None
    mark: str | None = None


class Absence(StrEnum):
    """What a direct read said about a remote that was not listed."""

    DELETED = "deleted"
    OUT_OF_SCOPE = "out of scope"


@dataclass(frozen=True, slots=True)
class Absent:
    """A linked remote that is not where it was, confirmed by a direct read."""

    space: str
    remote: str
    absence: Absence


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a plan depends on. `live` counts live links per space; `consider` are records known to be behind.

    `paused` spaces receive nothing now. `approved` holds (space, record) pairs whose held steps a person released.
    `surging` are (space, field) pairs that an earlier plan of the same run held, `undecided` (space, record, field)
    triples about which a person was asked, and that no run has settled since. `aside` are (space, record) pairs to
    which nothing is sent for now, `unreadable` (space, remote) pairs that are known to be beyond understanding.
    `comments` counts what people wrote below a (space, remote), for those that were asked about.
    """

    community: str
    spaces: Sequence[Space]
    policy: Policy
    now: datetime
    records: Mapping[str, Record]
    links: Sequence[Link]
    seen: Sequence[Seen] = ()
    absent: Sequence[Absent] = ()
    live: Mapping[str, int] = field(default_factory=dict)
    consider: frozenset[str] = frozenset()
    paused: frozenset[str] = frozenset()
    approved: frozenset[tuple[str, str]] = frozenset()
    surging: frozenset[tuple[str, str]] = frozenset()
    undecided: frozenset[tuple[str, str, str]] = frozenset()
    aside: frozenset[tuple[str, str]] = frozenset()
    unreadable: frozenset[tuple[str, str]] = frozenset()
    comments: Mapping[tuple[str, str], int] = field(default_factory=dict)


EVERYTHING = "*"
"""In place of a record, in what is held or approved: everything in that space."""


class Verb(StrEnum):
    """What a step does in its space."""

    CREATE = "create"
    UPDATE = "update"
    COMPLETE = "complete"
    MOVE = "move"
    DELETE = "delete"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class Step:
    """One planned change in one space.

    `fields` holds what changes, old and new; `view` is all the space shall show afterwards. `base` and `version`
    are what the write presumes. `notifies` counts people whom the tool tells by itself. `known` is what the record
    holds of the fields that the space only reads.
    """

    space: str
    verb: Verb
    type: RecordType
    record: str
    remote: str | None
    title: str
    kind: str
    fields: Mapping[str, tuple[Value, Value]]
    view: Fields
    reason: str
    base: Fields = field(default_factory=dict)
    version: str | None = None
    notifies: int = 0
    known: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field changed in several places to different values; `lost` is kept. `undecided` waits for a person."""

    record: str
    type: RecordType
    field: str
    kept: Change
    lost: tuple[Change, ...]
    undecided: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """Something a guard stopped until a person approves it (`copsync sync --approve RUN`) or corrects it there.

    `remote` and `type` are given where it is about one remote that cannot be understood or kept.
    """

    space: str
    record: str
    title: str
    guard: str
    reason: str
    field: str | None = None
    remote: str | None = None
    type: RecordType | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Items in several tools that look like the same work, but not clearly: left alone until a person decides."""

    space: str
    title: str
    remotes: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delta:
    """One field of a record that changes in the hub, for history; `cause` is the rule that was applied."""

    record: str
    field: str
    before: Value
    after: Value
    space: str
    by: str | None = None
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do: first the hub takes in (records, links), then the steps go out.

    `forgotten` are links that end. `wanted` are the (space, record) pairs that have yet to follow, whether by a step of
    this plan or later; `unsettled` are the records of those for which not even a step is sent now. `reread` are spaces
    whose cursor must not move, because something seen there was not taken in; `surging` are the (space, field) pairs
    that changed on too many records; `inquire` the (space, remote) pairs whose comments have to be counted first, and
    `replaced` the (space, record) pairs for which the rest can be sent once these steps are carried out.
    """

    records: Mapping[str, Record]
    links: Sequence[Link]
    forgotten: Sequence[Link]
    steps: Sequence[Step]
    conflicts: Sequence[Conflict]
    held: Sequence[Held]
    questions: Sequence[Question]
    deltas: Sequence[Delta]
    notes: Sequence[str]
    wanted: frozenset[tuple[str, str]]
    unsettled: frozenset[str]
    reread: frozenset[str]
    surging: frozenset[tuple[str, str]] = frozenset()
    inquire: frozenset[tuple[str, str]] = frozenset()
    replaced: frozenset[tuple[str, str]] = frozenset()

    def find_behind(self) -> frozenset[str]:
        """Return the records that some space has yet to follow."""
        return frozenset(whole_of(record) for _, record in self.wanted)

    @property
    def empty(self) -> bool:
        """Tell whether everything is in step: nothing to send and nothing for a person to decide."""
        return not (self.steps or self.held or self.questions)
