"""The server of the stand-ins starts and stops cleanly."""

import os
import signal
import socket
import threading

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from sandbox.server import PortTakenError, Server, base_url, run_forever, serve
from tests.sandbox.toy import Toy


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_every_tool_has_its_own_origin_and_the_path_of_its_api() -> None:
    toys = {"asana": Toy().faults, "basecamp": Toy().faults, "microsoft365": Toy().faults}
    with serve(toys, account="42") as urls:
        assert len({httpx.URL(url).port for url in urls.values()}) == 3
        assert [httpx.URL(urls[tool]).path for tool in toys] == ["/api/1.0", "/42", "/v1.0"]
        assert httpx.get(urls["asana"] + "/tasks").status_code == 200


def test_no_date_and_no_server_header() -> None:
    with serve({"toy": Toy().faults}) as urls:
        headers = httpx.get(urls["toy"] + "/api/1.0/tasks").headers
    assert "date" not in headers
    assert "server" not in headers


def test_stop_leaves_no_thread_and_no_socket() -> None:
    with serve({"toy": Toy().faults}) as urls, httpx.Client(base_url=urls["toy"]) as client:
        assert "sandbox" in threads()
        client.get("/empty")
    assert "sandbox" not in threads()
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls["toy"])


def test_stop_is_safe_before_the_start_and_twice(caplog: pytest.LogCaptureFixture) -> None:
    server = Server(["toy"])
    server.stop()
    server.stop()
    assert not caplog.records


def test_a_given_port_is_used_and_a_taken_one_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        with pytest.raises(PortTakenError, match=rf"Port {port} for basecamp .* choose another"):
            Server(["asana", "basecamp"], {"basecamp": port})
    server = Server(["basecamp"], {"basecamp": port})
    assert base_url("basecamp", server.origins["basecamp"]) == f"http://127.0.0.1:{port}/195539477"
    server.stop()


def test_a_running_server_is_not_started_twice() -> None:
    server = Server(["toy"])
    server.start({"toy": Toy().faults})
    with pytest.raises(RuntimeError, match="running already"):
        server.start({"toy": Toy().faults})
    server.stop()


def test_an_app_that_cannot_start_is_told() -> None:
    server = Server(["toy"])
    with pytest.raises(RuntimeError, match="could not be started"):
        server.start({"other": Toy().faults})
    assert "sandbox" not in threads()


async def test_it_serves_inside_a_running_loop_too() -> None:
    with serve({"toy": Toy().faults}) as urls:
        async with httpx.AsyncClient(base_url=urls["toy"]) as client:
            assert (await client.get("/empty")).status_code == 204


def test_work_runs_on_the_loop_of_the_server() -> None:
    async def name() -> str:
        return threading.current_thread().name

    server = Server(["toy"])
    with pytest.raises(RuntimeError, match="not running"):
        server.run(name())
    server.start({"toy": Toy().faults})
    assert server.run(name()) == "sandbox"
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_forever_ends_on_a_signal(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    answers: list[int] = []

    def announce(urls: dict[str, str]) -> None:
        answers.append(httpx.get(urls["toy"] + "/empty").status_code)
        os.kill(os.getpid(), number)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Toy().faults(scope, receive, send)

    run_forever({"toy": app}, announce=announce)
    assert answers == [204]
    assert signal.getsignal(number) is before
