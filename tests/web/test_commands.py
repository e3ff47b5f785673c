"""`copsync feed` as an admin meets it."""

from __future__ import annotations

import json
import signal
import subprocess
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from tests.cli import shapes
from tests.cli.desk import Called, call, checked, start
from tests.cli.shapes import MAYBE_TEXT, NUMBER, TEXT, fits, many, one_of, table
from tests.web.place import ADA, COMMUNITY, Place, configured, place
from tests.web.reading import read
from tests.web.test_pitfalls import HOUR, START

STATE = {
    "id": TEXT, "kind": one_of("calendar", "deadlines", "duties"), "member": MAYBE_TEXT,
    "state": one_of("active", "revoked"), "created_at": TEXT, "revoked_at": MAYBE_TEXT,
}  # fmt: skip
FEEDS = table({"community": TEXT, "feeds": many(table(STATE))})
ADDRESS = table({"community": TEXT, **STATE, "url": TEXT, "subscribe": TEXT})
REVOKED = table({"revoked": many(table({"community": TEXT, **STATE}))})
WRITTEN = table({"written": many(TEXT), "unchanged": NUMBER})


def feed(here: Place, *arguments: str) -> Called:
    return call("feed", *arguments, folder=here.folder)


def test_an_address_is_told_once_and_can_be_revoked(here: Place) -> None:
    made = fits(feed(here, "add", "--member", "Ada@Example.org", "--json").json, ADDRESS)
    token = made["url"].rpartition("/")[2].removesuffix(".ics")
    assert made["subscribe"] == made["url"].replace("http:", "webcal:")
    assert (made["kind"], made["member"], made["state"]) == ("duties", ADA, "active")
    printed = feed(here, "add", "--calendar")
    assert (printed.status, len(printed.out.splitlines())) == (0, 1)
    assert "shown once" in printed.err
    assert "base_url under [feeds]" in printed.err
    listed = feed(here, "--json")
    assert [one["kind"] for one in fits(listed.json, FEEDS)["feeds"]] == ["duties", "calendar"]
    assert token not in listed.said + feed(here).said
    assert token.encode() not in (here.folder / "copsync.db").read_bytes()
    revoked = fits(feed(here, "revoke", ADA, "--json").json, REVOKED)["revoked"]
    assert [(one["id"], one["state"]) for one in revoked] == [(made["id"], "revoked")]
    shown = feed(here).out
    assert "2 feeds" in shown
    assert "revoked" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("add", "exactly one of"),
        ("add --calendar --deadlines", "exactly one of"),
        ("add --member eve@example.org", "copsync export"),
        ("revoke feed-00000000", "no feed “feed-00000000”"),
        ("revoke", "ID|EMAIL"),
        ("write --out x.ics --calendar --deadlines", "one file"),
        ("write --out copsync.toml/x", "cannot be written"),
        ("write --out x --member eve@example.org", "eve@example.org"),
        ("serve --port 70000", "--port"),
        ("serve --host 192.0.2.1 --port 0", "cannot be listened on"),
        ("--community other", "no community"),
    ],
)
def test_what_cannot_be_is_told(here: Place, arguments: str, words: str) -> None:
    answer = feed(here, *arguments.split())
    assert (answer.status, answer.out) == (2, "")
    assert words in answer.err
    script = feed(here, *arguments.split(), "--json")
    assert words in str(fits(script.json, shapes.ERROR)["error"].values())


def test_several_communities_are_told_apart(here: Place) -> None:
    other = '[[communities]]\nid = "other"\ntime_zone = "UTC"\n'
    path = here.folder / "copsync.toml"
    path.write_text(path.read_text() + other)
    assert "data-practice, other" in feed(here, "add", "--calendar").err
    assert feed(here, "add", "--calendar", "--community", "other").status == 0
    documents = feed(here, "--json").json["communities"]
    assert [(one["community"], len(one["feeds"])) for one in documents] == [(COMMUNITY, 0), ("other", 1)]
    feed(here, "write", "--out", "cal")
    assert (here.folder / "cal" / "other" / "calendar.ics").is_file()


def test_files_are_written_when_something_changed(here: Place) -> None:
    here.event("event-1", START, START + HOUR)
    here.deadline("task-1", date(2026, 12, 24))
    first = fits(feed(here, "write", "--out", "cal", "--json").json, WRITTEN)
    assert first == {"written": ["cal/calendar.ics", "cal/deadlines.ics"], "unchanged": 0}
    here.change("event-1", title="Changed")
    again = fits(feed(here, "write", "--out", "cal", "--json").json, WRITTEN)
    assert again == {"written": ["cal/calendar.ics"], "unchanged": 1}
    assert str(read((here.folder / "cal" / "calendar.ics").read_bytes()).events[0]["SUMMARY"]) == "Changed"
    assert sorted(path.name for path in (here.folder / "cal").iterdir()) == ["calendar.ics", "deadlines.ics"]
    assert feed(here, "write", "--out", "ada.ics", "--member", ADA).out == "Written: ada.ics\n"
    assert len(read((here.folder / "ada.ics").read_bytes()).events) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_answers_until_it_is_told_to_stop(here: Place, number: signal.Signals) -> None:
    here.event("event-1", START, START + HOUR)
    path = here.address()
    process = start("feed", "serve", "--port", "0", "--json", folder=here.folder)
    try:
        url = _announced(process)
        assert httpx.get(url + path, trust_env=False).status_code == 200
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    answer = checked(Called(process.returncode, out, err), [path])
    assert (answer.status, answer.said) == (0, "")


def _announced(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    text = ""
    while not text.endswith("}\n"):
        text += process.stdout.readline()
    return str(fits(json.loads(text), table({"url": TEXT, "base_url": MAYBE_TEXT}))["url"])


def test_the_public_address_is_the_configured_one(tmp_path: Path) -> None:
    with place(tmp_path, more='[feeds]\nbase_url = "https://calendars.example.org/copsync/"\n') as here:
        made = feed(here, "add", "--calendar", "--json").json
        assert made["url"].startswith("https://calendars.example.org/copsync/feeds/")
        assert made["subscribe"].startswith("webcal://calendars.example.org/copsync/feeds/")
        assert feed(here, "add", "--calendar").err.count("base_url") == 0


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('base_url = "http://calendars.example.org"', "https://"),
        ('base_url = "calendars.example.org"', "no such address"),
        ('base_url = "https://me:pw@calendars.example.org"', "no such address"),
        ('base_url = "https://calendars.example.org/?a=b"', "no such address"),
        ('base = "x"', "base_url"),
    ],
)
def test_an_impossible_public_address_is_refused(tmp_path: Path, line: str, words: str) -> None:
    configured(tmp_path)
    path = tmp_path / "copsync.toml"
    path.write_text(f"{path.read_text()}\n[feeds]\n{line}\n")
    answer = call("feed", folder=tmp_path)
    assert answer.status == 2
    assert words in answer.err


def test_a_member_who_is_only_written_down_has_an_address_already(tmp_path: Path) -> None:
    with place(tmp_path, community='[[communities.members]]\nemail = "Cleo@example.org"\n') as here:
        made = feed(here, "add", "--member", "cleo@example.org", "--json").json
        assert made["member"] == "cleo@example.org"
        here.now += timedelta(days=1)
        assert feed(here, "write", "--out", "x.ics", "--member", "cleo@example.org").status == 0
