"""Hub to tools: compare what each space shows with what it should show, and write down the steps between."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.capabilities import Hold
from domain.draft import Draft
from domain.fields import FIELDS, RecordType, Shape, recurs, same, shown_kind
from domain.lens import Space, project
from domain.parts import whole_of
from domain.plan import Link, LinkState, Step, Verb
from domain.records import Record
from domain.values import Fields, Value, When, is_empty

Changed = Mapping[str, tuple[Value, Value]]
DATES = ("due", "start")


def steps_for(draft: Draft, record: Record) -> list[Step]:
    """Return the steps that bring every writable space to this record, in the order of the spaces."""
    spaces = [space for space in draft.situation.spaces if not space.read_only]
    return [step for space in spaces if (step := _step(draft, record, space))]


def _step(draft: Draft, record: Record, space: Space) -> Step | None:
    link = draft.links.get((space.name, record.id))
    if space.type(record.type) is None or (space.name, record.id) in draft.asked:
        return None
    unusual = _of_a_series(draft, record, space, link)
    if unusual is not None:
        return unusual.step
    if link is None:
        return _create(draft, record, space) if _is_wanted(draft, record, space) else None
    return _FOLLOW[link.state](draft, record, space, link)


def _is_wanted(draft: Draft, record: Record, space: Space) -> bool:
    """Tell whether a record that is not there shall be made, and note why not where nobody chose it."""
    if record.deleted or not space.admits(record.type, record.fields):
        return False
    if space.lacks_series(record.type, record.fields):
        draft.notes.append(
            f"“{draft.title(record.id)}” is a series, and {space.name} holds none: it is not shown there."
        )
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Settled:
    """What is to be done where a series is shown part by part, or not any more; None for nothing."""

    step: Step | None = None


def _of_a_series(draft: Draft, record: Record, space: Space, link: Link | None) -> _Settled | None:
    """Return what becomes of a series, or of a part of one; None where it is to be treated like any record."""
    whole = draft.records[whole_of(record.id)]
    live = link if link is not None and link.state is LinkState.LIVE else None
    if record is whole:
        laid_out = not whole.deleted and recurs(whole.type, whole.fields) and space.lays_out(whole.type, whole.fields)
        return _Settled(_give_way(draft, whole, space, live)) if laid_out else None
    if link is not None and link.state is LinkState.WITHDRAW:
        return None
    if (space.name, whole.id) in draft.laid:
        is_over = live is not None and is_bygone(draft, live)
        return _Settled() if is_over and not _lies_ahead(draft, record, space) else None
    if live is None or not (record.deleted or _shows_the_whole(whole, space)):
        return _Settled()
    return _Settled(_delete(draft, record, live, _why_gone(draft, whole)))


def _shows_the_whole(whole: Record, space: Space) -> bool:
    return not (recurs(whole.type, whole.fields) and space.lays_out(whole.type, whole.fields))


def _give_way(draft: Draft, whole: Record, space: Space, link: Link | None) -> Step | None:
    """Take away what stood for the whole series, once every part is there in its place."""
    if link is None or (space.name, whole.id) not in draft.laid:
        return None
    missing = [one for one in draft.parts[whole.id].values() if not one.deleted]
    if draft.is_withheld(link):
        draft.waiting.add((space.name, whole.id))
        return None
    if any((space.name, one.id) not in draft.links for one in missing):
        draft.replaced.add((space.name, whole.id))
        draft.waiting.add((space.name, whole.id))
        draft.notes.append(
            f"“{draft.title(whole.id)}”: what repeats in {space.name} goes to the trash there"
            f"{_with_comments(draft, link)}, once each of its dates is an entry of its own."
        )
        return None
    return _delete(draft, whole, link, "its dates are single entries now")


def _with_comments(draft: Draft, link: Link) -> str:
    count = draft.situation.comments.get((link.space, link.remote))
    return f" with its {count} comment{'' if count == 1 else 's'}" if count else ""


def is_bygone(draft: Draft, link: Link) -> bool:
    """Tell whether an entry shows what is over: it stays as it is, whatever becomes of the series."""
    whole = draft.records[whole_of(link.record)]
    return not whole.deleted and _is_over(draft, draft.spaces[link.space], link.base.get("end"))


def _lies_ahead(draft: Draft, record: Record, space: Space) -> bool:
    """Tell whether a date is yet to come, although its entry shows one that is over: somebody put it off."""
    return not record.deleted and not _is_over(draft, space, record.fields.get("end"))


def _is_over(draft: Draft, space: Space, end: Value) -> bool:
    now = draft.situation.now.astimezone(space.zone)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(end, datetime):
        return end <= today
    return isinstance(end, When) and end <= today.date()


def _why_gone(draft: Draft, whole: Record) -> str:
    if whole.deleted:
        gone = [link.space for link in draft.links_of(whole.id) if link.state is LinkState.GONE]
        return f"the series was deleted in {gone[0] if gone else 'the hub'}"
    if not recurs(whole.type, whole.fields):
        return "it does not repeat any more"
    return "it does not take place any more"


def _follow(draft: Draft, record: Record, space: Space, link: Link) -> Step | None:
    if record.deleted and draft.is_withheld(link):  # what it shows is not decided, or held: it would go with it
        draft.waiting.add((space.name, record.id))
        return None
    if record.deleted:
        whole = draft.records[whole_of(record.id)]
        why = f"deleted in {_deleter(draft, record, link)}" if record is whole else _why_gone(draft, whole)
        return _delete(draft, record, link, why)
    if draft.is_shadow(space.name, record.type) and not space.shows(record.type, record.fields):
        return None if is_bygone(draft, link) else _delete(draft, record, link, "no longer shown here")
    if not link.agreed or draft.is_missing(link):  # to be compared, or decided, first
        draft.waiting.add((space.name, record.id))
        return None
    return _update(draft, record, space, link)


def _deleter(draft: Draft, record: Record, link: Link) -> str:
    gone = [other.space for other in draft.links_of(record.id) if other.state is LinkState.GONE]
    return next((space for space in gone if space != link.space), "the hub")


def _show_again(draft: Draft, record: Record, space: Space, link: Link) -> Step | None:
    """Show a deadline anew that was removed from the calendar, once it has another date."""
    if link.state is not LinkState.GONE or not draft.is_shadow(space.name, record.type) or record.deleted:
        return None
    view = project(record.type, record.fields, space, link.base)
    moved = any(name in view and view[name] != link.base.get(name) for name in DATES)
    if not moved or not space.shows(record.type, record.fields):
        return None
    draft.forget(link)
    return _create(draft, record, space)


def _withdraw(draft: Draft, record: Record, space: Space, link: Link) -> Step | None:
    """Take away what a run created that is being undone; the record goes on elsewhere."""
    del space
    return _delete(draft, record, link, "its creation is undone")


def _restore(draft: Draft, record: Record, space: Space, link: Link) -> Step | None:
    """Bring back what was deleted: from the tool's trash where it gives things back, else made anew."""
    capabilities = space.type(record.type)
    if record.deleted or capabilities is None or not space.shows(record.type, record.fields):
        return None
    if not capabilities.restores:
        draft.forget(link)
        return _create(draft, record, space, "made anew, because its deletion is undone")
    view = view_in(draft, record, space, link.base)
    return _new_step(space, Verb.RESTORE, record, link, {}, view, "its deletion is undone", draft)


