"""The contract between copsync and a tool: what a connector offers, and the words they share.

A connector speaks in its tool's own ids and knows nothing of records: it reads remotes, turns them into views
(pure), and carries out writes. Errors are those of :mod:`domain.errors`, told by what to do about them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from pydantic import BaseModel, SecretStr

from connectors.consent import Consent, DeviceConsent
from domain.capabilities import Capabilities
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields


@dataclass(frozen=True, slots=True)
class Remote:
    """The tool's own object. Equal versions mean that nothing a view shows has changed.

    `raw` is the object as the tool wrote it; only the connector looks inside. `modified_at` is by the tool's clock.
    `mark` is the record id that copsync left in the object, where the tool has a place for it. `partial` says that a
    listing told no more than its version: where that is a new one, the object is fetched before it is looked at.
    """

    id: str
    version: str
    type: RecordType
    raw: Any
    modified_at: datetime | None = None
    modified_by: str | None = None
    mark: str | None = None
    partial: bool = False


class Missing(StrEnum):
    """What a direct read says about a remote that cannot be read."""

    GONE = "gone"  # deleted or in the trash
    OUT_OF_SCOPE = "out of scope"  # it lives, but not in what this space mirrors
    NO_ACCESS = "no access"  # cannot be told apart from a loss of access


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody the tool knows; `email` is None where the tool hides it."""

    id: str
    name: str
    email: str | None = None


Sink = Callable[[Sequence[Remote]], None]
"""Takes remotes page by page, so that memory stays flat."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a read of a space amounts to.

    `complete` says that every live remote in scope was handed to the sink, so that what is missing is a candidate
    for a deletion (and no more than that). `gone` are candidates the tool named itself. `cursor` resumes the next
    read; None asks for a full one. `read` counts remotes read.
    """

    complete: bool
    cursor: str | None
    read: int
    gone: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """One write into a space, in the tool's own ids.

    `fields` are the values to set and `view` all that the remote shall show afterwards. `base` is the view last
    agreed on. `current` is a fresh read where the tool cannot refuse a stale write by itself; else `version` goes
    along as the precondition. `mark` is the record's id; `key` is unique to this intent and the same on recovery.
    `known` is what the record holds of fields that this space only reads.
    """

    verb: Verb
    type: RecordType
    kind: str
    mark: str
    key: str
    remote: str | None
    fields: Fields
    view: Fields
    base: Fields = field(default_factory=dict)
    version: str | None = None
    current: Remote | None = None
    known: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lost:
    """A create whose answer never came: enough to look whether the tool has it."""

    type: RecordType
    kind: str
    mark: str
    key: str
    view: Fields
    since: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """Something an admin should know about a connection or space, with the mend; `error` needs it before a sync."""

    level: Literal["ok", "warning", "error"]
    message: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """Something a space can be bound to, and the key of copsync.toml that binds it."""

    id: str
    name: str
    key: str


class Connector(Protocol):
    """One space of a tool. The pure part (view, settle, admits) is its lens; the rest reads and writes."""

    capabilities: Capabilities

    def view(self, remote: Remote) -> Fields:
        """Return what the remote shows, in normal form and the tool's own ids. Absent names are not held there.

        Raises:
            SetAside: this one object cannot be understood.
        """

    def settle(self, kind: RecordType, fields: Fields) -> Fields:
        """Return a view as the tool can really hold it, after its rules between fields. Idempotent."""

    def admits(self, kind: RecordType, fields: Fields) -> bool:
        """Tell whether a record (with these canonical fields) is shown in this space."""

    async def check(self) -> Sequence[Finding]:
        """Reach the space and name what an admin must mend; never raises for a user's mistake."""

    async def people(self) -> Sequence[Person]:
        """Return everybody who can be named in this space; empty where the tool has no such notion."""

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        """Read what changed since the cursor, or everything when it is None or no longer accepted.

        Raises:
            Paused: the space is archived, gone or not accessible.
            ConnectAgain: the credentials are no longer accepted.
            Retriable: the tool could not be read; nothing that was handed over is wrong.
        """

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        """Read one remote directly.

        Raises:
            Paused: the whole space cannot be read, so that nothing can be said about one remote.
        """

    async def find(self, lost: Lost) -> Sequence[Remote]:
        """Look for the outcome of a create whose answer was lost: by mark, else narrowly by what was sent and when."""

    async def write(self, write: Write) -> Remote | None:
        """Carry out a write and return the remote as the tool now holds it; None after a delete.

        A restore of what already is back returns it; None says that the tool's trash no longer has it.

        Raises:
            Stale: the remote moved; nothing was written.
            Uncertain: the answer of a write that must not be repeated was lost.
            SetAside: the tool refuses this record.
        """


