"""Schedules and their entries."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import HTMLResponse, Response

from sandbox.basecamp import recurrence, richtext, shapes
from sandbox.basecamp.calls import Call, bad_request, invalid, invalid_bare, missing, page, shown
from sandbox.basecamp.mentions import announce_mentions
from sandbox.basecamp.records import Entry, Recording
from sandbox.basecamp.values import InvalidError, day, flag, ids, instant, link, text, wanted

_PAGE = "<!DOCTYPE html><html><body><h1>{}</h1></body></html>"


def show_schedule(call: Call) -> Response:
    """A project's schedule."""
    return shown(shapes.recording(call.view, call.tool("schedule")))


def update_schedule(call: Call) -> Response:
    """Whether due dates are shown among the entries."""
    schedule = call.tool("schedule")
    call.may_change(schedule)
    if "include_due_assignments" not in call.body:
        raise bad_request("include_due_assignments is missing")
    schedule.include_due_assignments = flag(call.body["include_due_assignments"])
    call.state.touch(schedule)
    return shown(shapes.recording(call.view, schedule))


def index(call: Call) -> Response:
    """Every entry of one status, the whole history, in order of their start."""
    rows = call.children(Entry, call.tool("schedule"), status=call.status_asked())
    rows.sort(key=lambda entry: (shapes.first_day(entry.starts_at), entry.id))
    return page(call, rows, lambda row: shapes.recording(call.view, row))


def show(call: Call) -> Response:
    """One entry; a recurring one redirects to its first occurrence."""
    entry = call.find(Entry)
    return _redirect(call, entry) if entry.recurrence else shown(shapes.recording(call.view, entry))


def show_occurrence(call: Call) -> Response:
    """One occurrence of a recurring entry; 404 for a day it does not fall on."""
    entry = call.find(Entry)
    try:
        asked = datetime.strptime(str(call.ids["date"]), "%Y%m%d").date()  # noqa: DTZ007 - a calendar day
    except ValueError as error:
        raise missing() from error
    if entry.recurrence is None or not entry.recurrence.falls_on(asked):
        raise missing()
    if call.wants_html:
        return HTMLResponse(_PAGE.format("Occurrence"))
    return shown(shapes.occurrence(call.view, entry, asked))


def _redirect(call: Call, entry: Entry) -> Response:
    """302 with an HTML body to an address without `.json`, as seen in the wild."""
    if entry.recurrence is None:
        raise ValueError("Only a recurring entry is answered by a redirect.")
    first = next(entry.recurrence.dates())
    answer = HTMLResponse(_PAGE.format("You are being redirected."), status_code=302)
    answer.headers["Location"] = call.view.app(shapes.occurrence_path(entry, first))
    return answer


def create(call: Call) -> Response:
    """A new entry; an invalid recurrence is dropped without a word."""
    schedule = call.tool("schedule")
    call.may_change(schedule)
    changes = _changes(call, schedule)
    state = call.body.get("status", "active")
    if state not in ("active", "drafted"):
        raise bad_request("status must be active or drafted")
    entry = call.state.create(
        Entry,
        schedule.project,
        schedule.id,
        call.person.id,
        status=state,
        client_visible=call.person.client or wanted(call.body.get("visible_to_clients")),
        **changes,
    )
    _announce(call, entry, "")
    return shown(shapes.recording(call.view, entry), status=201)


def replace(call: Call) -> Response:
    """A replace with carve-outs ("Schedule entries: Update a schedule entry").

    Summary, description, `all_day` and both bounds are what the request says, or empty; participants,
    join link and highlight stay when left out. A recurring entry is redirected and stays as it is.
    """
    entry = call.find(Entry)
    call.may_change(entry)
    if entry.recurrence:
        return _redirect(call, entry)
    earlier = entry.description
    for name, value in _changes(call, entry).items():
        setattr(entry, name, value)
    _announce(call, entry, earlier)
    call.state.touch(entry)
    call.state.log(entry, "content_changed", by=call.person.id)
    return shown(shapes.recording(call.view, entry))


def _changes(call: Call, near: Recording) -> dict[str, Any]:
    """Every field of the entry that the request sets, by name or by leaving it out."""
    body = call.body
    changes = _bounds(call)
    changes["summary"] = text(body.get("summary")).strip()
    changes["description"] = richtext.clean(text(body.get("description")))
    zone, until = call.person.time_zone, day(body.get("recurs_until"))
    start = shapes.first_day(changes["starts_at"], zone)
    changes["recurrence"] = recurrence.parse(body.get("recurrence_schedule"), start=start, until=until, zone=zone)
    return changes | _carved_out(call, near)


def _bounds(call: Call) -> dict[str, Any]:
    """`all_day`, which is false unless said, and the bounds: days or instants accordingly."""
    all_day = flag(call.body["all_day"]) if "all_day" in call.body else False
    starts, ends = _bound(call, "starts_at"), _bound(call, "ends_at")
    if ends < starts:
        raise invalid_bare(ends_at="must be after the start")
    zone = ZoneInfo(call.person.time_zone)
    bounds = {"starts_at": starts, "ends_at": ends}
    if all_day:
        return {"all_day": True} | {key: at.astimezone(zone).date() for key, at in bounds.items()}
    return {"all_day": False} | bounds


def _bound(call: Call, key: str) -> datetime:
    """A bound as an instant: bare dates are midnight where the person is; unparsable means missing."""
    found = instant(call.body[key], call.person.time_zone) if key in call.body else None
    if found is None:
        raise invalid_bare(**{key: "can't be blank"})
    return found


def _carved_out(call: Call, near: Recording) -> dict[str, Any]:
    """The fields that keep their value when a request does not name them."""
    body = call.body
    changes: dict[str, Any] = {}
    if "url" in body:
        changes["join_url"] = _link(body["url"])
    if "highlighted" in body:
        changes["highlighted"] = flag(body["highlighted"])
    if "participant_ids" in body:
        changes["participants"] = call.reachable(ids(body["participant_ids"]), near)
    return changes


def _link(value: object) -> str | None:
    try:
        return link(value)
    except InvalidError as error:
        raise invalid(url=str(error)) from error


def _announce(call: Call, entry: Entry, earlier: str) -> None:
    """Send what the write makes Basecamp send: to participants if asked, to those newly mentioned."""
    entry.subscribers |= set(entry.participants)
    if wanted(call.body.get("notify")):
        call.state.notify(entry.participants, "scheduled", entry, by=call.person.id)
    announce_mentions(call, entry, earlier, entry.description)
