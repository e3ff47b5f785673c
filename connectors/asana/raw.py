"""Reads Asana's own task objects: which fields are asked for, where a task lives, and when it has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import blake2b
from typing import Any

from connectors.asana.signs import gathering_in, sign_id
from connectors.contract import Remote
from domain.errors import SetAside
from domain.fields import RecordType
from domain.values import When, instant

Raw = Mapping[str, Any]
"""A task as Asana's JSON has it."""

FIELDS = (
    "name",
    "resource_subtype",
    "html_notes",
    "completed",
    "completed_at",
    "assignee",
    "due_on",
    "due_at",
    "start_on",
    "start_at",
    "tags.name",
    "memberships.project",
    "memberships.section.name",
    "parent",
    "num_subtasks",
    "is_rendered_as_separator",
    "modified_at",
)
"""What every read and every write asks Asana to answer with, so that a write's answer equals the next listing."""

OF_THE_MAKER = ("created_at", "created_by")
"""What a search for a lost create needs in addition."""

MARK = "external"
"""Asked for only where the connection is an OAuth app: Asana keeps `external` per app."""

_DIGEST_BYTES = 12
_VOLATILE = re.compile(r'\s(?:src|data-[a-z-]+)="[^"]*"')
_IMAGE = re.compile(r"<img\b[^>]*>")


def opt_fields(*, external: bool, more: tuple[str, ...] = ()) -> str:
    """Return the opt_fields parameter; a list would be sent as Python writes it, so it is one text."""
    return ",".join((*FIELDS, *more, *((MARK,) if external else ())))


def is_task(raw: Raw) -> bool:
    """Tell whether this is work, and not a separator that only looks like a task in Asana's lists."""
    return not raw.get("is_rendered_as_separator") and raw.get("resource_subtype") != "section"


def gid_of(compact: Any) -> str | None:
    """Return the gid of a nested object, or None where Asana gives null."""
    return str(compact["gid"]) if isinstance(compact, Mapping) and compact.get("gid") else None


def objects(found: Any) -> list[Raw]:
    """Return the objects of a list, whatever else may stand there."""
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def tags_of(raw: Raw) -> list[tuple[str, str]]:
    """Return the (name, gid) of a task's tags."""
    return [(str(tag.get("name") or ""), gid_of(tag) or "") for tag in objects(raw.get("tags"))]


def parent_of(raw: Raw) -> str | None:
    """Return the gid of the task this one is a subtask of."""
    return gid_of(raw.get("parent"))


def section_in(raw: Raw, project: str) -> Raw | None:
    """Return the task's section in one project, or None if it is not there. An empty mapping: there, but in none."""
    for membership in objects(raw.get("memberships")):
        if gid_of(membership.get("project")) == project:
            section = membership.get("section")
            return section if isinstance(section, Mapping) else {}
    return None


def is_in(raw: Raw, project: str) -> bool:
    """Tell whether a task itself is in a project; subtasks are only there if somebody put them there."""
    return section_in(raw, project) is not None


def has_subtasks(raw: Raw) -> bool:
    """Tell whether subtasks are worth asking for."""
    return bool(raw.get("num_subtasks"))


def when(raw: Raw, end: str) -> When | None:
    """Return the due or start of a task: the moment where there is one, else the day.

    Asana derives the day of a timed task in the reader's time zone, so it is not looked at.

    Raises:
        SetAside: the date cannot be read.
    """
    moment, day = raw.get(f"{end}_at"), raw.get(f"{end}_on")
    try:
        if moment:
            return instant(datetime.fromisoformat(moment))
        return date.fromisoformat(day) if day else None
    except (TypeError, ValueError):
        pass
    raise unreadable(raw, f"its {end} date ({moment or day})")


def moment(raw: Raw, name: str) -> datetime | None:
    """Return one of Asana's time stamps.

    Raises:
        SetAside: it cannot be read.
    """
    text = raw.get(name)
    try:
        return instant(datetime.fromisoformat(text)) if text else None
    except (TypeError, ValueError):
        pass
    raise unreadable(raw, f"{name} ({text})")


def unreadable(raw: Raw, what: str) -> SetAside:
    """Return the error for a task that Asana describes in a way nobody can read."""
    name = raw.get("name") or raw.get("gid") or "?"
    return SetAside(f"The task “{name}” in Asana cannot be read: {what}.", mend="Open it in Asana and set it anew.")


def version_of(raw: Raw, project: str) -> str:
    """Return a digest of everything a view shows, and of `modified_at`.

    `modified_at` alone does not tell: it stays when a task moves to another section (Asana: Tasks, "modified_at").
    The addresses of images are left out, because they change with every read.
    """
    section = section_in(raw, project)
    facts = [
        [raw.get(name) for name in ("name", "resource_subtype", "completed", "completed_at", "modified_at")],
        [raw.get(name) for name in ("due_on", "due_at", "start_on", "start_at")],
        _lasting(raw.get("html_notes")),
        gid_of(raw.get("assignee")),
        sorted(name for name, _ in tags_of(raw)),
        None if section is None else section.get("name", ""),
        parent_of(raw),
    ]
    text = json.dumps(facts, ensure_ascii=True, separators=(",", ":"), default=str)
    return blake2b(text.encode("ascii"), digest_size=_DIGEST_BYTES).hexdigest()


def _lasting(markup: Any) -> Any:
    if not isinstance(markup, str) or "<img" not in markup:
        return markup
    return _IMAGE.sub(lambda image: _VOLATILE.sub("", image.group()), markup)


def mark_for(record: str, project: str) -> str:
    """Return the `external.gid` of a record in a project; one app may serve several, and the gid must be unique."""
    return f"copsync:{project}:{record}"


def mark_in(raw: Raw, project: str) -> str | None:
    """Return the record that copsync noted in a task for this project, if any."""
    external = raw.get(MARK)
    gid = external.get("gid") if isinstance(external, Mapping) else None
    start = mark_for("", project)
    return gid.removeprefix(start) if isinstance(gid, str) and gid.startswith(start) else None


def remote_of(raw: Raw, project: str) -> Remote:
    """Return a task as the contract wants it, or the gathering that it stands for.

    An unreadable `modified_at` is left for `view` to complain about.
    """
    gid, gathering = str(raw["gid"]), gathering_in(raw.get("html_notes"))
    return Remote(
        id=sign_id(gid) if gathering else gid,
        version=version_of(raw, project),
        type=RecordType.EVENT if gathering else RecordType.TASK,
        raw=raw,
        modified_at=_modified(raw),
        mark=gathering or mark_in(raw, project),
    )


def _modified(raw: Raw) -> datetime | None:
    try:
        return moment(raw, "modified_at")
    except SetAside:
        return None
