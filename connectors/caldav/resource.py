"""An object of a collection: what it is called, its version, its text, and what it is about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.caldav.component import Component, parsed
from connectors.caldav.marks import mark_of
from connectors.caldav.moments import read_stamp
from connectors.contract import Remote
from domain.calendars.lines import text_of
from domain.calendars.read import read
from domain.fields import RecordType

RECURS = ("RRULE", "RDATE", "RECURRENCE-ID", "EXRULE", "EXDATE")
"""What makes an event or task part of a series."""

_ANYWHERE = ZoneInfo("UTC")
"""Whether a series can be kept does not depend on where times without a zone are meant."""

_MAIN = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")


@dataclass(frozen=True, slots=True)
class Nature:
    """What kind of object it is, as far as that can be told: enough to decide whether it is mirrored.

    `component` is empty for an object that cannot be understood. `refusal` says why a series is left alone: copsync
    could not keep all of it, and a wrong copy is worse than none.
    """

    component: str = ""
    uid: str = ""
    is_series: bool = False
    is_private: bool = False
    refusal: str = ""
    parent_uid: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """An object as it is stored.

    `name` is the last part of its address, decoded; it is the remote's id. `parent` is the name of the object that
    its RELATED-TO points to, or that UID where nothing of this collection has it.
    """

    name: str
    etag: str
    text: str
    nature: Nature
    parent: str | None = None

    @classmethod
    def of(cls, name: str, etag: str, text: str) -> Resource:
        """Take an object as it was read."""
        return cls(name, etag, text, nature_of(text))


@dataclass(frozen=True, slots=True)
class Entry:
    """The event or task of an object; of a series the master, beside its edited occurrences."""

    calendar: Component
    main: Component
    edited: tuple[Component, ...] = ()

    @property
    def is_series(self) -> bool:
        """Whether it recurs, or did."""
        return bool(self.edited) or self.main.has(*RECURS)

    @property
    def uid(self) -> str:
        """Its UID."""
        return text_of(self.main.value("UID")).strip()


def entry_of(text: str) -> Entry:
    """Read an object.

    Raises:
        ValueError: it cannot be understood, or holds no event or task, or several.
    """
    calendar = parsed(text)
    found = list(mains_of(calendar))
    mains = [one for one in found if not one.has("RECURRENCE-ID")] or found
    if len(mains) != 1:
        raise ValueError("it holds no event or task" if not mains else "it holds more than one event or task")
    return Entry(calendar, mains[0], tuple(one for one in found if one is not mains[0]))


def mains_of(calendar: Component) -> Iterator[Component]:
    """Yield the events, tasks and the like of a calendar."""
    return (one for one in calendar.body if isinstance(one, Component) and one.name in _MAIN)


def nature_of(text: str) -> Nature:
    """Look at an object; never fails."""
    try:
        mains = list(mains_of(parsed(text)))
        if not mains:
            return Nature()
        first, is_series = mains[0], len(mains) > 1 or any(one.has(*RECURS) for one in mains)
        return Nature(
            component=first.name,
            uid=text_of(first.value("UID")).strip(),
            is_series=is_series,
            refusal=_refusal(mains, text) if is_series else "",
            is_private=any(one.value("CLASS").strip().upper() in ("PRIVATE", "CONFIDENTIAL") for one in mains),
            parent_uid=parent_of(first),
            modified_at=read_stamp(first, "LAST-MODIFIED"),
        )
    except ValueError:
        return Nature()


def _refusal(mains: Sequence[Component], text: str) -> str:
    """Return why a series cannot be mirrored; empty if it can."""
    first = mains[0]
    if first.name != "VEVENT":
        return "tasks that recur are not mirrored"
    mark = mark_of(text_of(first.value("UID")).strip(), on_calendar=True)
    if mark is not None and mark[0] is RecordType.TASK:
        return "it stands for a deadline, and a deadline does not recur"
    if all(one.has("RECURRENCE-ID") for one in mains):
        return "it holds single dates of a series that is not there"
    found = read(text.encode("utf-8", "surrogateescape"), _ANYWHERE)
    return found.refusals[0].reason if found.refusals else ""


def parent_of(main: Component) -> str:
    """Return the UID of a task's parent; empty if it has none."""
    for line in main.lines("RELATED-TO"):
        if is_parent_relation(line.parameter("RELTYPE")):
            return text_of(line.value).strip()
    return ""


def is_parent_relation(reltype: str | None) -> bool:
    """Tell whether a RELATED-TO names the parent, which it does unless it says otherwise (RFC 5545, 3.2.15)."""
    return (reltype or "PARENT").upper() == "PARENT"


def is_mirrored(nature: Nature, component: str) -> bool:
    """Tell whether an object is in the scope of a space; what cannot be understood is, so that it is set aside."""
    if not nature.component:
        return True
    return nature.component == component and not (nature.refusal or nature.is_private)


def remote_of(resource: Resource, component: str) -> Remote:
    """Return an object as a remote of a space that holds `component`."""
    on_calendar = component == "VEVENT"
    marked = mark_of(resource.nature.uid, on_calendar=on_calendar)
    kind = RecordType.EVENT if on_calendar else RecordType.TASK
    return Remote(
        id=resource.name,
        version=resource.etag,
        type=marked[0] if marked else kind,
        raw=resource,
        modified_at=resource.nature.modified_at,
        mark=marked[1] if marked else None,
    )


def with_parent(resource: Resource, parent: str | None) -> Resource:
    """Return the same object with its parent known."""
    return replace(resource, parent=parent)
