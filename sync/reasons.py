"""Why something of a record is not in step: each reason with the space, the field it is about, and the mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.aside import Aside, Side
from domain.capabilities import Hold
from domain.deliver import wants
from domain.lens import Space, project
from domain.plan import EVERYTHING, Link, LinkState
from domain.records import Record
from domain.values import is_empty

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the record: the last report, its conflicts, what is set aside, what was sent for it."""

    report: Json
    conflicts: Sequence[Json]
    asides: Iterable[Aside]
    sent: Sequence[Json]


def reasons(record: Record, spaces: Sequence[Space], links: Mapping[str, Link], facts: Facts) -> list[Json]:
    """Return why parts of a record are not mirrored everywhere; empty when all of it is."""
    found = [
        *_undecided(facts),
        *_held(record, facts),
        *_set_aside(record, links, facts),
        *_paused(spaces, facts),
    ]
    for space in spaces:
        link = links.get(space.name)
        found += _whole(record, space, link)
        if link is not None and link.state is LinkState.LIVE and not record.deleted:
            found += _fields(record, space, link, facts)
    return found


def _reason(space: str | None, why: str, mend: str = "", field: str | None = None) -> Json:
    return {"space": space, "field": field, "why": why, "mend": mend}


def _undecided(facts: Facts) -> Iterator[Json]:
    for one in facts.conflicts:
        if one["undecided"]:
            mend = f"`copsync conflicts resolve {one['id']} --keep SPACE`"
            yield _reason(None, "Changed differently in several places; a person decides.", mend, one["field"])


def _held(record: Record, facts: Facts) -> Iterator[Json]:
    for one in facts.report.get("held", []):
        if one["record"] in (record.id, EVERYTHING):
            reason = str(one["reason"]).replace("--approve RUN", f"--approve {facts.report['run']}")
            yield _reason(one["space"], f"Held ({one['guard']}): {reason}", field=one["field"])


def _set_aside(record: Record, links: Mapping[str, Link], facts: Facts) -> Iterator[Json]:
    for aside in facts.asides:
        trouble = aside.trouble
        link = links.get(trouble.space)
        item = record.id if trouble.side is Side.WRITE else (link.remote if link else None)
        if trouble.item == item:
            when = (
                f"tried again after {aside.retry_at:%Y-%m-%d %H:%M} UTC" if aside.is_set_aside else "tried again next"
            )
            yield _reason(trouble.space, f"Failed {aside.failures} times in a row, {when}: {trouble.reason}")


def _paused(spaces: Sequence[Space], facts: Facts) -> Iterator[Json]:
    names = {space.name for space in spaces}
    for one in facts.report.get("spaces", []):
        if one["space"] in names and one["state"] != "ok":
            yield _reason(one["space"], f"The space is {one['state']}: {one['message']}", "`copsync check`")


def _whole(record: Record, space: Space, link: Link | None) -> Iterator[Json]:
    """Tell why a space does not show the record at all."""
    if space.type(record.type) is None:
        yield _reason(space.name, f"Not supported: {space.name} holds no {record.type}.")
    elif space.lacks_series(record.type, record.fields) and not record.deleted:
        yield _reason(space.name, _no_series(space, link), "Nothing to do; the series goes on elsewhere.")
    elif link is None and not record.deleted and not space.admits(record.type, record.fields):
        yield _reason(space.name, f"Filtered: it is not among what {space.name} shows.")
    elif link is None and not record.deleted and space.read_only:
        yield _reason(space.name, "The space is read-only: nothing is written there.")
    elif link is not None and link.state is LinkState.OUT:
        yield _reason(space.name, "Filtered: it left what is mirrored there.", "Move it back in the tool.")


def _no_series(space: Space, link: Link | None) -> str:
    rest = "it is not shown there" if link is None else "what is there stays a single event on its date"
    return f"It is a series, and {space.name} holds none: {rest}."


def _fields(record: Record, space: Space, link: Link, facts: Facts) -> Iterator[Json]:
    capabilities = space.type(record.type)
    wanted = project(record.type, record.fields, space, link.base)
    for name, value in record.fields.items():
        held = capabilities.fields.get(name) if capabilities else None
        if held is None and not is_empty(value):
            yield _reason(space.name, "Not supported by this tool.", field=name)
        elif held is not None and held.hold in (Hold.DAY, Hold.ONE) and wanted.get(name) != value:
            yield _reason(space.name, f"Only in part: {held.hold.value}.", field=name)
        elif name in wanted and wants(record.type, link, name, wanted[name]):
            yield _reason(space.name, _why_waiting(space, facts), "`copsync sync`", name)


def _why_waiting(space: Space, facts: Facts) -> str:
    if space.read_only:
        return "The space is read-only: nothing is written there."
    last = next((one for one in reversed(facts.sent) if one["space"] == space.name), None)
    if last is not None and last["state"] != "done" and last["message"]:
        return f"It waits to be sent; the last attempt: {last['message']}"
    return "It waits to be sent."
