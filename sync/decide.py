"""A person decides a conflict: the value is set in the hub, over all the values that compete, and sent everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from domain.changes import HUB, Change
from domain.coherence import PAIRS, fits
from domain.errors import ConfigProblem, SetAside
from domain.fields import FIELDS, Field, Shape, same, value_from_json
from domain.merge import merge
from domain.plan import Link, LinkState
from domain.policy import Policy
from domain.records import Edit, Record, check
from domain.survive import DELETED
from domain.values import Value, to_json, when_from_json
from store import decisions, runs, state
from store.state import Wanted
from store.store import Store
from sync.apply import Clock
from sync.community import Community
from sync.conflicts import was_asked
from sync.progress import Progress, silent
from sync.report import Report
from sync.run import sync
from sync.stages import Run, holding

Json = dict[str, Any]

MOST = 80
_LIST = "`copsync conflicts` lists them."


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants: the value that one space had (`keep`), or another one (`value`, as text)."""

    conflict: str
    by: str
    keep: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice that can be carried out. `after` is what becomes of the record, None if it stays as it is."""

    conflict: str
    record: str
    field: str
    title: str
    keep: str | None
    value: Value
    after: Record | None

    def json(self, now: datetime, by: str) -> Json:
        """Return what is kept of it."""
        return {"keep": self.keep, "value": to_json(self.value), "at": now.isoformat(), "by": by}


async def resolve(
    community: Community, store: Store, clock: Clock, choice: Choice, progress: Progress = silent
) -> tuple[Decision, Report]:
    """Decide a conflict and bring the community into step; the decision is kept whatever becomes of the rest.

    Raises:
        ConfigProblem: there is no such conflict, or it cannot be decided like that; nothing was changed.
        Locked: another run holds the community; nothing was changed.
    """
    with store.reading() as connection:
        decide(connection, community, choice, clock())  # a mistake is told even while another run holds the community
    run = Run(community, store, clock)
    async with holding(run) as lease:
        now = clock()
        with store.writing(lease, now) as connection:
            decision = decide(connection, community, choice, now)
            decisions.save(connection, community.id, decision.conflict, decision.json(now, choice.by))
            if decision.after:
                decisions.follow(connection, community.id, run.id, decision.after, choice.by, now)
    return decision, await sync(community, store, clock, progress=progress, run_id=run.id)


def decide(connection: Connection, community: Community, choice: Choice, now: datetime) -> Decision:
    """Return what a choice means for the record; nothing is written.

    Raises:
        ConfigProblem: there is no such conflict, or it cannot be decided like that.
    """
    if (choice.keep is None) == (choice.value is None):
        raise ConfigProblem("Say what is to be kept.", mend="Give either --keep SPACE or --value TEXT.")
    conflict = _one(runs.find_conflicts(connection, community.id, choice.conflict), choice.conflict)
    records, links = state.load(connection, community.id, Wanted(records=[conflict["record"]]))
    record = records.get(conflict["record"])
    if record is None or record.deleted:
        raise ConfigProblem(
            f"There is nothing left to decide about conflict {conflict['id']}: the item was deleted since.",
            mend="Restore it in a tool's trash and sync, or let it be.",
        )
    if conflict["field"] == DELETED:
        return _about_deletion(conflict, record, links, choice)
    return _about_value(conflict, record, choice, now)


def _one(found: Sequence[Json], name: str) -> Json:
    if not found:
        raise ConfigProblem(f"There is no conflict '{name}'.", mend=_LIST)
    exact = [one for one in found if one["id"] == name]
    if len(found) > 1 and not exact:
        raise ConfigProblem(
            f"'{name}' may be any of: {', '.join(one['id'] for one in found[:5])}.", mend="Give more of the id."
        )
    return (exact or list(found))[0]


def _about_deletion(conflict: Json, record: Record, links: Sequence[Link], choice: Choice) -> Decision:
    """Delete it everywhere if the space that deleted it is to be kept; else it stays, as it does already."""
    if choice.value is not None:
        raise ConfigProblem(
            "This conflict is about an item that was edited here and deleted there; it has no value.",
            mend="Give --keep with a space that deleted it, or with one that kept it.",
        )
    deleted_in = {side["space"] for side in conflict["lost"]}
    kept_in = {link.space for link in links if link.state is LinkState.LIVE} - deleted_in
    if choice.keep not in {*deleted_in, *kept_in, HUB}:
        raise _no_side(choice.keep, [*sorted(deleted_in), *sorted(kept_in)])
    to_delete = choice.keep in deleted_in
    after = replace(record, deleted=True) if to_delete else None
    value = DELETED if to_delete else "kept"
    return Decision(conflict["id"], record.id, DELETED, _title(record), choice.keep, value, after)


def _about_value(conflict: Json, record: Record, choice: Choice, now: datetime) -> Decision:
    spec = FIELDS[record.type][conflict["field"]]
    value = _parsed(spec, choice.value) if choice.value is not None else _kept(spec, conflict, choice.keep)
    if spec.shape is Shape.MAP and choice.keep != HUB and was_asked(conflict):
        value = _merged_for(spec, conflict, str(choice.keep), record.fields.get(spec.name))
    _must_fit(record, spec.name, value)
    edit = Edit(value, now, _overruled(spec, conflict, record), f"decided by {choice.by[:MOST]} ({conflict['id']})")
    after = replace(record, edits={**record.edits, spec.name: edit})
    return Decision(conflict["id"], record.id, spec.name, _title(record), choice.keep, value, after)


def _kept(spec: Field, conflict: Json, space: str | None) -> Value:
    """Return what a space stands for: the value that was kept, else its own among those that were not."""
    kept, sides = conflict["kept"], [conflict["kept"], *conflict["lost"]]
    won = kept["space"] == space and not was_asked(conflict)
    lost = [side for side in conflict["lost"] if side["space"] == space]
    found = [kept] if won or not lost else lost
    values = [value_from_json(spec, side["value"]) for side in found if side["space"] == space]
    if not values:
        raise _no_side(space, list(dict.fromkeys(side["space"] for side in sides)))
    if any(not same(spec, values[0], value) for value in values):
        raise ConfigProblem(
            f"{space} stands for several values in this conflict.", mend="Give the wanted one with --value TEXT."
        )
    return values[0]


def _merged_for(spec: Field, conflict: Json, space: str, current: Value) -> Value:
    """Prefer a space where several changed the same occurrence of a series; what only one of them changed stays."""
    sides = [
        Change(side["space"], value_from_json(spec, side["before"]), value_from_json(spec, side["value"]))
        for side in conflict["lost"]
    ]
    return merge(spec, current, sides, Policy(f"prefer:{space}"), ()).value


def _no_side(space: str | None, sides: Sequence[str]) -> ConfigProblem:
    return ConfigProblem(
        f"'{space}' has no part in this conflict.", mend=f"Use --keep with one of: {', '.join(sides)}."
    )


def _parsed(spec: Field, text: str) -> Value:
    """Read a value as a person writes it; an empty text clears the field."""
    if spec.shape is Shape.MAP:
        raise ConfigProblem(f"'{spec.name}' cannot be written as one value.", mend="Use --keep SPACE.")
    if not text.strip():
        return _cleared(spec)
    if spec.shape is Shape.SET:
        return frozenset(part.strip() for part in text.split(",") if part.strip())
    if spec.shape is not Shape.WHEN:
        return text if spec.shape is Shape.TEXT else _one_line(spec, text.strip())
    try:
        return when_from_json(text.strip())
    except ValueError:
        raise ConfigProblem(
            f"'{text}' is no date and no moment for '{spec.name}'.",
            mend="Write a day as 2026-12-24, or a moment with its offset as 2026-12-24T18:00+01:00.",
        ) from None


def _one_line(spec: Field, text: str) -> str:
    if len(text.splitlines()) > 1:
        raise ConfigProblem(f"'{spec.name}' is one line.", mend="Give a value without line breaks.")
    return text


def _cleared(spec: Field) -> Value:
    empty = spec.default in (None, "", frozenset())
    if not empty or spec.name in ("title", "name"):
        raise ConfigProblem(f"The field '{spec.name}' cannot be empty.", mend="Give a value.")
    return spec.default


def _must_fit(record: Record, name: str, value: Value) -> None:
    """Refuse a value that no record may have, alone or beside the others."""
    fields = {**record.fields, **{other: edit.value for other, edit in record.edits.items()}, name: value}
    mend = "Give another value; `copsync explain` shows the whole item."
    try:
        check(record.type, fields)
    except SetAside as unfit:
        raise ConfigProblem(unfit.message, mend=mend) from None
    start, end = PAIRS.get(record.type, ("", ""))
    if name in (start, end) and not fits(record.type, fields.get(start), fields.get(end)):
        shown = {one: to_json(fields.get(one)) for one in (start, end)}
        other = end if name == start else start
        words = f"{start} {shown[start]} and {end} {shown[end]} do not fit together."
        raise ConfigProblem(words, mend=f"Decide the {other} first, if it is in question too. {mend}")


def _overruled(spec: Field, conflict: Json, record: Record) -> tuple[Value, ...]:
    """Return every value that the person knew of: the conflict's, the present one, and those overruled before."""
    known = [value_from_json(spec, side["value"]) for side in (conflict["kept"], *conflict["lost"])]
    known.append(record.fields.get(spec.name))
    if spec.name in record.edits:
        known += [record.edits[spec.name].value, *record.edits[spec.name].over]
    return tuple(dict.fromkeys(known))


def _title(record: Record) -> str:
    return str(record.fields.get("title") or record.fields.get("name") or record.id)