@runtime_checkable
class LaysOut(Protocol):
    """What a connector adds whose tool cannot hold every series as what it is."""

    def lays_out(self, kind: RecordType, fields: Fields) -> bool:
        """Tell whether a series (with these canonical fields) can only be shown as single events, one by one."""


@runtime_checkable
class Discussed(Protocol):
    """What a connector adds whose tool has comments (see :attr:`TypeCapabilities.discussed`)."""

    async def comments(self, kind: RecordType, remote: str) -> int:
        """Return how many comments a remote has, those on its occurrences among them; none where it is gone."""


class Connection(Protocol):
    """One account of a tool; its spaces share the connection, its limits and its counts."""

    @property
    def requests(self) -> int:
        """How many requests left so far."""

    @property
    def clock_offset(self) -> timedelta | None:
        """How far the tool's clock runs ahead of ours, or None before its first answer."""

    def space(self, setup: SpaceSetup) -> Connector:
        """Return the connector of one space."""

    async def check(self) -> Sequence[Finding]:
        """Try the credentials and name what an admin must mend."""

    async def discover(self) -> Sequence[Container]:
        """Return what spaces could be bound to."""

    async def aclose(self) -> None:
        """Close everything."""


class TokenKeeper(Protocol):
    """Remembers one secret text of a connection between runs, sealed; each connection has its own."""

    def recall(self) -> SecretStr | None:
        """Return what was kept last, by whatever process; None where nothing was.

        Raises:
            ConfigProblem: it cannot be opened with the present key.
            StoreProblem: the store cannot be read.
        """

    def keep(self, secret: SecretStr) -> None:
        """Keep a text in place of the one before; it is on disk when this returns.

        Raises:
            StoreProblem: it could not be kept, and the one before still stands.
        """


@dataclass(frozen=True, slots=True)
class ConnectionSetup:
    """A connection's settings, secrets resolved. `options` is an instance of the tool's `connection_options`.

    `keeper` gives the place for tokens that the tool renews; only who needs one asks, because it takes a key
    (ConfigProblem where there is none).
    """

    name: str
    base_url: str
    token: SecretStr | None
    options: BaseModel
    keeper: Callable[[], TokenKeeper] | None = None


@dataclass(frozen=True, slots=True)
class SpaceSetup:
    """A space's settings. `options` is an instance of the tool's `space_options`; `zone` is the community's.

    `show_on_calendar` says which tasks with a due date a calendar shows: milestones, all or none. `meetings` says where
    new gatherings get an online meeting, if the space does not say it itself.
    """

    name: str
    community: str
    zone: ZoneInfo
    options: BaseModel
    show_on_calendar: Literal["milestones", "all", "none"] = "milestones"
    meetings: Literal["teams"] | None = None


def _no_device(_options: BaseModel) -> DeviceConsent | None:
    return None


def _not_known(_setup: ConnectionSetup) -> date | None:
    return None


@dataclass(frozen=True, slots=True)
class Tool:
    """A kind of external system, registered under the entry-point group `copsync.connectors`.

    `base_url` is the default; None means that the connection must name one. `capabilities` are those of a space
    with default options (the documentation's fidelity table is made from them). `consent` is where a person can
    let copsync in (`copsync connect`); the connection's options are then :class:`connectors.consent.OAuthOptions`.
    `device` tells from a connection's options whether a person lets copsync in by entering a code instead. `ends_on`
    tells, without asking the tool, on which day (UTC) a person has to sign in again; None where that is not known.
    """

    name: str
    title: str
    base_url: str | None
    connection_options: type[BaseModel]
    space_options: type[BaseModel]
    capabilities: Capabilities
    connect: Callable[[ConnectionSetup], Connection]
    notes: Mapping[str, str] = field(default_factory=dict)
    consent: Consent | None = None
    device: Callable[[BaseModel], DeviceConsent | None] = _no_device
    ends_on: Callable[[ConnectionSetup], date | None] = _not_known