_FOLLOW: Mapping[LinkState, Callable[[Draft, Record, Space, Link], Step | None]] = {
    LinkState.LIVE: _follow,
    LinkState.GONE: _show_again,
    LinkState.OUT: _show_again,
    LinkState.WITHDRAW: _withdraw,
    LinkState.RESTORE: _restore,
}


def _create(draft: Draft, record: Record, space: Space, reason: str | None = None) -> Step:
    view = view_in(draft, record, space)
    fields = {name: (None, value) for name, value in view.items() if not is_empty(value)}
    return _new_step(space, Verb.CREATE, record, None, fields, view, reason or _why_new(record, space), draft)


def _why_new(record: Record, space: Space) -> str:
    origin = record.origin.space
    return f"new in {origin}" if origin != space.name else "made anew, because it was edited elsewhere"


def _update(draft: Draft, record: Record, space: Space, link: Link) -> Step | None:
    view = view_in(draft, record, space, link.base)
    fields = {
        name: (link.base.get(name), value)
        for name, value in view.items()
        if _may_tell(draft, link, name) and wants(record.type, link, name, value)
    }
    if not fields:
        return None
    verb = _verb(fields)
    return _new_step(space, verb, record, link, fields, view, _why(record, fields, space.name), draft)


def _may_tell(draft: Draft, link: Link, name: str) -> bool:
    """Tell whether a field may be written: not what a guard held, nor over a parent that nobody knows yet."""
    return (link.space, link.record, name) not in draft.withheld and (name != "parent" or name in link.base)


