"""To-dos and entries as Basecamp answers them, made by Hypothesis."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from connectors.basecamp.options import SpaceOptions
from connectors.basecamp.places import Place

Json = dict[str, Any]

OPTIONS = SpaceOptions.model_validate({"project": 1})
NAMES = st.sampled_from(["Autumn", "Deadlines", "deadlines ", "Tasks", "TASKS", "Deadlines / Q3", " Winter", "A / B"])
TITLES = st.text(max_size=40) | st.sampled_from(["", "  ", "Book the room", "a\nb", "x\x00y", "🎉", "עברית"])
NOTES = st.sampled_from(
    [
        "",
        "<div>Second floor</div>",
        '<div dir="auto">First<br>Second</div>',
        "<div><strong>Bold</strong> and <em>more</em></div><ul><li>One</li><li>Two</li></ul>",
        '<div>See <a href="https://example.org/">here</a></div><pre>code</pre>',
        "<h1>Title</h1><div><br></div><blockquote>Said</blockquote>",
        "<div>1 &lt; 2 &amp; 3</div>",
    ]
)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@st.composite
def places(draw: st.DrawFn) -> Place:
    name = draw(st.none() | NAMES)
    return Place("1", name, None if name is None else draw(st.none() | NAMES))


@st.composite
def people(draw: st.DrawFn) -> list[Json]:
    ids = draw(st.lists(st.integers(1, 5), unique=True, max_size=3))
    return [{"id": one, "name": f"Person {one}", "email_address": f"p{one}@example.org"} for one in ids]


@st.composite
def todos(draw: st.DrawFn) -> Json:
    start, due = draw(st.none() | DAYS), draw(st.none() | DAYS)
    completed = draw(st.booleans())
    completion = {"completion": {"created_at": _stamp(draw(INSTANTS)), "creator": {"id": 1}}} if completed else {}
    return {
        "id": 4711,
        "content": draw(TITLES),
        "description": draw(NOTES),
        "completed": completed,
        **completion,
        "starts_on": start.isoformat() if start else None,
        "due_on": due.isoformat() if due else None,
        "assignees": draw(people()),
        "completion_subscribers": draw(people()),
        "parent": {"id": 1},
        "updated_at": _stamp(draw(INSTANTS)),
    }


@st.composite
def entries(draw: st.DrawFn) -> Json:
    all_day, start = draw(st.booleans()), draw(INSTANTS)
    end = start + draw(st.timedeltas(timedelta(0), timedelta(days=9)))
    bounds = [start.date().isoformat(), end.date().isoformat()] if all_day else [_stamp(start), _stamp(end)]
    return {
        "id": 4712,
        "summary": draw(TITLES),
        "description": draw(NOTES),
        "all_day": all_day,
        "starts_at": bounds[0],
        "ends_at": bounds[1],
        "join_url": draw(st.sampled_from([None, "https://meet.example.org/abc", "http://x.example.org"])),
        "participants": draw(people()),
        "updated_at": _stamp(draw(INSTANTS)),
    }


def _stamp(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
