"""The CalDAV server beside the stand-ins: only for who has the password, and gone with the process that started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from sandbox import caldav
from sandbox.caldav import ENV, USER, CalendarServer, NotAnsweringError

WALK = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//Calendar//EN\r\nBEGIN:VEVENT\r\nUID:walk@example.org\r\n"
    "DTSTAMP:20261101T000000Z\r\nDTSTART:20261210T160000Z\r\nSUMMARY:Walk\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
STARTS_AND_WAITS = """
import time
from sandbox.caldav import CalendarServer
with CalendarServer.start() as server:
    print(server.url, flush=True)
    time.sleep(60)
"""


def answers(url: str) -> bool:
    try:
        httpx.get(url, trust_env=False, timeout=5)
    except httpx.TransportError:
        return False
    return True


def test_it_keeps_a_calendar_for_those_who_have_the_password() -> None:
    with CalendarServer.start() as server:
        server.put("walk", WALK)
        assert b"SUMMARY:Walk" in server.content()
        path = f"{server.url}/{USER}/community/"
        assert httpx.get(path, trust_env=False).status_code == 401
        assert httpx.get(path, trust_env=False, auth=("somebody", server.env()[ENV])).status_code == 401
        assert server.env()[ENV] not in server.config_toml()
    assert not answers(server.url)


def test_it_ends_and_clears_up_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    command, env = [sys.executable, "-c", STARTS_AND_WAITS], {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert answers(url)
        assert list(tmp_path.iterdir())
        process.kill()
    deadline = time.monotonic() + 20
    while (answers(url) or list(tmp_path.iterdir())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers(url)
    assert list(tmp_path.iterdir()) == []


def test_one_that_ends_at_once_is_told_with_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caldav, "_SETTINGS", "[server]\nhosts = {host}:{port}\nno_such_option = {folder}\n")
    with pytest.raises(NotAnsweringError, match="no_such_option"), CalendarServer.start():
        raise AssertionError
