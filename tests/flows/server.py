"""A real Prefect server on loopback, with the settings that deployments/server.env recommends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[2]
PREFECT = str(Path(sys.executable).with_name("prefect"))
_WORK = ("worker", "start", "--pool", "copsync-process", "--run-once")
START_SECONDS = 180.0
"""An empty database takes its migrations: about 15 s on an idle machine, minutes on a busy one."""

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(slots=True)
class Server:
    """A running server: its HTTP API, and Prefect's command against it."""

    http: httpx.Client
    environment: Mapping[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def post(self, path: str, body: Json) -> Any:
        """Ask the API; 503 says that its SQLite was busy and nothing was done (Prefect's own clients ask again)."""
        answer = self.http.post(path, json=body)
        for _ in range(10):
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            time.sleep(1)
            answer = self.http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        return answer.json()

    def command(self, *arguments: str, folder: Path = ROOT, seconds: float = 200.0) -> str:
        """Run a Prefect command to its end and return what it printed."""
        process = _start([PREFECT, "--no-prompt", *arguments], self.environment, folder, subprocess.PIPE)
        self.processes.append(process)
        out, _ = process.communicate(timeout=seconds)
        text = out.decode(errors="replace")
        assert process.returncode == 0, text
        return text

    def order(self, deployment: str, parameters: Json, env: Mapping[str, str]) -> Json:
        """Ask for a run of a deployment; a worker has to come and do it."""
        found = self.http.get(f"/deployments/name/{deployment}").raise_for_status().json()
        body = {"parameters": parameters, "job_variables": {"env": dict(env)}}
        run: Json = self.post(f"/deployments/{found['id']}/create_flow_run", body)
        return run

    def worker(self, folder: Path) -> subprocess.Popen[bytes]:
        """Start a process worker that does what is due, all of it at the same time, and ends."""
        process = _start([PREFECT, "--no-prompt", *_WORK], self.environment, folder, subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def ended(self, run: Json) -> Json:
        """Return a run as the API tells it, once a worker is through with it."""
        found: Json = self.http.get(f"/flow_runs/{run['id']}").raise_for_status().json()
        assert found["state_type"] in ("COMPLETED", "FAILED"), found["state"]
        return found

    def run(self, deployment: str, parameters: Json, env: Mapping[str, str], folder: Path) -> Json:
        """Run a deployment by one round of a process worker, and return the run as the API tells it."""
        run = self.order(deployment, parameters, env)
        log = self.command(*_WORK, folder=folder)
        ended: Json = self.http.get(f"/flow_runs/{run['id']}").raise_for_status().json()
        assert ended["state_type"] in ("COMPLETED", "FAILED"), f"{ended['state']}\n{log}"
        return ended

    def artifact(self, key: str) -> Any:
        """Return what the newest artifact under a key holds; tables as lists of rows."""
        artifact = self.http.get(f"/artifacts/{key}/latest").raise_for_status().json()
        return json.loads(artifact["data"]) if artifact["type"] == "table" else artifact["data"]

    def task_runs(self, run: Json) -> dict[str, str]:
        """Return name -> state of a run's tasks."""
        found = self.post("/task_runs/filter", {"task_runs": {"flow_run_id": {"any_": [run["id"]]}}})
        return {one["name"]: one["state_name"] for one in found}


def eventually(ask: Callable[[], T | None], what: str, seconds: float = 100.0) -> T:
    """Ask until there is an answer; the server works some things off in the background."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.5)


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """Run a server on an empty database for a block, and stop it with everything that was started against it."""
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api"
    environment = {**os.environ, **_settings(), "PREFECT_HOME": str(folder / "home"), "PREFECT_API_URL": url}
    log = folder / "server.log"
    with log.open("wb") as out, httpx.Client(base_url=url, timeout=30) as http:
        command = [PREFECT, "server", "start", "--no-ui", "--host", "127.0.0.1", "--port", str(port)]
        process = _start(command, environment, folder, out)
        server = Server(http, environment, [process])
        try:
            _await_health(server, process, log)
            yield server
        except BaseException as failure:
            failure.add_note(f"The end of the server's log:\n{log.read_text()[-6000:]}")
            raise
        finally:
            for started in reversed(server.processes):
                _stop(started)


def _settings() -> dict[str, str]:
    return {key: value for key, value in dotenv_values(ROOT / "deployments" / "server.env").items() if value}


def _start(command: list[str], environment: Mapping[str, str], folder: Path, out: Any) -> subprocess.Popen[bytes]:
    # A session of its own: whatever the command starts can be stopped with it.
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
    )


def _await_health(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    def healthy() -> bool:
        assert process.poll() is None, f"the server ended: {log.read_text()[-3000:]}"
        try:
            return server.http.get("/health").is_success
        except httpx.TransportError:
            return False

    eventually(healthy, "the server's /api/health", START_SECONDS)


def _stop(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(timeout=20)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    if process.stdout:
        process.stdout.close()
