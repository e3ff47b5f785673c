"""copsync outbox as a moderator meets it in a terminal."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from domain.outbox.states import State
from tests.cli.desk import Called, call, ended, start
from tests.sync.outbox.bench import GROUP, TEXT, Bench, bench, permalink


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        made.now = datetime.now(UTC)
        yield made


def outbox(here: Bench, *arguments: str) -> Called:
    return call("outbox", *arguments, folder=here.folder)


def test_from_the_list_to_the_proof(here: Bench) -> None:
    item = here.put()
    listed = outbox(here)
    assert f"copsync outbox hand-out {item.id}" in listed.out
    assert outbox(here, "show", item.id).status == 0
    assert here.item(item.id).state is State.READY  # looking changes nothing
    given = outbox(here, "hand-out", item.id, "--by", "ada@example.org")
    assert given.out.rstrip("\n") == TEXT  # nothing else, so that it can be piped into a clipboard
    assert f"https://www.linkedin.com/groups/{GROUP}/" in given.err
    refused = outbox(here, "claim", item.id, "https://lnkd.in/x", "--json")
    assert (refused.status, "Short links" in refused.json["error"]["message"]) == (2, True)
    claimed = outbox(here, "claim", item.id[:8], permalink(datetime.now(UTC)), "--json")
    assert (claimed.status, claimed.json["state"], claimed.json["proof"]) == (0, "verified", 1)
    shown = outbox(here, "show", item.id, "--json").json
    assert [(one["event"], one["by"]) for one in shown["history"]] == [
        ("hand out", "ada@example.org"), ("claim", "terminal"), ("verify", "copsync"),
    ]  # fmt: skip
    assert outbox(here, "--json").json == {"community": "data-practice", "waiting": 0, "items": []}
    assert outbox(here, "--all", "--json").json["items"][0]["post"]["url"] == claimed.json["post"]["url"]
    assert "handed out" in outbox(here, "release", item.id).out


def test_a_sheet_goes_out_and_comes_back(here: Bench) -> None:
    items = [here.put("=cmd"), here.put("A workshop"), here.put("A walk")]
    assert outbox(here, "sheet", "--out", "posted.csv").status == 0
    table = (here.folder / "posted.csv").read_bytes().decode("utf-8-sig")
    assert f"{items[0].id},'=cmd," in table
    links = [permalink(datetime.now(UTC), number=1), permalink(datetime.now(UTC), "999")]
    for item, link in zip(items, links, strict=False):
        table = re.sub(rf"({item.id},.*),,\r\n", rf"\1,{link},ada@example.org\r\n", table)
    (here.folder / "posted.csv").write_text(table.replace(",", ";"), encoding="utf-8-sig", newline="")
    for _ in range(2):
        done = outbox(here, "claim", "--file", "posted.csv", "--json")
        assert (done.status, done.json["claimed"], done.json["refused"]) == (1, 1, 1)
        assert "the community's group is" in done.json["rows"][1]["message"]
    assert [here.item(item.id).state for item in items] == [State.VERIFIED, State.HANDED_OUT, State.HANDED_OUT]
    assert here.item(items[0].id).moves[1].by == "ada@example.org"


def test_imports(here: Bench) -> None:
    link = permalink(datetime.now(UTC))
    first = outbox(here, "import", "--link", link, "--title", "Which chart?", "--text", "For shares.", "--json")
    assert (first.status, first.json["new"]) == (0, 1)
    (here.folder / "d.csv").write_text(f"post_url,title\n{link},Which chart?\n{permalink(datetime.now(UTC), '9')},No\n")
    second = outbox(here, "import", "--file", "d.csv", "--json")
    assert (second.status, second.json["same"], second.json["refused"][0]["row"]) == (1, 1, 3)
    exported = call("export", folder=here.folder).json["records"]
    assert [(one["kind"], one["fields"]["title"]) for one in exported] == [("post", "Which chart?")]
    runs = call("history", "--json", folder=here.folder).json["runs"]
    assert [run["kind"] for run in runs] == ["import", "import"]
    assert call("show", runs[0]["run"], folder=here.folder).status == 0
    assert call("undo", first.json["run"], "--yes", folder=here.folder).status == 0
    assert [one["deleted"] for one in call("export", folder=here.folder).json["records"]] == [True]
    again = outbox(here, "import", "--file", "d.csv", "--json")
    assert (again.json["new"], again.json["same"]) == (1, 0)
    assert [one["deleted"] for one in call("export", folder=here.folder).json["records"]] == [False]
    for wrong in ((), ("--file", "nothing.csv"), ("--archive", "d.csv"), ("--file", "a", "--archive", "b")):
        refused = outbox(here, "import", *wrong)
        assert (refused.status, "→" in refused.err) == (2, True)


def test_a_link_and_its_server(here: Bench) -> None:
    item = here.put()
    process = start("outbox", "serve", "--port", "0", "--json", folder=here.folder)
    try:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "}\n")
        url = json.loads("".join(lines) + "}")["url"]
        made = outbox(here, "link", "--for", "ada@example.org", "--json").json["url"]
        with httpx.Client(follow_redirects=True, trust_env=False) as client:
            page = client.post(url + httpx.URL(made).path)
        assert TEXT.partition("\n")[0] in page.text
    finally:
        process.send_signal(signal.SIGTERM)
        assert ended(process).status in (0, 143, -15)
    assert here.item(item.id).moves[0].by == "ada@example.org"
    assert outbox(here, "link", "--revoke", "--json").json == {"revoked": 1}


def test_mistakes_say_what_to_do(here: Bench, tmp_path: Path) -> None:
    item = here.put()
    for arguments in (
        ("show", "out-nothing"),
        ("claim", item.id, permalink(datetime.now(UTC))),
        ("claim", item.id),
        ("release", item.id),
        ("approve", item.id),
        ("link", "--channel", "teams"),
    ):
        refused = outbox(here, *arguments)
        assert (refused.status, "→" in refused.err) == (2, True), arguments
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "copsync.toml").write_text('[[communities]]\nid = "x"\ntime_zone = "UTC"\n')
    assert "No LinkedIn group is configured" in call("outbox", folder=empty).err
    (empty / "copsync.toml").write_text(
        '[[communities]]\nid = "x"\ntime_zone = "UTC"\n[[communities.channels]]\nid = "l"\nkind = "linkedin-group"\n'
        'group = "data-practice"\ngruop = 1\n'
    )
    wrong = call("outbox", folder=empty)
    assert wrong.status == 2
    assert "write the number that stands in the group's address" in wrong.err
    assert "Did you mean group?" in wrong.err
