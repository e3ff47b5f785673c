"""How messages look: the words of each sort, every place's rules, and nothing that people wrote taken for markup."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from domain.announcements.card_rules import MOST_BYTES, check_card, size_of
from domain.announcements.channel import Abilities, Form, Topic
from domain.announcements.digest import Digest, Line
from domain.announcements.message import Message, MessageState
from domain.announcements.render import LEAD, page, render, render_to_fit
from domain.announcements.samples import samples
from domain.announcements.story import TEMPLATES, Story, Teller
from domain.announcements.templates import Templates
from domain.announcements.things import People, gathering_facts
from domain.errors import ConfigProblem, SetAside
from domain.richtext.commonmark import parse
from domain.values import Fields, Value
from sync.announce.wording import shipped
from tests.domain.announcements.samples import NOW, PLAIN, channel

WORDS = Templates(shipped())
LINKEDIN = Abilities(Form.TEXT, max_length=3000, one_link=True)
FORMS = [LINKEDIN if form is Form.TEXT else Abilities(form) for form in Form]
NASTY = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[click](http://evil.example)",
    "![x](http://evil.example/x.png)",
    "*bold* _it_ `code`", "</p><h1>big", "{{ 7*7 }}{% raw %}", "# heading", "- item", "> quote", "&lt;b&gt;",
    "<at>Everyone</at>",
    "{{DATE(2026-01-01T00:00:00Z)}}", "line\nbreak\n\n## new", "a\u202eb\u0000c", "<https://evil.example>",
    "[x]: http://evil.example",
    "\\", "***", "~~gone~~", "<attachment id=1></attachment>", "1. one", "|a|b|", "@everyone @channel",
)  # fmt: skip
PUBLISHED: dict[str, Any] = {
    "type": "object",
    "required": ["type", "version", "body"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"},
        "type": {"const": "AdaptiveCard"},
        "version": {"pattern": r"^1\.[0-5]$"},
        "lang": {"type": "string"},
        "fallbackText": {"type": "string"},
        "body": {"type": "array", "items": {"$ref": "#/$defs/block"}},
        "actions": {"type": "array", "items": {"$ref": "#/$defs/action"}},
    },
    "$defs": {
        "action": {
            "type": "object",
            "required": ["type", "url"],
            "additionalProperties": False,
            "properties": {
                "type": {"const": "Action.OpenUrl"},
                "title": {"type": "string"},
                "url": {"type": "string", "pattern": "^https?://"},
            },
        },
        "block": {
            "type": "object",
            "required": ["type", "inlines"],
            "properties": {
                "type": {"const": "RichTextBlock"},
                "inlines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/run"}},
            },
        },
        "run": {
            "type": "object",
            "required": ["type", "text"],
            "properties": {
                "type": {"const": "TextRun"},
                "text": {"type": "string"},
                "size": {"enum": ["small", "default", "medium", "large", "extraLarge"]},
                "weight": {"enum": ["lighter", "default", "bolder"]},
                "selectAction": {"$ref": "#/$defs/action"},
            },
        },
    },
}
"""The same rules once more, from the published schema (adaptivecards.io), told apart from those of the product."""


BEFORE: Fields = {
    "title": "Spring meetup",
    "start": NOW + timedelta(days=1),
    "end": NOW + timedelta(days=1, hours=1),
    "zone": "Europe/Berlin",
    "location": "Room 1",
    "meeting_url": "https://meet.example.org/x",
}


def story(change: str = "new", **facts: Value) -> Story:
    after, off = gathering_facts({**BEFORE, **facts}), change == "cancelled"
    message = Message("1", "here", "gathering:1", 2, Topic.GATHERINGS, MessageState.PLANNED, NOW, after, off)
    known = replace(message, state=MessageState.SENT, revision=1, facts=gathering_facts(BEFORE))
    return teller().story(message, known if change == "changed" else None)


def teller(names: Mapping[str, str] | None = None) -> Teller:
    return Teller(channel(PLAIN), "Data Practice", People(names or {}), NOW)


def text_of(told: Story, abilities: Abilities = LINKEDIN) -> str:
    return render(told, abilities, WORDS).body


def test_a_gathering_in_plain_text() -> None:
    assert text_of(story()) == (
        "Spring meetup\n\nTue 3 March 2026, 13:00–14:00 Europe/Berlin (12:00–13:00 UTC)\n\nWhere: Room 1\n\n"
        "Join (https://meet.example.org/x)"
    )


def test_a_gathering_that_moved_and_one_that_was_called_off() -> None:
    moved = story("changed", start=NOW + timedelta(days=2), end=NOW + timedelta(days=2, hours=1), location="")
    assert text_of(moved) == (
        "Changed: Spring meetup\n\nWed 4 March 2026, 13:00–14:00 Europe/Berlin (12:00–13:00 UTC)\n\n"
        "Before: Tue 3 March 2026, 13:00–14:00 Europe/Berlin (12:00–13:00 UTC)\n\n"
        "Where: not known yet (before: Room 1)\n\nJoin (https://meet.example.org/x)"
    )
    off = text_of(story("cancelled"))
    assert off == "Called off: Spring meetup\n\nTue 3 March 2026, 13:00–14:00 Europe/Berlin (12:00–13:00 UTC)"


def test_a_gathering_as_html_and_markdown() -> None:
    assert text_of(story(), Abilities(Form.HTML)) == (
        "<h2>Spring meetup</h2><p>Tue 3 March 2026, 13:00–14:00 Europe/Berlin (12:00–13:00 UTC)</p><p>Where: Room 1</p>"
        '<p><a href="https://meet.example.org/x" rel="noopener noreferrer nofollow">Join</a></p>'
    )
    assert text_of(story(), Abilities(Form.MARKDOWN)).endswith("[Join](https://meet.example.org/x)")


def test_a_gathering_as_a_card() -> None:
    card = render(story(), Abilities(Form.CARD), WORDS).card
    assert card is not None
    first = card["body"][0]["inlines"][0]
    assert (first["text"], first["size"], first["weight"]) == ("Spring meetup", "large", "bolder")
    assert [one["title"] for one in card["actions"]] == ["Join", "Add to calendar"]
    address = card["actions"][1]["url"]
    assert "startdt=2026-03-03T12%3A00%3A00Z" in address
    assert address.startswith("https://outlook.office.com/calendar/")
    assert card["fallbackText"].startswith("Spring meetup\n\nTue 3 March")


def digest(most: int = 3) -> Digest:
    lines = [
        Line(f"Thing {number}", "Tue 3 March 2026", "Room 1", "https://meet.example.org/x") for number in range(most)
    ]
    return Digest(lines, lines, lines, lines, lines, ["Ada", "Bo"], 2, ["Cy"])


def test_the_digest_in_plain_text_counts_what_it_leaves_out() -> None:
    text = text_of(teller().digest(digest(12), 10), PLAIN)
    assert text.startswith("Data Practice: the week\n\nComing\n\n• Thing 0, Tue 3 March 2026, Room 1 – join (https://")
    assert text.count("• and 2 more") == 5
    assert "• Thing 10" not in text
    assert text.endswith("Welcome, Ada and Bo!\n\nThanks to Cy.")


def test_a_digest_that_is_too_long_lists_less_and_is_never_cut() -> None:
    tight = Abilities(Form.TEXT, max_length=700)
    found = render_to_fit(lambda most: teller().digest(digest(40), most), tight, WORDS)
    assert len(found.body) <= 700
    assert found.body.endswith("Thanks to Cy.")
    with pytest.raises(SetAside, match="too long"):
        render_to_fit(lambda most: teller().digest(digest(40), most), Abilities(Form.TEXT, max_length=100), WORDS)


def test_a_digest_page_is_a_page_of_its_own() -> None:
    found = page(render(teller().digest(digest()), Abilities(Form.HTML), WORDS))
    assert found.startswith("<!doctype html>")
    assert lxml_html.fromstring(found).xpath("//title/text()") == ["Data Practice: the week"]


@given(st.text(max_size=400), st.text(max_size=400), st.sampled_from(["new", "changed", "cancelled"]))
def test_the_first_200_characters_carry_title_and_time(title: str, place: str, change: str) -> None:
    told = story(change, title=title, location=place, zone="America/Argentina/ComodRivadavia")
    text = text_of(told)
    assert str(told.values["when"]) in text[:LEAD]
    assert len(text) <= 3000
    assert len(re.findall(r"https?://", text)) <= 1


@pytest.mark.parametrize("abilities", FORMS, ids=lambda one: one.form.value)
@pytest.mark.parametrize("nasty", NASTY)
def test_what_people_write_is_shown_and_never_obeyed(nasty: str, abilities: Abilities) -> None:
    line = Line(nasty, nasty, nasty, "https://meet.example.org/x")
    names = [nasty]
    for told in (
        story(title=nasty, location=nasty),
        story("changed", title=nasty, location=nasty),
        teller().digest(Digest([line], [line], [line], [line], [line], names, 1, names)),
    ):
        found = render(told, abilities, WORDS)
        _is_harmless(found.body if abilities.form is not Form.CARD else "", found.card, abilities.form, told)


def _is_harmless(body: str, card: Mapping[str, Any] | None, form: Form, told: Story) -> None:
    if form is Form.HTML:
        tree = lxml_html.fromstring(f"<div>{body}</div>")
        assert {one.tag for one in tree.iter()} <= {"div", "h2", "h3", "p", "ul", "li", "a", "strong", "br"}
        assert set(tree.xpath("//a/@href")) <= {"https://meet.example.org/x"}
    elif form is Form.MARKDOWN:
        assert "evil.example)" not in re.sub(r"\\\[[^\]]*\]\([^)]*\)", "", body)
        addresses = set(re.findall(r"href='([^']+)'", str(parse(body))))
        assert addresses <= {"https://meet.example.org/x"}
    elif form is Form.CARD:
        assert card is not None
        assert '"TextBlock"' not in json.dumps(card)
        runs = [run for block in card["body"] for run in block["inlines"]]
        assert {run["selectAction"]["url"] for run in runs if "selectAction" in run} <= {"https://meet.example.org/x"}
    else:
        assert "evil.example" not in re.sub(r"\S*@\S*", "", body).replace("…", "") or "://evil" not in body
    assert "49" not in body.replace(str(told.values.get("when", "")), "")


@settings(max_examples=60)
@given(st.text(max_size=200), st.text(max_size=200))
def test_every_card_keeps_the_rules(title: str, place: str) -> None:
    for told in (story(title=title, location=place), story("changed", title=title), teller().digest(digest())):
        card = render(told, Abilities(Form.CARD), WORDS).card
        assert card is not None
        jsonschema.validate(card, PUBLISHED)
        assert size_of(card) <= MOST_BYTES


def test_every_sample_renders_in_every_form_and_every_template_has_one() -> None:
    told = list(samples())
    assert {one.template for one in told} == set(TEMPLATES)
    for one in told:
        for abilities in FORMS:
            found = render(one, abilities, WORDS)
            assert found.text.strip()
            if found.card is not None:
                jsonschema.validate(found.card, PUBLISHED)


@pytest.mark.parametrize(
    "wrong",
    [
        {"body": []},
        {"version": "9.9"},
        {"actions": [{"type": "Action.Submit", "title": "x"}]},
        {"actions": [{"type": "Action.OpenUrl", "title": "x", "url": "javascript:alert(1)"}]},
        {"body": [{"type": "TextBlock", "text": "**x**"}]},
        {"fallbackText": "x" * MOST_BYTES},
        {"extra": 1},
        {"actions": [{"type": "Action.OpenUrl", "title": "x", "url": "https://x.example"}] * 7},
    ],
)
def test_a_card_that_breaks_the_rules_is_refused(wrong: dict[str, Any]) -> None:
    card = render(story(), Abilities(Form.CARD), WORDS).card
    assert card is not None
    check_card(card)
    with pytest.raises(SetAside):
        check_card({**card, **wrong})


OWN = "gathering.md.j2"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("Hello\n{{ titel }}", 2, "'titel' is undefined"),
        ("{% if title %}\nx", 2, "Unexpected end of template"),
        ("a\n\n{{ title.__class__.__mro__ }}", 3, "unsafe"),
        ("{{ title | nofilter }}", 1, "nofilter"),
        ("{{ 1 / 0 }}", 1, "division by zero"),
        ("x\n{% include 'secret' %}", 2, "secret"),
        ("{% for one in range(10000000) %}{% endfor %}", 1, "'range' is undefined"),
        ("{{ title() }}", 1, "not callable"),
    ],
)
def test_a_broken_template_is_named_with_its_line_and_says_nothing(text: str, line: int, words: str) -> None:
    broken = Templates(shipped(), {OWN: text}, {OWN: f"/etc/copsync/{OWN}"})
    with pytest.raises(ConfigProblem) as caught:
        render(story(), LINKEDIN, broken)
    assert caught.value.where == f"/etc/copsync/{OWN}:{line}"
    assert words in str(caught.value)
    assert caught.value.mend
    assert [str(one.where) for one in broken.problems(samples)] == [f"/etc/copsync/{OWN}:{line}"]


def test_a_template_of_ones_own_may_extend_the_shipped_one_and_use_its_values() -> None:
    own = """{{ title }} am {{ starts_at.strftime("%d.%m.%Y um %H:%M") }}

{{ link_to("Los", link) }}
{% include "default/gathering.md.j2" %}"""
    text = render(story(), PLAIN, Templates(shipped(), {OWN: own})).body
    assert text.startswith("Spring meetup am 03.03.2026 um 13:00\n\nLos (https://meet.example.org/x)")


def test_a_file_that_words_nothing_is_told() -> None:
    (problem,) = Templates(shipped(), {"gathring.md.j2": "x"}).problems(samples)
    assert "gathering.md.j2" in str(problem)


def test_an_empty_template_sends_nothing() -> None:
    with pytest.raises(SetAside, match="says nothing"):
        render(story(), LINKEDIN, Templates(shipped(), {OWN: "{# nothing #}"}))
