"""Import as an admin meets it: shown, taken in, listed, sent, taken back; and whatever cannot be read, told clearly."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from tests.cli import shapes
from tests.cli.desk import COMMUNITY, COPSYNC, Called, Desk, environment
from tests.cli.shapes import fits
from tests.domain.calendars.corpus import calendar, event

LUNCH = event("DTSTART;TZID=Europe/Berlin:20270302T120000", "DURATION:PT1H", "SUMMARY:Lunch", uid="1")
WEEKLY = event("DTSTART;TZID=Europe/Berlin:20270303T180000", "RRULE:FREQ=WEEKLY", "SUMMARY:Book club", uid="2")
BOMB = event("DTSTART:20270302T120000Z", "RRULE:FREQ=SECONDLY", "SUMMARY:Tick", uid="3")


def put(desk: Desk, *lines: tuple[str, ...], name: str = "team.ics") -> None:
    (desk.folder / name).write_bytes(calendar(*(line for one in lines for line in one)))


def document(answer: Called) -> dict[str, object]:
    found: dict[str, object] = fits(answer.json, shapes.REPORT)["import"]
    return found


def entries(desk: Desk) -> list[str]:
    """Return the titles of what stands in the Basecamp schedule."""
    found = desk.world.basecamp.recordings.values()
    return sorted(str(one.summary) for one in found if hasattr(one, "summary") and one.project == desk.basecamp)


def test_an_import_is_shown_taken_in_sent_and_taken_back(desk: Desk) -> None:
    put(desk, LUNCH, BOMB)
    shown = desk.here("import", "team.ics", "--dry-run")
    assert (shown.status, shown.err) == (1, "")
    assert "import of team.ics  a plan; nothing was changed" in shown.out
    assert "+ “Lunch” 2 Mar 2027 11:00" in shown.out
    assert "✗ line 15: “Tick” is left out: it recurs more than 24 times a day." in shown.out
    assert "Then `copsync sync` would: create 1 gathering in basecamp." in shown.out
    assert fits(desk.here("history", "--json").json, shapes.HISTORY)["runs"] == []
    done = desk("import", "team.ics", "--community", COMMUNITY, "--json")
    assert (done.status, done.json["state"]) == (1, "partial")
    assert [one["title"] for one in document(done)["new"]] == ["Lunch"]  # type: ignore[attr-defined]
    run = done.json["run"]
    (listed,) = fits(desk.here("history", "--json").json, shapes.HISTORY)["runs"]
    assert (listed["kind"], listed["about"], listed["created"], listed["failed"]) == ("import", "team.ics", 1, 1)
    assert "import of team.ics" in desk.here("history").out
    assert "+ “Lunch”" in desk.here("show", run).out
    assert entries(desk) == []
    assert desk.here("sync").status == 0
    assert entries(desk) == ["Lunch"]
    again = desk.here("import", "team.ics")
    assert "1 as they were, 1 refused" in again.out
    assert desk.here("undo", run, "--yes").status == 0
    assert [one["deleted"] for one in desk.here("export", "--json").json["records"]] == [True]


def test_on_a_terminal_it_asks(desk: Desk) -> None:
    put(desk, LUNCH)
    assert "Nothing was taken in." in answered(desk, b"n\n")
    assert desk.here("export", "--json").json["records"] == []
    assert "takes this import back" in answered(desk, b"y\n")
    assert len(desk.here("export", "--json").json["records"]) == 1


def answered(desk: Desk, answer: bytes) -> str:
    ours, theirs = pty.openpty()
    command = [COPSYNC, "import", "team.ics"]
    surroundings = environment(desk.folder, {"TERM": "xterm-256color", "COLUMNS": "200", **desk.env})
    with subprocess.Popen(command, cwd=desk.folder, env=surroundings, stdin=theirs, stdout=theirs, stderr=theirs) as it:
        os.close(theirs)
        shown, is_answered = b"", False
        while True:
            try:
                piece = os.read(ours, 4096)
            except OSError:
                break
            shown += piece
            if b"[y/N]" in shown and not is_answered:
                os.write(ours, answer)
                is_answered = True
        it.wait(60)
    os.close(ours)
    return shown.decode()


def test_from_standard_input(desk: Desk) -> None:
    with desk.start("import", "-", "--json", stdin=subprocess.PIPE) as process:
        out, _ = process.communicate(calendar(*LUNCH).decode(), timeout=60)
    assert process.returncode == 0
    assert '"file": "standard input"' in out


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("nowhere.ics", "no such file"),
        (".", "is a folder"),
        ("copsync.toml", "Nothing in copsync.toml can be taken in"),
        ("http://calendar.example.org/a.ics", "https"),
        ("https://ada:secret@127.0.0.1/a.ics", "user name or password"),
        ("https://127.0.0.1:1/a.ics", "could not be reached"),
        ("ftp://example.org/a.ics", "no web address"),
        ("file:///etc/passwd", "no web address"),
    ],
)
def test_what_cannot_be_read(desk: Desk, source: str, words: str) -> None:
    answer = desk.here("import", source, "--json")
    assert answer.status == 2
    assert words in str(answer.json)
    assert "secret" not in answer.said
    assert words in desk.here("import", source).said


def test_too_large_and_too_many(desk: Desk) -> None:
    (desk.folder / "large.ics").write_bytes(b"x" * 20_000_001)
    assert "larger than 20 MB" in desk.here("import", "large.ics").err
    (desk.folder / "many.ics").write_bytes(b"BEGIN:VEVENT\n" * 20_001)
    assert "holds 20001 entries" in desk.here("import", "many.ics").err


def test_contradictions(desk: Desk) -> None:
    put(desk, LUNCH)
    assert desk.here("import", "team.ics", "--yes", "--dry-run").status == 2
    assert "no community 'nobody'" in desk.here("import", "team.ics", "-c", "nobody").err


class _Site(BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.asked.append({name.lower(): value for name, value in self.headers.items()})
        status, headers, body = self.pages.get(self.path, (404, {}, b""))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site(**pages: tuple[int, dict[str, str], bytes]) -> Iterator[str]:
    _Site.pages, _Site.asked = {f"/{name}": page for name, page in pages.items()}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_an_address_is_read_without_credentials_and_kept_secret(desk: Desk) -> None:
    moved = (302, {"Location": "/secret-7f3a", "Set-Cookie": "id=1; Path=/"}, b"")
    with site(**{"secret-7f3a": (200, {}, calendar(*LUNCH)), "old": moved}) as url:
        answer = desk("import", f"{url}/old", "--json")
        shown = desk.here("import", f"{url}/secret-7f3a")
    assert answer.status == 0
    assert document(answer)["file"] == "127.0.0.1"
    assert all("cookie" not in headers and "authorization" not in headers for headers in _Site.asked)
    assert "private network" in shown.out
    assert "7f3a" not in shown.said + answer.said + str(desk.memory())


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ((404, {}, b""), "answered 404"),
        ((200, {}, b"x" * 20_000_001), "larger than 20 MB"),
        ((302, {"Location": "/page"}, b""), "leads on and on"),
        ((302, {"Location": "http://example.org/"}, b""), "plain http"),
        ((302, {"Location": "ftp://example.org/"}, b""), "no web address"),
    ],
)
def test_an_address_that_does_not_answer_with_a_file(
    desk: Desk, page: tuple[int, dict[str, str], bytes], words: str
) -> None:
    with site(page=page) as url:
        answer = desk.here("import", f"{url}/page", "--json")
    assert answer.status == 2
    assert words in answer.json["error"]["message"]
