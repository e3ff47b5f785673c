"""`copsync digest`, `announce` and `audience` as an admin meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.announcements.card_rules import check_card
from tests.cli.desk import Called, call
from tests.cli.shapes import ANY, MAYBE_TEXT, NUMBER, TEXT, fits, many, one_of, table
from tests.web.place import Place, place

MESSAGE = table(
    {
        "id": TEXT, "channel": TEXT, "about": TEXT, "revision": NUMBER, "topic": TEXT, "how": TEXT, "state": TEXT,
        "title": {"type": "string"}, "within": MAYBE_TEXT, "planned_at": TEXT, "sent_at": MAYBE_TEXT, "url": MAYBE_TEXT,
        "replies": ANY, "reason": MAYBE_TEXT,
    }
)  # fmt: skip
OUTLOOK = table(
    {
        "channel": TEXT, "kind": TEXT, "audience": TEXT, "wants": many(TEXT), "next_at": TEXT,
        "next_digest": MAYBE_TEXT, "note": MAYBE_TEXT, "coming": many(MESSAGE), "said": many(MESSAGE),
    }
)  # fmt: skip
LOOK = table({"community": TEXT, "channels": many(OUTLOOK)})
SAID = table({"channel": TEXT, "planned": NUMBER, "known": NUMBER, "problem": MAYBE_TEXT, "said": many(MESSAGE)})
SENT = table({"community": TEXT, "waits": MAYBE_TEXT, "channels": many(SAID)})
DIGEST = table(
    {
        "community": TEXT, "channel": MAYBE_TEXT, "as": one_of("text", "html", "card", "markdown"), "title": MAYBE_TEXT,
        "text": MAYBE_TEXT, "body": MAYBE_TEXT, "card": ANY,
    }
)  # fmt: skip
FOR_WHOM = table(
    {"community": TEXT, "record": TEXT, "kind": TEXT, "title": TEXT, "audience": TEXT, "said": {"type": "boolean"}}
)
CHANNEL = (
    '[[communities.channels]]\nid = "intranet"\nkind = "folder"\nfolder = "out"\nwants = ["digest", "gatherings"]\n'
)
ALWAYS = 'quiet = "00:00-00:01"\n'


def soon() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(days=2)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, community=CHANNEL + ALWAYS) as made:
        (tmp_path / "out").mkdir()
        made.event("Meetup", soon(), soon() + timedelta(hours=1), location="Room 1")
        yield made


def copsync(here: Place, *arguments: str) -> Called:
    return call(*arguments, folder=here.folder)


def test_the_digest_is_shown_in_every_form_and_nothing_is_sent(here: Place) -> None:
    text = copsync(here, "digest")
    assert (text.status, text.err) == (0, "")
    assert text.out.startswith("Data Practice: the week\n\nComing\n\n• Meetup, ")
    assert copsync(here, "digest", "--as", "html").out.startswith("<!doctype html>")
    assert copsync(here, "digest", "--as", "markdown").out.startswith("## Data Practice: the week")
    check_card(json.loads(copsync(here, "digest", "--as", "card").out))
    document = fits(copsync(here, "digest", "--as", "card", "--json").json, DIGEST)
    check_card(document["card"])
    assert not list((here.folder / "out").iterdir())


def test_a_digest_needs_no_channel_and_one_that_is_empty_says_so(tmp_path: Path) -> None:
    with place(tmp_path) as made:
        answer = copsync(made, "digest")
        assert (answer.status, answer.out) == (0, "")
        assert "nothing to say" in answer.err
        made.event("Meetup", soon(), soon() + timedelta(hours=1))
        assert "Meetup" in copsync(made, "digest").out
        assert fits(copsync(made, "digest", "--json").json, DIGEST)["channel"] is None


def test_what_is_new_is_shown_then_said_then_shown_as_said(here: Place) -> None:
    first = copsync(here, "announce")
    assert "what there is now counts as known" in first.out
    assert fits(copsync(here, "announce", "send", "--json").json, SENT)["channels"][0]["known"] == 3  # with two members
    here.event("Workshop", soon(), soon() + timedelta(hours=1))
    (outlook,) = fits(copsync(here, "announce", "--json").json, LOOK)["channels"]
    assert [one["title"] for one in outlook["coming"]] == ["Workshop"]
    assert not list((here.folder / "out").iterdir())
    sent = copsync(here, "announce", "send")
    assert sent.status == 0
    assert "gatherings: Workshop" in sent.out
    assert len(list((here.folder / "out").iterdir())) == 1
    (outlook,) = fits(copsync(here, "announce", "--json").json, LOOK)["channels"]
    assert [(one["title"], one["state"]) for one in outlook["said"]] == [("Workshop", "sent")]
    assert "Workshop" in copsync(here, "announce").out


def test_a_channel_that_cannot_be_written_is_told_with_its_mend(here: Place) -> None:
    copsync(here, "announce", "send")
    here.event("Workshop", soon(), soon() + timedelta(hours=1))
    (here.folder / "out").rmdir()
    answer = copsync(here, "announce", "send")
    assert answer.status == 1
    assert "cannot be written" in answer.err
    checked = copsync(here, "check", "--json")
    assert checked.status == 2
    assert any("There is no folder" in one["message"] for one in checked.json["findings"])


def test_who_hears_of_a_gathering_can_be_said_and_taken_back(here: Place) -> None:
    assert fits(copsync(here, "audience", "Meetup", "--json").json, FOR_WHOM)["audience"] == "community"
    told = fits(copsync(here, "audience", "Meetup", "internal", "--json").json, FOR_WHOM)
    assert (told["audience"], told["said"]) == ("internal", True)
    assert "Meetup" not in copsync(here, "digest").out
    assert "said of it" in copsync(here, "audience", "Meetup").out
    exported = copsync(here, "export", "--json").json["records"]
    assert [one["fields"]["audience"] for one in exported] == ["internal"]
    copsync(here, "audience", "Meetup", "--reset")
    assert "Meetup" in copsync(here, "digest").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("digest --channel other", "There are: intranet"),
        ("digest --as pdf", "--as"),
        ("audience nothing", "copsync export"),
        ("audience Meetup everyone", "everyone"),
        ("audience Meetup public --reset", "either a word or --reset"),
        ("audience member-ada public", "named = false"),
        ("announce --community other", "no community"),
    ],
)
def test_what_cannot_be_is_told(here: Place, arguments: str, words: str) -> None:
    answer = copsync(here, *arguments.split())
    assert (answer.status, answer.out) == (2, "")
    assert words in answer.err


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ('kind = "foldr"', "Did you mean folder?"),
        ('kind = "folder"', "is missing; add it"),
        ('kind = "folder"\nfolder = "x"\nform = "pdf"', "must be one of"),
        ('kind = "folder"\nfolder = "x"\nfloder = "y"', "Did you mean folder?"),
    ],
)
def test_a_channel_that_cannot_be_is_named_with_its_line(tmp_path: Path, more: str, words: str) -> None:
    with place(tmp_path, community=f'[[communities.channels]]\nid = "x"\n{more}\n') as made:
        answer = copsync(made, "check")
        assert answer.status == 2
        assert words in answer.said
        assert "copsync.toml:" in answer.said


def test_check_tries_templates_and_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "digest.md.j2").write_text("Hello\n{{ comming }}\n", encoding="utf-8")
    with place(tmp_path, community='templates = "words"\n') as made:
        answer = copsync(made, "check")
        assert answer.status == 2
        assert "digest.md.j2:2" in answer.out
        assert "'comming' is undefined" in answer.out
