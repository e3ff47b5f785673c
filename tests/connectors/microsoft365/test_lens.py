"""The lens laws, on whatever people may write, through the stand-in's own rules (without HTTP)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tzlocal.windows_tz import tz_win, win_tz

from connectors.microsoft365 import TOOL
from connectors.microsoft365.appointment import EXPAND, SELECT, Json, is_mirrored, remote_of
from connectors.microsoft365.bodies import changes, html_body, new_event
from connectors.microsoft365.capabilities import CAPABILITIES
from connectors.microsoft365.lens import HALF_AN_HOUR, ONE_DAY, Lens
from connectors.microsoft365.richtext import replace_text
from connectors.microsoft365.zones import Zones
from domain.capabilities import Hold
from domain.errors import SetAside
from domain.fields import FIELDS, RecordType, complete, same
from domain.lens import Space, lift, project
from domain.values import Fields, Value
from sandbox.microsoft365 import GraphState
from sandbox.microsoft365.events import Writer
from sandbox.microsoft365.items import Item
from sandbox.microsoft365.odata import QueryReader
from sandbox.microsoft365.prefer import Prefer
from sandbox.microsoft365.render import View
from tests.connectors.microsoft365.world import BERLIN, MAILBOX, START, creation_of, day, event, event_view
from tests.domain.richtext.strategies import html, markdown

EVENT, TASK = RecordType.EVENT, RecordType.TASK
LENS = Lens(Zones(BERLIN), BERLIN, "all")
SPACE = Space("calendar", CAPABILITIES, BERLIN, LENS.settle, LENS.admits)

subjects = st.text(st.characters(exclude_categories=["Cs"]), max_size=255)
days = st.dates(date(1950, 1, 1), date(2150, 1, 1))
instants = st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - bounds
    lambda found: found.replace(microsecond=0)
)
hours = st.integers(0, 24 * 21).map(lambda count: timedelta(minutes=30 * count))
zone_names = st.one_of(
    st.none(), st.sampled_from(sorted(tz_win)), st.sampled_from(["Antarctica/Troll", "Mars/Olympus"])
)


class Outlook:
    """A mailbox of the stand-in, spoken to without HTTP."""

    def __init__(self) -> None:
        state = GraphState(now=lambda: START)
        state.add_mailbox(MAILBOX, "Data Practice")
        self._mailbox = state.mailbox(MAILBOX)
        self._writer = Writer(state, self._mailbox)
        self._item: Item | None = None

    def create(self, body: Mapping[str, Any]) -> Json:
        self._item = self._writer.create(self._mailbox.default_calendar, dict(body))
        return self.read()

    def change(self, body: Mapping[str, Any]) -> Json:
        assert self._item is not None
        self._item = self._writer.change(self._item, dict(body), None)
        return self.read()

    def read(self) -> Json:
        assert self._item is not None
        options = QueryReader[Item]("event", SELECT, {}, lambda *_: None)
        prefer = Prefer(immutable=True)
        return View(self._mailbox, prefer).event(self._item, frozenset(SELECT), options.expand(EXPAND))


@st.composite
def spans(draw: st.DrawFn) -> dict[str, Value]:
    """Start, end and zone as the records of other tools have them, sound or not."""
    zone: Value = draw(zone_names)
    if draw(st.booleans()):
        first = draw(days)
        return {"start": first, "end": first + timedelta(days=draw(st.integers(0, 9))), "zone": zone}
    begin = draw(instants | st.sampled_from(NEAR_A_CHANGE))
    return {"start": begin, "end": begin + draw(hours), "zone": zone}


NEAR_A_CHANGE = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in range(4)] + [
    datetime(2026, 3, 29, hour, 30, tzinfo=UTC) for hour in range(4)
]

events = st.builds(
    lambda span, **rest: {**rest, **span},
    spans(),
    title=subjects,
    notes=markdown,
    location=subjects,
)
deadlines = st.builds(lambda title, due: {"title": title, "due": due, "kind": "milestone"}, subjects, days | instants)
records = st.one_of(st.tuples(st.just(EVENT), events), st.tuples(st.just(TASK), deadlines))


@st.composite
def appointments(draw: st.DrawFn) -> Json:
    """What people make in Outlook: any zone that Windows has, any HTML, timed or whole days."""
    zone = draw(st.sampled_from(sorted(win_tz)))
    start = draw(st.datetimes(datetime(1975, 1, 1), datetime(2100, 1, 1))).replace(second=0, microsecond=0)  # noqa: DTZ001 - wall times
    end = start + draw(hours) + timedelta(minutes=30)
    all_day = draw(st.booleans())
    if all_day:
        start, end = (datetime.combine(moment, datetime.min.time()) for moment in (start, end + ONE_DAY))
    sent = {
        "subject": draw(subjects),
        "isAllDay": all_day,
        "start": {"dateTime": start.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
        "body": {"contentType": "html", "content": draw(html).encode("utf-8", "ignore").decode()},
        "location": {"displayName": draw(subjects)},
        "showAs": draw(st.sampled_from(["busy", "free", "tentative"])),
        **draw(st.sampled_from([{}, {"isOnlineMeeting": True}])),
    }
    return Outlook().create(sent)


def writable(kind: RecordType, view: Fields) -> dict[str, Value]:
    held = CAPABILITIES.types[kind].fields
    return {name: value for name, value in view.items() if held[name].hold is not Hold.READ}


def differing(kind: RecordType, one: Fields, other: Fields) -> dict[str, tuple[Value, Value]]:
    names = one.keys() | other.keys()
    pairs = {name: (one.get(name), other.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if not same(FIELDS[kind][name], *pair)}


@given(appointments(), st.sampled_from([EVENT, TASK]))
def test_what_is_read_and_not_changed_needs_no_write(raw: Json, kind: RecordType) -> None:
    """GetPut."""
    view = LENS.view(remote_of(raw, kind))
    assert view.keys() == CAPABILITIES.types[kind].fields.keys()
    shown = project(kind, complete(kind, view), SPACE, view)
    assert differing(kind, shown, writable(kind, view)) == {}


@given(records)
def test_what_is_created_is_what_is_read(record: tuple[RecordType, Fields]) -> None:
    """PutGet."""
    kind, fields = record
    view = project(kind, complete(kind, fields), SPACE)
    raw = Outlook().create(new_event(LENS, creation_of(kind, view)))
    assert differing(kind, writable(kind, LENS.view(remote_of(raw, kind))), view) == {}


@given(events, html, st.booleans())
def test_what_is_changed_is_what_is_read(fields: Fields, before: str, online: bool) -> None:
    """PutGet over what was there; a Teams meeting stays."""
    outlook = Outlook()
    content = before.encode("utf-8", "ignore").decode()
    old = outlook.create({**event(), "body": {"contentType": "html", "content": content}, "isOnlineMeeting": online})
    view = project(EVENT, complete(EVENT, fields), SPACE)
    notes = html_body(replace_text(old["body"]["content"], str(view["notes"])))
    raw = outlook.change({**changes(LENS, EVENT, view, view), **notes})
    assert differing(EVENT, writable(EVENT, LENS.view(remote_of(raw, EVENT))), view) == {}
    assert raw["isOnlineMeeting"] is online


@given(records)
def test_settling_again_changes_nothing(record: tuple[RecordType, Fields]) -> None:
    kind, fields = record
    once = LENS.settle(kind, fields)
    assert differing(kind, LENS.settle(kind, once), once) == {}


@given(records)
def test_what_the_calendar_cannot_hold_stays_in_the_record(record: tuple[RecordType, Fields]) -> None:
    """H09: after the round through Outlook, lifting the unchanged view gives the record back."""
    kind, fields = record
    whole = complete(kind, fields)
    view = project(kind, whole, SPACE)
    raw = Outlook().create(new_event(LENS, creation_of(kind, view)))
    seen = LENS.view(remote_of(raw, kind))
    for name, held in CAPABILITIES.types[kind].fields.items():
        if held.hold is not Hold.READ and same(FIELDS[kind][name], seen[name], view[name]):
            shown = view[name]  # None and "" mean the same
            assert lift(FIELDS[kind][name], held, shown, whole[name], view[name], SPACE) == whole[name]


def test_a_zone_of_the_same_windows_name_is_kept() -> None:
    """Vienna is shown as Berlin by Windows; a real change of zone is taken over."""
    held, spec = CAPABILITIES.types[EVENT].fields["zone"], FIELDS[EVENT]["zone"]
    view = project(EVENT, complete(EVENT, event_view(zone="Europe/Vienna")), SPACE)
    assert view["zone"] == "Europe/Berlin"
    assert lift(spec, held, "Europe/Berlin", "Europe/Vienna", view["zone"], SPACE) == "Europe/Vienna"
    assert lift(spec, held, "Europe/London", "Europe/Vienna", view["zone"], SPACE) == "Europe/London"


def test_moving_a_deadline_keeps_its_time_of_day() -> None:
    """H24, also over a clock change: 18:00 in Berlin stays 18:00."""
    due = datetime(2026, 3, 27, 17, 0, tzinfo=UTC)
    view = project(TASK, complete(TASK, {"title": "Report", "due": due}), SPACE)
    assert view == {"title": "Report", "due": date(2026, 3, 27)}
    moved = lift(
        FIELDS[TASK]["due"], CAPABILITIES.types[TASK].fields["due"], date(2026, 3, 30), due, view["due"], SPACE
    )
    assert moved == datetime(2026, 3, 30, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("show", "kind", "due", "shown"),
    [
        ("milestones", "milestone", day(1), True),
        ("milestones", "task", day(1), False),
        ("milestones", "milestone", None, False),
        ("all", "task", day(1), True),
        ("all", "task", None, False),
        ("none", "milestone", day(1), False),
    ],
)
def test_which_deadlines_are_shown(show: Any, kind: str, due: date | None, shown: bool) -> None:
    lens = Lens(Zones(BERLIN), BERLIN, show)
    for state in ("open", "done"):
        assert lens.admits(TASK, complete(TASK, {"kind": kind, "due": due, "state": state})) is shown
    assert lens.admits(EVENT, complete(EVENT, event_view()))
    assert not lens.admits(RecordType.DOCUMENT, {"title": "Minutes"})


def test_an_event_without_a_length_is_shown_as_half_an_hour() -> None:
    settled = LENS.settle(EVENT, event_view(end=START))
    assert settled["end"] == START + HALF_AN_HOUR
    assert LENS.settle(EVENT, event_view(start=day(3), end=day(3)))["end"] == day(4)


@pytest.mark.parametrize(
    ("start", "end", "until"),
    [(START, day(12), START + HALF_AN_HOUR), (day(10), START, day(11)), (START, None, START + HALF_AN_HOUR)],
)
def test_ends_that_do_not_fit_are_replaced(start: Any, end: Any, until: Any) -> None:
    assert LENS.settle(EVENT, event_view(start=start, end=end))["end"] == until


def test_the_hour_that_comes_twice_is_shown_in_utc() -> None:
    twice = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert LENS.settle(EVENT, event_view(start=twice, end=twice + ONE_DAY))["zone"] == "Etc/UTC"
    assert LENS.settle(EVENT, event_view(start=twice + ONE_DAY, end=twice + 2 * ONE_DAY))["zone"] == "Europe/Berlin"


def test_times_in_another_zone_than_asked_for_are_understood() -> None:
    raw = _raw(start={"dateTime": "2026-03-10T17:00:00.0000000", "timeZone": "W. Europe Standard Time"})
    assert LENS.view(remote_of(raw))["start"] == START


@pytest.mark.parametrize(
    "odd",
    [
        {"start": None},
        {"start": {"dateTime": "2026-03-10T17:00:00", "timeZone": "Middle Earth"}},
        {"end": {"dateTime": "noon", "timeZone": "UTC"}},
        {"isAllDay": True, "start": {"dateTime": "2026-02-30T00:00:00", "timeZone": "UTC"}},
        {"attendees": [7]},
        {"body": "text"},
    ],
)
def test_what_cannot_be_understood_is_set_aside(odd: Json) -> None:
    with pytest.raises(SetAside, match="“Gathering” in Outlook cannot be understood"):
        LENS.view(remote_of(_raw(**odd)))


def test_missing_texts_are_empty_and_unknown_zones_the_communitys() -> None:
    gone = {"subject": None, "body": None, "location": None, "attendees": None, "onlineMeeting": None, "showAs": None}
    zone = {"originalStartTimeZone": "tzone://Microsoft/Custom"}
    view = LENS.view(remote_of(_raw(**gone, **zone)))
    assert {view[name] for name in ("title", "notes", "location", "meeting_url")} == {""}
    assert (view["zone"], view["status"]) == ("Europe/Berlin", "confirmed")


def test_a_cancelled_event_says_so() -> None:
    assert LENS.view(remote_of(_raw(isCancelled=True, showAs="tentative")))["status"] == "cancelled"


@pytest.mark.parametrize(
    ("change", "mirrored"),
    [
        ({}, True),
        ({"type": None, "sensitivity": None}, True),
        ({"type": "seriesMaster"}, True),
        ({"type": "occurrence"}, False),
        ({"type": "exception"}, False),
        ({"sensitivity": "private"}, False),
        ({"sensitivity": "confidential"}, False),
        ({"sensitivity": "personal"}, False),
        ({"isOrganizer": False}, False),
    ],
)
def test_what_is_mirrored(change: Json, mirrored: bool) -> None:
    assert is_mirrored(_raw(**change)) is mirrored


@pytest.mark.parametrize("value", ["event:", "member:1", "nonsense", "", None])
def test_a_mark_that_is_none_of_ours_makes_no_deadline(value: Any) -> None:
    from connectors.microsoft365.marks import PROPERTY

    raw = _raw(singleValueExtendedProperties=[{"id": "String {0} Name other"}, {"id": PROPERTY, "value": value}])
    assert (remote_of(raw).type, remote_of(raw).mark) == (EVENT, None)


def test_the_tool_declares_what_the_lens_shows() -> None:
    assert TOOL.capabilities is CAPABILITIES
    assert CAPABILITIES.types[TASK].shadow
    assert all(one.conditional and one.trash for one in CAPABILITIES.types.values())


def test_every_community_gets_its_own_name_for_its_zone() -> None:
    for key in ("Europe/Vienna", "Asia/Kolkata", "America/New_York", "Etc/UTC"):
        zones = Zones(ZoneInfo(key))
        assert zones.shown(zones.windows(key)) == key
    assert Zones(ZoneInfo("Antarctica/Troll")).shown(None) == "Etc/UTC"
    assert {ZoneInfo(name).key for name in win_tz.values()} == set(win_tz.values())


def _raw(**changes: Any) -> Json:
    base = Outlook().create(event())
    return {**base, **changes}
