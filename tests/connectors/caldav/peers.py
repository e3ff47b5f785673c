"""Real CalDAV servers, each a process of its own on loopback, and a front through which faults can be injected."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from lxml import etree
from starlette.types import Receive, Scope, Send

from sandbox.exchange import Seen
from sandbox.faults import Faults
from sandbox.server import serve

BIN = Path(sys.executable).parent
USER, PASSWORD = "ada", "correct horse"
OTHER_USER, OTHER_PASSWORD = "ben", "battery staple"
READY_S = 20.0
_TETHERED = '"$@" & server=$!; cat > /dev/null; kill -9 $server'
"""Runs a server that ends with the tests, however they end: then the pipe to it closes."""

LARGEST = 1_000_000
"""How many bytes Radicale takes at once."""

WRITES = ("PUT", "DELETE", "MKCALENDAR", "MKCOL", "MOVE", "PROPPATCH", "POST")
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "te", "upgrade", "accept-encoding"}


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Server:
    """A CalDAV server in a process of its own, which keeps its port and its data when it is started again."""

    name: str
    folder: Path
    command: list[str]
    home: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", _TETHERED, "sh", *self.command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=self.folder,
            env=_environment(),
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline:
            try:
                httpx.request("OPTIONS", self.url, timeout=2, trust_env=False, verify=_NO_TLS)
            except httpx.HTTPError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"{self.name} does not answer: {(self.folder / 'log').read_text(errors='replace')[-2000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            os.killpg(self.process.pid, how)
            self.process.communicate(timeout=10)
            self.process = None

    def kill(self) -> None:
        self.stop(signal.SIGKILL)

    def auth(self) -> tuple[str, str]:
        return (USER, PASSWORD)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask the server itself, as another program of the same person does."""
        return httpx.request(
            method, self.url + path, auth=self.auth(), timeout=20, trust_env=False, verify=_NO_TLS, **options
        )

    def make(self, path: str, component: str, name: str | None = None) -> None:
        shown = f"<D:displayname>{name}</D:displayname>" if name else ""
        body = (
            '<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>'
            f'{shown}<C:supported-calendar-component-set><C:comp name="{component}"/>'
            "</C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>"
        )
        answer = self.request("MKCALENDAR", path, content=body, headers={"Content-Type": "application/xml"})
        assert answer.status_code == 201, answer.text

    def put(self, path: str, text: str | bytes) -> None:
        body = text if isinstance(text, bytes) else text.replace("\r\n", "\n").replace("\n", "\r\n").encode()
        answer = self.request("PUT", path, content=body, headers={"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status_code in (200, 201, 204), f"{answer.status_code} {answer.text}"

    def get(self, path: str) -> str:
        answer = self.request("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.content.decode()

    def delete(self, path: str) -> None:
        assert self.request("DELETE", path).status_code in (200, 204)

    def names(self, collection: str) -> list[str]:
        """Return the paths of a collection's objects."""
        body = '<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>'
        headers = {"Depth": "1", "Content-Type": "application/xml"}
        answer = self.request("PROPFIND", collection, content=body, headers=headers)
        assert answer.status_code == 207, answer.text
        hrefs = [part.split("</")[0].split(">")[-1] for part in answer.text.split("href>")[1::2]]
        return sorted(href for href in hrefs if href.endswith(".ics"))

    def texts(self, collection: str) -> list[str]:
        """Return a collection's objects, each on unfolded lines."""
        return [self.get(path).replace("\r\n ", "").replace("\r\n", "\n") for path in self.names(collection)]


def _environment() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if key != "RADICALE_CONFIG"} | {"PYTHONWARNINGS": "ignore"}


def radicale(folder: Path, *, rights: str = "owner_only") -> Server:
    """Radicale with two users, whose collections are their own."""
    port = free_port()
    (folder / "users").write_text(f"{USER}:{PASSWORD}\n{OTHER_USER}:{OTHER_PASSWORD}\n")
    server = Server("Radicale", folder, [], f"/{USER}/", port)
    configure_radicale(server, rights)
    server.command = [str(BIN / "radicale"), "--config", str(folder / "config")]
    return server


def configure_radicale(server: Server, rights: str) -> None:
    """Write the configuration; it counts from the next start."""
    folder = server.folder
    kind = rights if rights in ("owner_only", "authenticated") else "from_file"
    if kind == "from_file":
        (folder / "rights").write_text(rights)
    (folder / "config").write_text(
        f"[server]\nhosts = 127.0.0.1:{server.port}\nmax_content_length = {LARGEST}\n"
        f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\nhtpasswd_encryption = plain\ndelay = 0.01\n"
        f"[rights]\ntype = {kind}\nfile = {folder / 'rights'}\n"
        f"[storage]\nfilesystem_folder = {folder / 'data'}\n[logging]\nlevel = warning\n"
    )


def forget_tokens(server: Server) -> None:
    """Delete what Radicale remembers of earlier states of its collections."""
    for cache in (server.folder / "data").rglob(".Radicale.cache"):
        shutil.rmtree(cache)


def unlock(server: Server) -> None:
    """Remove the locks of git that Xandikos leaves when it is killed, as its admin has to; Radicale leaves none."""
    for lock in (server.folder / "data").rglob("index.lock"):
        lock.unlink()


def xandikos(folder: Path) -> Server:
    """Xandikos, which keeps its collections in git; it asks nobody who they are, so a gate stands in front of it."""
    port = free_port()
    command = [str(BIN / "xandikos"), "serve", "-d", str(folder / "data"), "--defaults"]
    command += ["--current-user-principal", f"/{USER}", "-l", "127.0.0.1", "-p", str(port), "--no-detect-systemd"]
    command += ["--state-dir", str(folder / "state")]
    (folder / "data").mkdir()
    return Server("Xandikos", folder, command, f"/{USER}/calendars/", port)


@dataclass
class Front:
    """What stands between copsync and a server: passes everything on, asks for a password, withdraws rights."""

    server: Server
    asks: bool
    withdrawn: bool = False
    read_only: bool = False
    hidden: float = 0.0
    garble_reports: bool = False
    without: tuple[str, ...] = ()
    hid: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        if self.asks and headers.get("authorization") != basic(USER, PASSWORD):
            await _answer(send, 401, [(b"www-authenticate", b'Basic realm="calendars"')])
        elif self.withdrawn or (self.read_only and scope["method"] in WRITES):
            await _answer(send, 403, [])
        else:
            await self._pass_on(scope, receive, send, headers)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send, headers: dict[str, str]) -> None:
        body = await _body(receive)
        path = scope.get("raw_path", scope["path"].encode()).decode("ascii").partition("?")[0]
        query = scope["query_string"].decode("ascii")
        kept = {key: value for key, value in headers.items() if key not in _HOP}
        async with httpx.AsyncClient(trust_env=False, timeout=60, verify=_NO_TLS) as client:
            try:
                answer = await client.request(
                    scope["method"],
                    f"{self.server.url}{path}{'?' + query if query else ''}",
                    headers=kept,
                    content=body,
                )
            except httpx.HTTPError:
                await _answer(send, 502, [])
                return
        passed = [
            (key.encode(), value.encode())
            for key, value in answer.headers.items()
            if key not in _HOP and key != "content-encoding"
        ]
        await _answer(send, answer.status_code, passed, self._tampered(scope["method"], headers, answer))

    def _tampered(self, method: str, headers: dict[str, str], answer: httpx.Response) -> bytes:
        """Hide members of a listing; in reports, repeat the first and leave out every third; show no such property."""
        if answer.status_code != 207 or not (self.hidden or self.garble_reports or self.without):
            return answer.content
        root = etree.fromstring(answer.content)
        members = [one for one in root.iter("{DAV:}response") if (one.findtext("{DAV:}href") or "").endswith(".ics")]
        if self.hidden and method == "PROPFIND" and headers.get("depth") == "1":
            for one in members[: round(len(members) * self.hidden)]:
                root.remove(one)
                self.hid += 1
        if self.garble_reports and method == "REPORT" and root.find(".//{*}calendar-data") is not None:
            for one in members[2::3]:
                root.remove(one)
            root.extend([deepcopy(one) for one in members[:1]])
        for name in self.without:
            for one in list(root.iter(f"{{DAV:}}{name}")):
                parent = one.getparent()
                if parent is not None:
                    parent.remove(one)
        return etree.tostring(root)


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


async def _body(receive: Receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@dataclass
class Peer:
    """A server with its front: where copsync connects to, what it asked for, and what may go wrong on the way."""

    server: Server
    front: Front
    faults: Faults
    url: str
    calendar: str
    tasks: str

    @property
    def requests(self) -> list[Seen]:
        return list(self.faults.seen)

    def writes(self) -> list[Seen]:
        return [one for one in self.requests if one.method in WRITES]

    def forget_traffic(self) -> None:
        self.faults.seen.clear()

    def path(self, collection: str, name: str) -> str:
        return f"{collection}{quote(name)}"


SERVERS = {"radicale": radicale, "xandikos": xandikos}
_RUNNING: dict[str, Server] = {}


def started(name: str, folder: Path) -> Server:
    """Start a server for one test, which may do to it what it likes."""
    folder.mkdir(parents=True, exist_ok=True)
    server = SERVERS[name](folder)
    server.start()
    return server


def shared(name: str) -> Server:
    """Return a server that runs until the tests end: a start takes longer than most tests."""
    if name not in _RUNNING:
        folder = Path(tempfile.mkdtemp(prefix=f"copsync-{name}-"))
        _RUNNING[name] = server = started(name, folder)
        atexit.register(_end, server)
    return _RUNNING[name]


def _end(server: Server) -> None:
    server.kill()
    shutil.rmtree(server.folder, ignore_errors=True)


@contextmanager
def peer(name: str, folder: Path | None = None) -> Iterator[Peer]:
    """Return a server with an empty calendar and an empty task list; its own process if a folder is given."""
    server = started(name, folder) if folder else shared(name)
    calendar, tasks = f"{server.home}community/", f"{server.home}work/"
    try:
        server.make(calendar, "VEVENT", "Community")
        server.make(tasks, "VTODO", "Community tasks")
        front = Front(server, asks=name == "xandikos")
        faults = Faults(front)
        with serve({"caldav": faults}) as urls:
            yield Peer(server, front, faults, urls["caldav"], calendar, tasks)
    finally:
        if folder:
            server.stop()
        else:
            for collection in (calendar, tasks):
                server.request("DELETE", collection)
