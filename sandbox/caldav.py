"""A calendar on a real CalDAV server: Radicale, in a process of its own on this machine alone.

Radicale is no stand-in but the server itself, so it takes part only where it is installed
(``pip install 'copsync[demo]'``)::

    if installed():
        with CalendarServer.start() as server:
            server.put("walk", "BEGIN:VCALENDAR …")
"""

import os
import runpy
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import httpx

from sandbox.server import HOST

ENV = "CALDAV_PASSWORD"
"""The environment variable that holds copsync's password."""

USER, NAME = "copsync", "Community"
_CALENDAR = f"/{USER}/community/"
_READY_S, _STOP_S, _ANSWER_S = 30.0, 5.0, 20.0

_SETTINGS = """\
[server]
hosts = {host}:{port}
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
[rights]
type = owner_only
[storage]
filesystem_folder = {folder}/collections
[web]
type = none
[logging]
level = warning
"""
_MAKE = (
    '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
    f"<D:displayname>{NAME}</D:displayname>"
    '<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>'
    "</D:prop></D:set></C:mkcalendar>"
)
_CONFIG = """
# A calendar on a CalDAV server.
[connections.caldav]
tool = "caldav"
base_url = "{url}"
username = "{user}"
password = {{ env = "{env}" }}
limits = {{ requests = 1000, seconds = 1, at_once = 4 }}

[[communities.spaces]]
name = "caldav"
connection = "caldav"
calendar = "{name}"
"""


class NotAnsweringError(RuntimeError):
    """Radicale did not start; the message holds what it said."""


def installed() -> bool:
    """Tell whether Radicale is there to be started."""
    return find_spec("radicale") is not None


class CalendarServer:
    """A running server with one calendar, and what a member's calendar program does there.

    Attributes:
        url: where it answers.
    """

    def __init__(self, port: int) -> None:
        self.url = f"http://{HOST}:{port}"
        self._port = port
        self._password = secrets.token_urlsafe(24)
        self._client = httpx.Client(base_url=self.url, auth=(USER, self._password), timeout=_ANSWER_S, trust_env=False)

    @classmethod
    @contextmanager
    def start(cls) -> Iterator[Self]:
        """Run it for the length of a block, in a folder that nobody else can read and that is gone afterwards.

        Raises:
            NotAnsweringError: it ended at once, or did not answer in time.
        """
        with TemporaryDirectory(prefix="copsync-caldav-") as folder:
            server = cls(_free_port())
            with server._client, server._running(Path(folder)):
                server._ask("MKCALENDAR", _CALENDAR, _MAKE, "application/xml")
                yield server

    def env(self) -> dict[str, str]:
        """Return the environment variable that the configuration refers to."""
        return {ENV: self._password}

    def config_toml(self) -> str:
        """Return what the copsync.toml of a community needs for this calendar; it goes to its end."""
        return _CONFIG.format(url=self.url, user=USER, env=ENV, name=NAME)

    def put(self, name: str, text: str) -> None:
        """Store an object (iCalendar, lines that end with CR LF) as a member's program does."""
        self._ask("PUT", f"{_CALENDAR}{name}.ics", text, "text/calendar; charset=utf-8")

    def content(self) -> bytes:
        """Return the whole calendar as one iCalendar file."""
        return self._ask("GET", _CALENDAR).content

    def _ask(self, method: str, path: str, body: str | None = None, kind: str | None = None) -> httpx.Response:
        headers = {"Content-Type": kind} if kind else {}
        return self._client.request(method, path, content=body, headers=headers).raise_for_status()

    @contextmanager
    def _running(self, folder: Path) -> Iterator[None]:
        command = [sys.executable, "-P", "-m", "sandbox.caldav", str(self._settings(folder))]
        with (folder / "log").open("wb") as log:
            # In a session of its own Ctrl-C does not reach it; it ends with the pipe.
            process = subprocess.Popen(  # noqa: S603 - this very Python
                command, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=folder, start_new_session=True
            )
        try:
            self._wait(process, folder / "log")
            yield
        finally:
            _end(process)

    def _settings(self, folder: Path) -> Path:
        path = folder / "config"
        path.write_text(_SETTINGS.format(host=HOST, port=self._port, folder=folder), encoding="utf-8")
        (folder / "users").write_text(f"{USER}:{self._password}\n", encoding="utf-8")
        return path

    def _wait(self, process: subprocess.Popen[bytes], log: Path) -> None:
        begun = time.monotonic()
        while process.poll() is None and time.monotonic() - begun < _READY_S:
            try:
                self._ask("OPTIONS", "/")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        raise NotAnsweringError(f"Radicale does not answer at {self.url}. {said}".strip())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe, which ends it, and wait; what it holds is thrown away, so it need not be asked nicely."""
    try:
        process.communicate(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _run(config: str) -> None:
    """Be Radicale until the pipe from the process that started this one closes, however that one ended."""
    threading.Thread(target=_end_with_the_pipe, args=(Path(config).parent,), daemon=True).start()
    sys.argv = ["radicale", "--config", config]
    runpy.run_module("radicale", run_name="__main__", alter_sys=True)


def _end_with_the_pipe(folder: Path) -> None:
    """End, and leave no password behind, for a process that was killed cannot clear its folder up."""
    sys.stdin.buffer.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    _run(sys.argv[1])
