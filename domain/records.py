"""The canonical records of a community, validated: what `export` shows and what a hub edit must satisfy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from domain.errors import SetAside
from domain.fields import RecordType
from domain.recurrence.series import series_from_fields
from domain.values import Fields, Value

Role = Literal["sponsor", "moderator", "core", "member"]
EARLIEST, LATEST = 1900, 2200
MAX_NOTES = 5_000_000


def _sane(value: date | datetime) -> date | datetime:
    if not EARLIEST <= value.year <= LATEST:
        raise ValueError(f"the year {value.year} is outside {EARLIEST} to {LATEST}")
    return value


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError(f"'{value}' is no IANA time zone; use a name such as Europe/Berlin") from unknown
    return value


Day = Annotated[date, AfterValidator(_sane)]
Instant = Annotated[AwareDatetime, AfterValidator(_sane)]
WhenField = Instant | Day
Zone = Annotated[str, AfterValidator(_known_zone)]
Text = Annotated[str, Field(max_length=MAX_NOTES)]
AudienceWord = Literal["internal", "community", "public"]
"""For whom a record is; None leaves it to its kind (domain.announcements.audience)."""


class _Model(BaseModel):
    # A run without a change validates nothing, so no validator is built before its first use.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class Member(_Model):
    """A person of the community; identities in the tools are links."""

    name: str = ""
    emails: frozenset[str] = frozenset()
    role: Role = "member"


class Task(_Model):
    """Something to be done; of kind milestone it is a deadline. `due` and `start` are days or instants."""

    kind: Literal["task", "milestone"] = "task"
    title: str = ""
    notes: Text = ""
    state: Literal["open", "done"] = "open"
    completed_at: WhenField | None = None
    assignees: frozenset[str] = frozenset()
    start: WhenField | None = None
    due: WhenField | None = None
    tags: frozenset[str] = frozenset()
    list: str | None = None
    parent: str | None = None
    links: frozenset[str] = frozenset()
    audience: AudienceWord | None = None


class Event(_Model):
    """A gathering. `start` and `end` are both days (end exclusive) or both instants.

    With an `rrule`, `rdates` or `overrides` it is a series (domain.recurrence).
    """

    title: str = ""
    notes: Text = ""
    start: WhenField
    end: WhenField
    zone: Zone | None = None
    location: str = ""
    meeting_url: str = ""
    attendees: frozenset[str] = frozenset()
    status: Literal["confirmed", "tentative", "cancelled"] = "confirmed"
    rrule: str | None = None
    rdates: frozenset[str] = frozenset()
    exdates: frozenset[str] = frozenset()
    overrides: frozenset[str] = frozenset()
    audience: AudienceWord | None = None


class Document(_Model):
    """A link to a document that lives elsewhere."""

    title: str = ""
    url: str = ""
    audience: AudienceWord | None = None


class Post(_Model):
    """Something a person said to the community. `body` is CommonMark, `author` a display name, `url` where it stands.

    `replies` counts the answers it has there, None where that cannot be read.
    """

    title: str = ""
    body: Text = ""
    audience: AudienceWord | None = None
    author: str = ""
    published_at: Instant | None = None
    url: str = ""
    replies: Annotated[int, Field(ge=0)] | None = None


MODELS: Mapping[RecordType, type[_Model]] = {
    RecordType.MEMBER: Member,
    RecordType.TASK: Task,
    RecordType.EVENT: Event,
    RecordType.DOCUMENT: Document,
    RecordType.POST: Post,
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Who last wrote a field: the space (or "hub"), when by our clock, and who the tool says it was."""

    space: str
    at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """A value set in the hub and not yet merged: a decision, or a step back.

    `over` are values it knowingly overrules; where a tool shows one of them, that is no competing edit. `cause` tells
    why it was set, for history.
    """

    value: Value
    at: datetime
    over: tuple[Value, ...] = ()
    cause: str = "set in the hub"


@dataclass(frozen=True, slots=True)
class Record:
    """A canonical thing with its identity; `edits` are changes made in the hub and not yet merged."""

    id: str
    type: RecordType
    fields: Fields
    deleted: bool = False
    edits: Mapping[str, Edit] = field(default_factory=dict)
    writers: Mapping[str, Writer] = field(default_factory=dict)
    origin: Writer = field(default=Writer("hub"))

    def writer(self, name: str) -> Writer:
        """Return who last wrote a field; fields never changed since were written at the origin."""
        return self.writers.get(name, self.origin)


def check(kind: RecordType, fields: Mapping[str, Value]) -> None:
    """Refuse values no record may have, such as absurd dates.

    Raises:
        SetAside: a field is out of bounds; the message names it.
    """
    try:
        MODELS[kind].model_validate(dict(fields))
    except ValidationError as refused:
        errors = refused.errors(include_url=False, include_input=False)
        telling = next((error for error in errors if error["type"] == "value_error"), errors[0])
        words = telling["msg"].removeprefix("Value error, ")
        raise SetAside(
            f"The {kind} cannot be kept: {telling['loc'][0]}: {words}", mend="Correct this field in the tool."
        ) from None
    if kind is RecordType.EVENT:
        series_from_fields(fields)
