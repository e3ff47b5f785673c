import re

import httpx
import pytest

from tests.sandbox.basecamp.conftest import World


def _next(answer: httpx.Response) -> str | None:
    found = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
    return found.group(1) if found else None


def _pages(world: World, path: str) -> list[list[int]]:
    pages, address = [], path
    while address:
        answer = world.as_("ada").get(address)
        pages.append([row["id"] for row in answer.json()])
        address = _next(answer) or ""
    return pages


def test_pages_grow_and_follow_by_link(world: World) -> None:
    made = [world.todo(f"Number {n}")["id"] for n in range(96)]
    pages = _pages(world, f"/todolists/{world.list}/todos.json")
    assert [len(page) for page in pages] == [15, 30, 50, 1]
    assert [id_ for page in pages for id_ in page] == made


def test_the_total_is_told_and_the_query_survives_in_the_link(world: World) -> None:
    world.state.page_sizes = (2, 3)
    for n in range(9):
        todo = world.todo(f"Number {n}")
        world.command("POST", f"/todos/{todo['id']}/completion.json")
    first = world.as_("ada").get(f"/todolists/{world.list}/todos.json", params={"completed": "true"})
    assert first.headers["X-Total-Count"] == "9"
    following = _next(first)
    assert following is not None
    assert following.startswith(world.url)
    assert "completed=true" in following
    pages = _pages(world, f"/todolists/{world.list}/todos.json?completed=true")
    assert [len(page) for page in pages] == [2, 3, 3, 1]


def test_a_page_asked_for_is_that_page_alone(world: World) -> None:
    world.state.page_sizes = (2,)
    made = [world.todo(f"Number {n}")["id"] for n in range(5)]
    path = f"/todolists/{world.list}/todos.json"
    assert [row["id"] for row in world.get(path, page=2)] == made[2:4]
    assert world.get(path, page=4) == []


@pytest.mark.parametrize("page", ["0", "-1"])
def test_page_numbers_that_make_no_sense_read_as_the_first(world: World, page: str) -> None:
    world.todo()
    assert len(world.get(f"/todolists/{world.list}/todos.json", page=page)) == 1


def test_the_last_page_has_no_link(world: World) -> None:
    world.todo()
    answer = world.as_("ada").get(f"/todolists/{world.list}/todos.json")
    assert _next(answer) is None


def test_a_page_that_got_a_successor_is_another_page(world: World) -> None:
    world.state.page_sizes = (2,)
    for n in range(2):
        world.todo(f"Number {n}")
    path = f"/todolists/{world.list}/todos.json"
    only = world.as_("ada").get(path)
    world.todo("One more")
    first = world.as_("ada").get(path, headers={"If-None-Match": only.headers["ETag"]})
    assert first.status_code == 200
    assert first.json() == only.json()
    assert _next(first) is not None
