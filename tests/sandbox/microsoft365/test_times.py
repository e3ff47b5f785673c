import pytest

from tests.sandbox.microsoft365.harness import BERLIN, Graph, Json, all_day, at, event, window


def times(found: Json) -> tuple[str, str, str]:
    assert found["start"]["timeZone"] == found["end"]["timeZone"]
    return found["start"]["dateTime"], found["end"]["dateTime"], found["start"]["timeZone"]


def test_times_come_back_in_utc_with_the_zone_they_were_made_in(graph: Graph) -> None:
    made = graph.create(event(start="2026-07-07T17:00:00"))
    assert times(made) == ("2026-07-07T15:00:00.0000000", "2026-07-07T16:00:00.0000000", "UTC")
    assert (made["originalStartTimeZone"], made["originalEndTimeZone"]) == (BERLIN, BERLIN)


@pytest.mark.parametrize("zone", ["Tokyo Standard Time", "Asia/Tokyo"])
def test_a_preferred_zone_is_applied_to_every_answer(graph: Graph, zone: str) -> None:
    prefer = f'outlook.timezone="{zone}"'
    answer = graph.call("POST", f"{graph.user}/events", json=event(start="2026-07-07T17:00:00"), prefer=prefer)
    assert answer.headers["preference-applied"] == prefer
    wanted = ("2026-07-08T00:00:00.0000000", "2026-07-08T01:00:00.0000000", zone)
    assert times(answer.json()) == wanted
    assert times(graph.get("/events", prefer=prefer)["value"][0]) == wanted


def test_start_and_end_may_be_in_different_zones(graph: Graph) -> None:
    sent = {"start": at("2026-07-07T17:00:00"), "end": at("2026-07-07T17:00:00", "Europe/London")}
    made = graph.create(sent)
    assert times(made)[:2] == ("2026-07-07T15:00:00.0000000", "2026-07-07T16:00:00.0000000")
    assert made["originalEndTimeZone"] == "GMT Standard Time"


def test_an_iana_zone_is_kept_as_the_windows_zone_it_belongs_to(graph: Graph) -> None:
    sent = {"start": at("2026-07-07T17:00:00", "Europe/Vienna"), "end": at("2026-07-07T18:00:00", "UTC")}
    made = graph.create(sent)
    assert (made["originalStartTimeZone"], made["originalEndTimeZone"]) == (BERLIN, "UTC")


@pytest.mark.parametrize("prefer", ["UTC", "Tokyo Standard Time", "Pacific Standard Time", BERLIN])
def test_all_day_is_midnight_whatever_the_zone(graph: Graph, prefer: str) -> None:
    made = graph.create(all_day("2026-03-28", "2026-03-30"))
    found = graph.get(f"/events/{made['id']}", prefer=f'outlook.timezone="{prefer}"')
    assert times(found) == ("2026-03-28T00:00:00.0000000", "2026-03-30T00:00:00.0000000", prefer)


def test_all_day_meets_a_window_as_if_its_midnight_were_utcs(graph: Graph) -> None:
    graph.create(all_day("2026-03-28", "2026-03-29", zone="Tokyo Standard Time"))
    assert len(graph.get(f"/calendarView?{window('2026-03-28', '2026-03-29')}")["value"]) == 1
    assert graph.get(f"/calendarView?{window('2026-03-27', '2026-03-28')}")["value"] == []


@pytest.mark.parametrize(
    "body",
    [
        {**all_day("2026-03-28", "2026-03-29"), "start": at("2026-03-28T01:00:00")},
        {**all_day("2026-03-28", "2026-03-29"), "end": at("2026-03-28T23:59:00")},
        {**all_day("2026-03-28", "2026-03-29"), "end": at("2026-03-29T00:00:00", "UTC")},
        {**event(), "isAllDay": True},
    ],
)
def test_all_day_needs_midnights_in_one_zone(graph: Graph, body: Json) -> None:
    assert graph.refused("POST", "/events", json=body) == (400, "ErrorInvalidRequest")


def test_the_end_must_be_after_the_start(graph: Graph) -> None:
    wanted = (400, "ErrorCalendarEndDateIsEarlierThanStartDate")
    for end in ("2026-03-10T16:59:59", "2026-03-10T17:00:00"):
        assert graph.refused("POST", "/events", json=event() | {"end": at(end)}) == wanted
    assert graph.refused("POST", "/events", json=all_day("2026-03-28", "2026-03-28")) == wanted
    made = graph.create(event())
    path = f"/events/{made['id']}"
    assert graph.refused("PATCH", path, json={"start": at("2026-03-10T18:30:00")}) == wanted
    assert graph.refused("PATCH", path, json={"isAllDay": True}) == (400, "ErrorInvalidRequest")
    assert graph.get(path) == made


@pytest.mark.parametrize("zone", ["Mars Standard Time", "Europe/Atlantis", "CEST", ""])
def test_an_unknown_zone_is_refused_everywhere(graph: Graph, zone: str) -> None:
    wanted = (400, "TimeZoneNotSupportedException")
    assert graph.refused("POST", "/events", json=event() | {"end": at("2026-03-11T00:00:00", zone)}) == wanted
    if zone:
        assert graph.refused("GET", "/events", prefer=f'outlook.timezone="{zone}"') == wanted


def test_a_start_without_a_zone_or_time_is_refused(graph: Graph) -> None:
    no_zone = event() | {"start": {"dateTime": "2026-03-10T17:00:00"}}
    assert graph.refused("POST", "/events", json=no_zone) == (400, "TimeZoneNotSupportedException")
    no_time = event() | {"start": {"timeZone": BERLIN}}
    assert graph.refused("POST", "/events", json=no_time) == (400, "ErrorPropertyValidationFailure")


@pytest.mark.parametrize(
    "text",
    ["2026-03-10T17:00:00Z", "2026-03-10T17:00:00+01:00", "2026-03-10", "10.03.2026 17:00", "2026-13-10T17:00"],
)
def test_a_time_with_an_offset_or_of_another_form_is_refused(graph: Graph, text: str) -> None:
    assert graph.refused("POST", "/events", json=event() | {"start": at(text)}) == (400, "RequestBodyRead")


def test_seven_decimals_are_read(graph: Graph) -> None:
    made = graph.create(event() | {"end": at("2026-03-10T18:00:00.1234567")})
    assert made["end"]["dateTime"] == "2026-03-10T17:00:00.1234560"
