"""Whatever the tools hold: a feed that calendars can read, the same bytes every time, with nobody's address in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.calendars.lines import escaped, folded
from domain.fields import RecordType, complete
from domain.privacy import without_addresses
from domain.richtext.characters import clean
from domain.values import Value
from sync.feeds.calendar import whole, years
from sync.feeds.items import Audience, Item, Past, items_of
from sync.feeds.vevent import uid, vevent
from tests.web.reading import read

TODAY = date(2026, 11, 28)
EMAIL = "ada.adler@example.org"
SECRET = "what-the-notes-say"
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati", "Africa/Casablanca", "Europe/Dublin")

days = st.dates(date(2026, 9, 1), date(2028, 11, 1))
instants = st.integers(0, 68_000_000).map(lambda seconds: datetime(2026, 9, 1, tzinfo=UTC) + timedelta(seconds=seconds))
whens = days | instants
addresses = st.just(EMAIL) | st.emails()
texts = st.text(max_size=60) | st.text("\\;,:\n\r\tN n@", max_size=60)
RULES = st.none() | st.sampled_from(["FREQ=WEEKLY;COUNT=4", "FREQ=DAILY;INTERVAL=3;COUNT=3", "FREQ=HOURLY", "FREQ=ODD"])
AROUND = ("{}", "Ask {}!", "<{}>", "mailto:{}", "https://x.example/?who={}", "https://{}/", "({});")


@st.composite
def leaking(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text that somebody has put an address into, and the address."""
    email = draw(addresses)
    around = draw(
        st.sampled_from(["{}", "Ask {}!", "<{}>", "mailto:{}", "https://x.example/?who={}", "https://{}/", "({});"])
    )
    return draw(texts) + " " + around.format(email), email


@st.composite
def records(draw: st.DrawFn) -> tuple[RecordType, Mapping[str, Value], frozenset[str]]:
    """Return an event or a task, and the addresses in it."""
    (title, one), (place, two) = draw(leaking()), draw(leaking())
    notes, third = f"{SECRET} {EMAIL}", draw(addresses)
    link = draw(st.sampled_from(["", f"https://x.example/?who={third}", "https://t.example/19%3am@thread.v2/0", third]))
    found = frozenset({one, two, third, EMAIL})
    if draw(st.booleans()):
        event: dict[str, Value] = {
            "title": title, "location": place, "notes": notes, "meeting_url": link, "attendees": found,
            "start": draw(whens), "end": draw(whens), "zone": draw(st.none() | st.sampled_from(ZONES)),
            "status": draw(st.sampled_from(["confirmed", "tentative", "cancelled"])), "rrule": draw(RULES),
        }  # fmt: skip
        return RecordType.EVENT, complete(RecordType.EVENT, event), found
    task: dict[str, Value] = {
        "title": title, "notes": notes, "due": draw(st.none() | whens), "assignees": found,
        "kind": draw(st.sampled_from(["task", "milestone"])), "state": draw(st.sampled_from(["open", "done"])),
    }  # fmt: skip
    return RecordType.TASK, complete(RecordType.TASK, task), found


def items(
    found: list[tuple[RecordType, Mapping[str, Value], frozenset[str]]], zone: str, *, private: bool = True
) -> list[Item]:
    audience = Audience("c", "Community", ZoneInfo(zone), private)
    past = Past(1, datetime(2026, 11, 27, tzinfo=UTC))
    return [
        item
        for number, (kind, fields, _) in enumerate(found)
        for item in items_of(f"record-{number}", kind, fields, past, audience, years(TODAY), deleted=number % 3 == 2)
    ]


@given(st.lists(records(), max_size=6), st.sampled_from(ZONES))
def test_any_records_make_a_feed_that_can_be_read_and_names_nobody(
    found: list[tuple[RecordType, Mapping[str, Value], frozenset[str]]], zone: str
) -> None:
    audience, shown = Audience("c", "Community", ZoneInfo(zone)), items(found, zone)
    content = whole(audience, shown, TODAY)
    assert content == whole(audience, reversed(items(found, zone)), TODAY)
    calendar = read(content)
    assert calendar.get_missing_tzids() == set()
    events = {str(event["UID"]): event for event in calendar.events}
    assert len(events) == len(shown)
    for item in shown:
        event = events[uid(item)]
        assert not event.errors
        assert (event.start, event.end) == (item.start, item.end)
        assert (str(event["SUMMARY"]), str(event.get("LOCATION", ""))) == (item.title, item.location or item.link)
    unfolded = content.replace(b"\r\n ", b"").decode("utf-8")
    assert SECRET not in unfolded
    for email in frozenset().union(*(emails for _, _, emails in found)):
        assert email not in unfolded
        assert escaped(email) not in unfolded


@given(st.lists(records(), min_size=1, max_size=3))
def test_notes_are_shown_where_they_are_meant_to_be(
    found: list[tuple[RecordType, Mapping[str, Value], frozenset[str]]],
) -> None:
    shown = items(found, "Europe/Berlin", private=False)
    content = whole(Audience("c", "Community", ZoneInfo("Europe/Berlin"), private=False), shown, TODAY)
    assert all(SECRET in str(event["DESCRIPTION"]) for event in read(content).events)


@given(st.text(max_size=400))
def test_any_text_is_folded_by_octets_and_comes_back(value: str) -> None:
    written = folded("SUMMARY", escaped(value)).raw
    physical = written.encode("utf-8").removesuffix(b"\r\n").split(b"\r\n")
    assert max(map(len, physical)) <= 75
    for part in physical:
        part.decode("utf-8")
    event = read(f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{written}END:VEVENT\r\nEND:VCALENDAR\r\n").events[0]
    assert str(event["SUMMARY"]) == clean(value)


@given(leaking())
def test_no_address_stays_in_a_text(found: tuple[str, str]) -> None:
    said, email = found
    assert email not in without_addresses(said)


def test_links_of_meetings_stay_whole() -> None:
    link = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_NjA@thread.v2/0?context=%7b%7d"
    assert without_addresses(f"Room 4 {link}") == f"Room 4 {link}"
    assert without_addresses("Ada <ada@example.org>, @ben and ben@localhost") == "Ada <…>, @ben and …"


@given(instants, st.sampled_from(ZONES))
def test_an_instant_is_the_same_in_every_zone(moment: datetime, zone: str) -> None:
    end = moment + timedelta(hours=1)
    fields = complete(RecordType.EVENT, {"title": "x", "start": moment, "end": end, "zone": zone})
    (item,) = items([(RecordType.EVENT, fields, frozenset())], "Europe/Berlin")
    event = read(f"BEGIN:VCALENDAR\r\n{vevent(item, years(TODAY))}END:VCALENDAR\r\n").events[0]
    assert (event.start, event.end) == (moment, end)
