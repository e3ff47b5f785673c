"""Every kind of fault, over real HTTP on the loopback interface."""

import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from sandbox.exchange import ConnectionCutError
from sandbox.faults import Fault
from sandbox.server import serve
from tests.sandbox.toy import ROWS, Toy

ASANA, BASECAMP, GRAPH = "/api/1.0/tasks", "/195539477/todos.json", "/v1.0/events"
LISTINGS = [ASANA, BASECAMP, GRAPH]


@pytest.fixture
def toy() -> Toy:
    return Toy()


@pytest.fixture
def client(toy: Toy) -> Iterator[httpx.Client]:
    with serve({"toy": toy.faults}) as urls, httpx.Client(base_url=urls["toy"]) as client:
        yield client
        toy.faults.clear()


def listing(client: httpx.Client, path: str, pages: int = 10) -> list[str]:
    """Read a listing to its end as a client of that tool would."""
    found: list[str] = []
    following: str | None = path
    for _ in range(pages):
        if following is None:
            return found
        answer = client.get(following)
        document = answer.json()
        rows = document if isinstance(document, list) else document.get("data", document.get("value"))
        found += [row["gid"] for row in rows]
        following = answer.links.get("next", {}).get("url")
        if isinstance(document, dict):
            pointer = document.get("next_page")
            following = f"{path}?offset={pointer['offset']}" if pointer else document.get("@odata.nextLink")
    raise AssertionError(f"{path} has no end")


@pytest.mark.parametrize("path", LISTINGS)
def test_without_faults_nothing_changes(client: httpx.Client, toy: Toy, path: str) -> None:
    assert listing(client, path) == [row["gid"] for row in ROWS]
    assert not toy.faults.hits
    assert [seen.status for seen in toy.faults.seen] == [200, 200, 200]


def test_lost_answer_is_processed_and_then_cut(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("POST", r"/tasks$", "lost_answer"))
    with pytest.raises(httpx.TransportError):
        client.post(ASANA, json={"name": "a"})
    assert toy.posted == [{"name": "a"}]
    assert client.post(ASANA, json={"name": "b"}).status_code == 201
    assert toy.faults.hits == {"lost_answer": 1}
    assert [(seen.status, seen.fault) for seen in toy.faults.seen] == [(0, "lost_answer"), (201, None)]


def test_cut_happens_before_processing(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("POST", r"/tasks$", "cut", times=2))
    for _ in range(2):
        with pytest.raises(httpx.TransportError):
            client.post(ASANA, json={"name": "a"})
    assert toy.posted == []
    assert client.post(ASANA, json={"name": "a"}).status_code == 201
    assert toy.faults.hits["cut"] == 2


async def test_cut_without_a_server_raises(toy: Toy) -> None:
    toy.faults.add(Fault("*", "/", "cut"))
    transport = httpx.ASGITransport(app=toy.faults)
    async with httpx.AsyncClient(transport=transport, base_url="http://toy") as client:
        with pytest.raises(ConnectionCutError):
            await client.get(ASANA)


def test_status_is_a_page_of_html_and_nothing_is_processed(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("POST", r"/tasks$", "status", status=502, retry_after=7))
    answer = client.post(ASANA, json={})
    assert (answer.status_code, answer.headers["retry-after"]) == (502, "7")
    assert answer.headers["content-type"].startswith("text/html")
    assert toy.posted == []


def test_status_after_processing_with_a_body_of_its_own(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("POST", r"/tasks$", "status", status=504, processed=True, body='{"errors": []}'))
    answer = client.post(ASANA, json={"name": "a"})
    assert (answer.status_code, answer.json()) == (504, {"errors": []})
    assert toy.posted == [{"name": "a"}]


@pytest.mark.parametrize(("path", "key"), [(ASANA, "errors"), (GRAPH, "error"), (BASECAMP, None)])
def test_throttle_speaks_as_the_tool_does(client: httpx.Client, toy: Toy, path: str, key: str | None) -> None:
    toy.faults.add(Fault("*", ".", "throttle", retry_after=120))
    answer = client.get(path)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "120")
    assert key is None or key in answer.json()


def test_throttle_names_a_time_even_if_none_was_given(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("*", ".", "throttle"))
    assert client.get(ASANA).headers["retry-after"] == "1"


def test_delay_comes_before_processing(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("POST", r"/tasks$", "delay", seconds=0.3))
    with pytest.raises(httpx.ReadTimeout):
        client.post(ASANA, json={}, timeout=0.05)
    begun = time.monotonic()
    toy.faults.add(Fault("GET", ASANA, "delay", seconds=0.1))
    assert client.get(ASANA).status_code == 200
    assert time.monotonic() - begun >= 0.1


