"""Texts between tools that write them differently, over HTTP (H25), and items that a tool will not take (H28)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from unicodedata import normalize
from zoneinfo import ZoneInfo

import pytest

from domain.fields import RecordType
from domain.values import Fields
from sandbox.faults import Fault
from sync.report import Exit
from tests.sync.town import town
from tests.system.office import Office, office

NOON = datetime(2026, 12, 10, 12, tzinfo=ZoneInfo("Europe/Berlin"))
DUE = date(2026, 12, 10)
TITLES = {
    "spaces": "  Plan   the year  ",
    "unicode spaces": "Plan\u00a0the\u2009year\u200b",
    "composed and not": "Cafe\u0301 Süd — “quotes” ‘single’ … ﬁ",
    "emoji": "🎉👩🏽‍💻🇩🇪 party",
    "right to left": "שלום \u202eעולם\u202c مرحبا",
    "markup": "<b>bold</b> & *stars* _under_ `code` [x](http://example.org)",
    "controls": "a\tb\x0bc\x1fd",
    "long": "word " * 90,
}
NOTES = {
    "lists": "<ul><li>one</li><li>two<ul><li>deep</li></ul></li></ul><ol><li>first</li></ol>",
    "breaks": "<div>one<br><br>two</div><div><br></div><div>three</div>",
    "marks": "<div><strong>strong</strong><em> em</em> <del>gone</del> plain&nbsp;&nbsp;space</div>",
    "links": '<div>see <a href="https://example.org/?a=1&amp;b=2">this</a> or https://example.org/x_y_z</div>',
    "quotes": "<blockquote>said</blockquote><pre>x = 1\n  y</pre><h1>Head</h1>",
    "odd": "<div>&lt;angle&gt; &amp;amp; 2 * 3 * 4, a_b_c, 1. not a list\n# no head</div>",
}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Office]:
    with office(tmp_path) as built:
        yield built


async def quiet_within_two_rounds(desk: Office) -> None:
    for _ in range(2):
        report = await desk.sync(full=True)
        assert report.conflicts == []
    assert report.exit == Exit.IN_STEP
    await desk.quiet()


@pytest.mark.parametrize("home", ["asana", "basecamp"])
async def test_h25_i4_titles_and_dates_of_deadlines_in_three_tools(desk: Office, home: str) -> None:
    """A deadline is a milestone in Asana, a to-do in a list of its own in Basecamp, a whole day in Outlook."""
    for title in TITLES.values():
        if home == "asana":
            fields = {"due_on": DUE.isoformat(), "resource_subtype": "milestone"}
            desk.world.asana_create(desk.asana_person, name=title, **fields)
        else:
            desk.world.basecamp_create(desk.basecamp_person, "Deadlines", title, due_on=DUE.isoformat())
    await quiet_within_two_rounds(desk)
    three = (desk.world.asana_tasks(), desk.world.basecamp_todos(), desk.world.outlook_events())
    assert [len(items) for items in three] == [len(TITLES)] * 3
    asana, basecamp, outlook = (sorted(letters(item["title"]) for item in items) for items in three)
    assert asana == basecamp == sorted(letters(title) for title in TITLES.values())
    assert [title[:200] for title in outlook] == [title[:200] for title in asana]


def letters(title: str) -> str:
    """Return what people see of a title, apart from white space."""
    return "".join(one for one in normalize("NFC", title) if one.isprintable() and not one.isspace())


@pytest.mark.parametrize("home", ["basecamp", "outlook"])
async def test_h25_i4_descriptions_of_events(desk: Office, home: str) -> None:
    for title, notes in NOTES.items():
        if home == "outlook":
            desk.world.outlook_create(desk.outlook_person, title, NOON, NOON + timedelta(hours=1), body=notes)
        else:
            end = NOON + timedelta(hours=1)
            desk.world.basecamp_entry_create(desk.basecamp_person, title, NOON, end, description=notes)
    await quiet_within_two_rounds(desk)
    assert len(desk.world.outlook_events()) == len(desk.world.basecamp_entries()) == len(NOTES)


async def test_h25_i4_descriptions_of_tasks_edited_in_turn(desk: Office) -> None:
    name = next(iter(desk.world.places.basecamp_lists))
    for title, notes in NOTES.items():
        desk.world.basecamp_create(desk.basecamp_person, name, title, description=notes)
    await quiet_within_two_rounds(desk)
    for title in NOTES:
        task = desk.world.asana_task(title)
        html = task["html"].replace("</body>", "\nAdded in Asana</body>")
        desk.world.asana_edit(task["id"], desk.asana_person, html_notes=html)
    await quiet_within_two_rounds(desk)
    for title in NOTES:
        assert "Added in Asana" in desk.world.basecamp_todo(title)["notes"]


def _stripped(_kind: RecordType, fields: Fields) -> Fields:
    return {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}


def _one_line(_kind: RecordType, fields: Fields) -> Fields:
    return {name: " ".join(value.split()) if isinstance(value, str) else value for name, value in fields.items()}


def _short(_kind: RecordType, fields: Fields) -> Fields:
    title = fields.get("title")
    return {**fields, "title": title[:20].upper()} if isinstance(title, str) else fields


async def test_h25_i4_three_rules_that_contradict_each_other(tmp_path: Path) -> None:
    with town(tmp_path, "a", "b", "c") as three:
        for name, rule in (("a", _stripped), ("b", _one_line), ("c", _short)):
            three.connector(name).settle_rule = rule
        for space in "abc":
            three.task(space, f"  from {space},   with a long title and   spaces ", notes=f"line of {space}\n\n  two ")
        for _ in range(2):
            await three.sync(full=True)
        assert (await three.sync(full=True)).steps == []
        assert {len(three.titles(space)) for space in "abc"} == {3}


REFUSED = {
    "asana": (400, '{"errors":[{"message":"name: Not allowed."}]}'),
    "basecamp": (422, '{"error":"no"}'),
    "microsoft365": (400, '{"error":{"code":"ErrorInvalidRequest","message":"no"}}'),
}
EDITS = {
    "asana": ("PUT", r"/tasks/{}(\?|$)"),
    "basecamp": ("PUT", r"/todos/{}.json"),
    "microsoft365": ("PATCH", r"/events/{}"),
}


@pytest.mark.parametrize("tool", EDITS)
async def test_h28_one_refused_item_stops_no_other(desk: Office, tool: str) -> None:
    world = desk.world
    for number in range(8):
        fields = {"due_on": DUE.isoformat(), "resource_subtype": "milestone"}
        world.asana_create(desk.asana_person, name=f"Milestone {number}", **fields)
    assert (await desk.sync()).exit == Exit.IN_STEP
    listed = {"asana": world.asana_tasks, "basecamp": world.basecamp_todos, "microsoft365": world.outlook_events}[tool]
    poisoned = next(item["id"] for item in listed() if item["title"] == "Milestone 3")
    method, path = EDITS[tool]
    status, body = REFUSED[tool]
    world.faults[tool].add(Fault(method, path.format(poisoned), "status", times=None, status=status, body=body))
    for item in world.basecamp_todos() if tool == "asana" else world.asana_tasks():
        title = item["title"].replace("Milestone", "Renamed")
        if tool == "asana":
            world.basecamp_edit(item["id"], desk.basecamp_person, content=title)
        else:
            world.asana_edit(item["id"], desk.asana_person, name=title)
    report = await desk.sync()
    failed = [step for step in report.steps if step["state"] == "failed"]
    assert [step["title"] for step in failed] == ["Renamed 3"]
    assert failed[0]["message"]
    assert report.exit == Exit.FAILED
    renamed = sorted(item["title"] for item in listed())
    assert renamed == ["Milestone 3", *(f"Renamed {number}" for number in range(8) if number != 3)]
    world.faults[tool].clear()
    for item in world.asana_tasks():
        if item["title"] == "Renamed 3":
            world.asana_edit(item["id"], desk.asana_person, name="Renamed 3!")
    await desk.sync()
    await desk.sync()
    assert [item["title"] for item in listed() if item["title"].startswith("Renamed 3")]


async def test_h28_absurdly_much_text_harms_nobody_else(desk: Office) -> None:
    name = next(iter(desk.world.places.basecamp_lists))
    desk.world.basecamp_create(desk.basecamp_person, name, "Huge", description=f"<div>{'word ' * 400_000}</div>")
    desk.world.basecamp_create(desk.basecamp_person, name, "Small", description="<div>a word</div>")
    report = await desk.sync()
    assert {step["title"]: step["state"] for step in report.steps}["Small"] == "done"
    assert desk.world.asana_task("Small")["notes"] == "a word"
    assert len(desk.world.basecamp_todo("Huge")["notes"]) > 1_900_000
    before = len(desk.world.asana_tasks())
    await desk.sync()
    assert len(desk.world.asana_tasks()) == before
    assert len(desk.world.basecamp_todos()) == 2
