"""What is said in a channel, end to end: from records in the store to files in a folder."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.announcements.message import How, MessageState
from domain.fields import RecordType, complete
from domain.records import Record
from store import state
from tests.sync.announce.conftest import Town, channel, town
from tests.web.place import COMMUNITY, NOW

START = NOW + timedelta(days=3)
HOUR = timedelta(hours=1)


async def test_what_was_there_when_a_channel_was_connected_is_never_told(busy: Town) -> None:
    for number in range(40):
        busy.here.event(f"old-{number}", START, START + HOUR)
    busy.here.deadline("old deadline", START.date())
    found = await busy.say()
    assert (found.channels[0].known, found.said, busy.files()) == (43, [], [])
    assert (await busy.say()).said == []


async def test_a_gathering_is_announced_once_edited_when_it_moves_and_called_off(busy: Town) -> None:
    await busy.say()
    busy.here.event("Meetup", START, START + HOUR, zone="Europe/Berlin", location="Room 1")
    assert [one.how for one in (await busy.say()).said] == [How.POST]
    (text,) = busy.files()
    assert text.startswith("## Meetup\n\nTue 1 December 2026, 13:0")
    assert (await busy.say()).said == []
    busy.here.change("Meetup", start=START + HOUR, end=START + 2 * HOUR)
    assert [one.how for one in (await busy.say()).said] == [How.EDIT]
    (text,) = busy.files()
    assert "Changed: Meetup" in text
    assert "Before: " in text
    busy.here.change("Meetup", start=START, end=START + HOUR)
    await busy.say()
    busy.here.delete("Meetup")
    await busy.say()
    (text,) = busy.files()
    assert text.startswith("## Called off: Meetup")
    states = [(one.revision, one.state) for one in busy.journal() if one.thing == "gathering:Meetup"]
    superseded = MessageState.SUPERSEDED
    assert states == [(1, superseded), (2, superseded), (3, superseded), (4, MessageState.SENT)]


async def test_a_change_of_what_is_not_shown_is_no_news(busy: Town) -> None:
    await busy.say()
    busy.here.event("Meetup", START, START + HOUR)
    await busy.say()
    busy.here.change("Meetup", notes="a secret", attendees=frozenset({"ada@example.org"}))
    assert (await busy.say()).said == []
    assert "secret" not in "".join(busy.files())


async def test_nothing_is_said_in_quiet_hours_and_everything_after(busy: Town) -> None:
    await busy.say()
    busy.here.event("Meetup", START, START + HOUR)
    night = datetime(2026, 11, 28, 19, 0, tzinfo=UTC)  # 20:00 in Berlin
    assert (await busy.say(night)).said == []
    assert (await busy.say(datetime(2026, 11, 29, 5, 59, tzinfo=UTC))).said == []
    assert len((await busy.say(datetime(2026, 11, 29, 6, 0, tzinfo=UTC))).said) == 1


async def test_where_it_is_never_quiet_it_is_said_at_night(tmp_path: Path) -> None:
    with town(tmp_path, channel(more='quiet = "never"')) as made:
        await made.say()
        made.here.event("Meetup", START, START + HOUR)
        assert len((await made.say(datetime(2026, 11, 28, 23, 0, tzinfo=UTC))).said) == 1


async def test_what_is_over_the_daily_maximum_is_said_together(busy: Town) -> None:
    await busy.say()
    for number in range(12):
        busy.here.event(f"Meetup {number:02}", START + number * HOUR, START + (number + 1) * HOUR)
    said = (await busy.say()).said
    assert [one.title for one in said] == ["Meetup 00", "Meetup 01", "Data Practice: what is new"]
    assert (await busy.say()).said == []
    together = next(text for text in busy.files() if "what is new" in text)
    assert together.count("- New: Meetup") == 10
    assert len([one for one in busy.journal() if one.within]) == 10
    busy.here.event("One more", START, START + HOUR)
    assert (await busy.say()).said == []
    busy.wait(days=1)
    assert [one.title for one in (await busy.say()).said] == ["One more"]
    busy.here.delete("Meetup 11")
    busy.wait(days=1)
    (correction,) = (await busy.say()).said
    assert correction.how is How.CORRECT  # it was said within another message, which says more than that


async def test_people_are_welcomed_and_thanked_together_by_name_alone(busy: Town) -> None:
    await busy.say()
    busy.here.member("member-cy", "cy@example.org", name="Cy")
    busy.here.member("member-mail", "hidden@example.org", name="hidden@example.org")
    busy.here.member("member-dee", "dee@example.org", name="Dee *the* <b>1st</b>")
    for title in ("Plan", "Budget"):
        busy.here.task(title, None, assignees=frozenset({"member-ada", "member-ben"}))
        busy.here.change(title, state="done")
    await busy.say()
    text = "\n".join(busy.files())
    assert "Welcome, Cy and Dee \\*the\\* \\<b>1st\\</b>" in text
    assert "Thanks to Ada and Ben" in text
    assert len(busy.files()) == 2
    assert "@" not in text


async def test_a_series_is_told_by_its_next_date_and_a_date_that_falls_out_as_a_change(busy: Town) -> None:
    await busy.say()
    busy.here.event("Weekly", START, START + HOUR, zone="Europe/Berlin", rrule="FREQ=WEEKLY")
    await busy.say()
    assert "Next: Tue 1 December 2026" in busy.files()[0]
    busy.wait(days=14)
    assert (await busy.say()).said == []  # that time passes is no change
    busy.here.change("Weekly", exdates=frozenset({"2026-12-22"}))
    await busy.say()
    assert "Tue 22 December 2026" in busy.files()[0]
    assert "does not take place" in busy.files()[0]


async def test_a_deadline_a_milestone_and_a_document(busy: Town) -> None:
    await busy.say()
    busy.here.deadline("Handbook", START.date())
    document = complete(RecordType.DOCUMENT, {"title": "Notes", "url": "https://docs.example.org/1"})
    busy.here.put(Record("doc", RecordType.DOCUMENT, document))
    await busy.say()
    text = "\n".join(busy.files())
    assert "## Deadline: Handbook" in text
    assert "[Notes](https://docs.example.org/1)" in text
    busy.here.change("Handbook", state="done")
    busy.wait(days=1)
    await busy.say()
    assert "## Reached: Handbook" in "\n".join(busy.files())


async def test_what_becomes_internal_while_it_waits_is_not_said(busy: Town) -> None:
    await busy.say()
    busy.here.event("Meetup", START, START + HOUR)
    await busy.say(datetime(2026, 11, 28, 21, tzinfo=UTC))
    busy.here.change("Meetup", audience="internal")
    assert (await busy.say(datetime(2026, 11, 29, 9, tzinfo=UTC))).said == []
    assert [one.state for one in busy.journal() if one.thing == "gathering:Meetup"] == [MessageState.SUPERSEDED]


async def test_nothing_is_said_before_the_first_sync(tmp_path: Path) -> None:
    space = '[[communities.spaces]]\nname = "a"\nconnection = "m"\n'
    text = f'{channel()}{space}[connections.m]\ntool = "memory"\n'
    with town(tmp_path, text) as made:
        found = await made.say()
        assert "copsync sync" in found.waits
        made.here.event("Meetup", START, START + HOUR)
        lease = made.here.store.acquire(COMMUNITY, "test", made.here.now)
        cursor = state.Cursor(None, "b", made.here.now, None)
        with made.here.store.writing(lease, made.here.now) as connection:
            state.save_cursors(connection, COMMUNITY, {"a": cursor})
        made.here.store.release(lease)
        assert (await made.say()).said == []
        made.here.event("Next one", START, START + HOUR)
        assert [one.title for one in (await made.say()).said] == ["Next one"]


async def test_the_digest_is_sent_once_in_its_week(tmp_path: Path) -> None:
    with town(tmp_path, channel('"digest"')) as made:
        made.here.event("Meetup", START, START + HOUR)
        await made.say()
        made.here.member("member-cy", "cy@example.org", name="Cy")
        assert (await made.say()).said == []
        monday = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)  # 08:00 in Berlin
        assert (await made.say(monday - timedelta(minutes=1))).said == []
        assert [one.thing for one in (await made.say(monday)).said] == ["digest:2026-11-30"]
        for hours in (1, 5, 30, 100):
            assert (await made.say(monday + timedelta(hours=hours))).said == []
        (text,) = made.files()
        assert "**Meetup**" in text
        assert "Welcome, Cy!" in text
        await made.say(monday + timedelta(days=7))
        assert len(made.files()) == 1  # nothing is coming, and who joined was told: nothing to say
        states = {one.thing: one.state for one in made.journal()}
        assert states["digest:2026-12-07"] is MessageState.SUPERSEDED
        assert states["member:member-cy"] is MessageState.SENT


async def test_a_digest_that_is_too_late_is_left_out(tmp_path: Path) -> None:
    with town(tmp_path, channel('"digest"')) as made:
        await made.say()
        made.here.event("Meetup", START + timedelta(days=3), START + timedelta(days=3) + HOUR)
        wednesday = datetime(2026, 12, 2, 12, 0, tzinfo=UTC)
        assert (await made.say(wednesday)).said == []
        assert (await made.say(datetime(2026, 12, 7, 9, tzinfo=UTC))).said == []
        made.here.event("Later", wednesday + timedelta(days=9), wednesday + timedelta(days=9) + HOUR)
        assert len((await made.say(datetime(2026, 12, 7, 12, tzinfo=UTC))).said) == 0