def view_in(draft: Draft, record: Record, space: Space, previous: Fields | None = None) -> Fields:
    """Return what a space shall show of a record; a parent that is not there, nor on its way, is not spoken of."""
    view = project(record.type, record.fields, space, previous)
    parent = view.get("parent")
    if not isinstance(parent, str) or _comes_to_be(draft, parent, space):
        return view
    return {name: value for name, value in view.items() if name != "parent"}


def _comes_to_be(draft: Draft, identity: str, space: Space) -> bool:
    """Tell whether a record is shown in a space once the plan is carried out, as far as is known."""
    record, link = draft.records.get(identity), draft.links.get((space.name, identity))
    if record is None:
        return True
    if record.deleted or not (link or space.shows(record.type, record.fields)):
        return False
    return link is None or link.state in (LinkState.LIVE, LinkState.RESTORE)


def wants(kind: RecordType, link: Link, name: str, value: Value) -> bool:
    """Tell whether a space has yet to receive a value: it shows another, and was not already sent this one."""
    spec = FIELDS[kind][name]
    if same(spec, value, link.base.get(name, spec.default)):
        return False
    return name not in link.sent or not same(spec, value, link.sent[name])


def _verb(fields: Changed) -> Verb:
    if set(fields) == {"state"} and fields["state"][1] == "done":
        return Verb.COMPLETE
    return Verb.MOVE if set(fields) <= {"list", "parent"} else Verb.UPDATE


def _why(record: Record, fields: Changed, space: str) -> str:
    sources = {record.writer(name).space for name in fields} - {space}
    return "changed in " + ", ".join(sorted(sources)) if sources else "keeps what was agreed"


def _delete(draft: Draft, record: Record, link: Link, reason: str) -> Step | None:
    """Return the deletion; where people comment, the reason says how many comments go with it."""
    space = draft.spaces[link.space]
    step = _new_step(space, Verb.DELETE, record, link, {}, {}, reason, draft)
    capabilities = space.type(record.type)
    if capabilities is None or not capabilities.discussed or space.name in draft.situation.paused:
        return step
    comments = draft.situation.comments.get((link.space, link.remote))
    if comments is None:  # it waits until they are counted
        draft.inquire.add((link.space, link.remote))
        draft.waiting.add((space.name, record.id))
        return None
    what = "its comment goes" if comments == 1 else f"its {comments} comments go"
    return replace(step, reason=f"{reason}; {what} to the trash with it") if comments else step


def _new_step(
    space: Space,
    verb: Verb,
    record: Record,
    link: Link | None,
    fields: Changed,
    view: Fields,
    reason: str,
    draft: Draft,
) -> Step:
    return Step(
        space=space.name,
        verb=verb,
        type=record.type,
        record=record.id,
        remote=link.remote if link else None,
        title=draft.title(record.id),
        kind=shown_kind(record.type, record.fields),
        fields=fields,
        view=view,
        reason=reason,
        base=link.base if link else {},
        version=draft.versions.get((space.name, record.id), link.version) if link else None,
        notifies=_notified(space, record.type, fields),
        known=_only_read(space, record),
    )


def _only_read(space: Space, record: Record) -> Fields:
    capabilities = space.type(record.type)
    fields = capabilities.fields if capabilities else {}
    return {name: record.fields.get(name) for name, held in fields.items() if held.hold is Hold.READ}


def _notified(space: Space, kind: RecordType, fields: Changed) -> int:
    capabilities = space.type(kind)
    names = capabilities.notifies if capabilities else frozenset()
    return sum(
        len(_as_set(fields[name][1]) - _as_set(fields[name][0]))
        for name in names
        if name in fields and FIELDS[kind][name].shape is Shape.SET
    )


def _as_set(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def in_order(steps: Sequence[Step], records: Mapping[str, Record]) -> list[Step]:
    """Put parents before their children among creations, and deletions last."""
    depth = {step.record: _depth(step.record, records) for step in steps}
    return sorted(steps, key=lambda step: (step.verb is Verb.DELETE, depth[step.record]))


def _depth(identity: str, records: Mapping[str, Record]) -> int:
    seen: set[str] = set()
    while identity in records and identity not in seen:
        seen.add(identity)
        identity = str(records[identity].fields.get("parent") or "")
    return len(seen)