def test_hold_keeps_a_request_until_it_is_released(client: httpx.Client, toy: Toy) -> None:
    held = toy.faults.add(Fault("POST", r"/tasks$", "hold", processed=True))
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(client.post(ASANA, json={"n": 1}).status_code))
    thread.start()
    assert held.reached.wait(5)
    assert listing(client, ASANA)
    assert not answers
    held.release()
    thread.join(5)
    assert answers == [201]
    assert toy.posted == [{"n": 1}]


def test_truncated_json_is_a_whole_answer_with_half_a_document(client: httpx.Client, toy: Toy) -> None:
    whole = client.get(ASANA).content
    toy.faults.add(Fault("GET", ASANA, "truncated_json"))
    answer = client.get(ASANA)
    assert answer.content == whole[: len(whole) // 2]
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_truncated_json_waits_for_an_answer_with_a_body(client: httpx.Client, toy: Toy) -> None:
    armed = toy.faults.add(Fault("GET", ".", "truncated_json"))
    assert client.get("/empty").status_code == 204
    assert armed.hits == 0
    client.get(ASANA)
    assert armed.hits == 1


def test_html_is_a_page_with_status_200(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("POST", r"/tasks$", "html"))
    answer = client.post(ASANA, json={})
    assert (answer.status_code, answer.text[:9]) == (200, "<!doctype")
    assert toy.posted == []


@pytest.mark.parametrize("path", LISTINGS)
def test_empty_list_looks_complete(client: httpx.Client, toy: Toy, path: str) -> None:
    toy.faults.add(Fault("GET", path, "empty_list"))
    assert listing(client, path) == []
    assert listing(client, path) == [row["gid"] for row in ROWS]
    assert toy.faults.hits == {"empty_list": 1}


@pytest.mark.parametrize("path", LISTINGS)
def test_short_list_looks_complete(client: httpx.Client, toy: Toy, path: str) -> None:
    toy.faults.add(Fault("GET", path, "short_list", share=0.7))
    assert listing(client, path) == ["1", "2"]


def test_a_cut_listing_of_basecamp_counts_itself_and_has_no_validator(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("GET", BASECAMP, "short_list", share=0.7))
    headers = client.get(BASECAMP).headers
    assert headers["x-total-count"] == "2"
    assert "etag" not in headers
    assert "link" not in headers


def test_a_cut_delta_round_ends_as_a_whole_one_does(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("GET", "delta", "short_list", share=0.7))
    assert client.get(GRAPH + "/delta").json() == {
        "value": ROWS[:2],
        "@odata.deltaLink": "http://toy/next-round",
    }


@pytest.mark.parametrize("path", LISTINGS)
def test_repeat_page_serves_the_page_before_and_goes_on(client: httpx.Client, toy: Toy, path: str) -> None:
    toy.faults.add(Fault("GET", path, "repeat_page"))
    assert listing(client, path) == ["1", "2", "3", "1", "2", "3", "4", "5", "6", "7"]
    assert toy.faults.hits == {"repeat_page": 1}


@pytest.mark.parametrize("path", LISTINGS)
def test_repeat_page_for_ever_never_ends(client: httpx.Client, toy: Toy, path: str) -> None:
    toy.faults.add(Fault("GET", path, "repeat_page", times=None))
    with pytest.raises(AssertionError, match="has no end"):
        listing(client, path)


@pytest.mark.parametrize("path", LISTINGS)
def test_skip_page_leaves_one_out(client: httpx.Client, toy: Toy, path: str) -> None:
    toy.faults.add(Fault("GET", path, "skip_page", after=1))
    assert listing(client, path) == ["1", "2", "3", "7"]


def test_after_lets_requests_pass_and_times_ends_it(client: httpx.Client, toy: Toy) -> None:
    armed = toy.faults.add(Fault("POST", "tasks", "status", after=2, times=2))
    statuses = [client.post(ASANA, json={}).status_code for _ in range(6)]
    assert statuses == [201, 201, 503, 503, 201, 201]
    assert (armed.hits, toy.faults.hits["status"]) == (2, 2)


def test_a_fault_that_waits_does_not_hide_the_next_one(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("GET", ".", "cut", after=1))
    toy.faults.add(Fault("GET", ".", "status"))
    assert client.get(ASANA).status_code == 503
    with pytest.raises(httpx.TransportError):
        client.get(ASANA)


def test_path_regex_sees_the_query(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("GET", r"offset=3", "status"))
    assert client.get(ASANA).status_code == 200
    assert client.get(f"{ASANA}?offset=3").status_code == 503


def test_removed_and_cleared_faults_do_nothing(client: httpx.Client, toy: Toy) -> None:
    toy.faults.add(Fault("GET", ".", "cut")).remove()
    toy.faults.add(Fault("GET", ".", "cut"))
    toy.faults.clear()
    assert client.get(ASANA).status_code == 200
