"""What goes wrong on the way: pages that repeat, skip or end early, limits, broken answers, foreign links."""

import pytest

from connectors.contract import Missing
from domain.errors import ConfigProblem, ConnectAgain, Retriable
from domain.fields import RecordType
from sandbox.faults import Fault, Kind
from tests.connectors.basecamp.conftest import World

OPEN = r"/todolists/\d+/todos\.json"


def many(world: World, count: int = 70) -> set[str]:
    return {str(world.todo(f"Task {number}").id) for number in range(count)}


async def test_h01_a_listing_that_is_empty_once_deletes_nothing(world: World) -> None:
    expected = many(world, 5)
    connector = world.connector()
    world.faults.add(Fault("GET", OPEN, "empty_list"))
    read = await world.read(connector)
    assert read.remotes == []
    assert read.outcome.gone == ()
    for identity in expected:  # what is missing is asked for one by one, and answers
        await world.get(connector, identity)


async def test_h02_what_a_short_page_leaves_out_is_still_there_when_asked_for(world: World) -> None:
    expected = many(world, 10)
    connector = world.connector()
    world.faults.add(Fault("GET", OPEN, "short_list", share=0.4))
    read = await world.read(connector)
    missing = expected - set(read.ids)
    assert len(missing) == 6
    for identity in missing:
        assert not isinstance(await connector.fetch(RecordType.TASK, identity), Missing)


@pytest.mark.parametrize(("kind", "page"), [("repeat_page", 2), ("repeat_page", 3), ("skip_page", 1), ("skip_page", 2)])
async def test_h14_a_page_repeated_or_skipped_is_no_whole_read(world: World, kind: Kind, page: int) -> None:
    expected = many(world)
    where = rf"{OPEN}$" if page == 1 else rf"{OPEN}\?page={page}"
    armed = world.faults.add(Fault("GET", where, kind))
    read = await world.read(world.connector())
    assert armed.hits == 1
    assert not read.outcome.complete
    assert read.outcome.cursor is None
    assert len(read.ids) == len(set(read.ids)) < 70
    again = await world.read(world.connector(), read.outcome.cursor)
    assert again.outcome.complete
    assert set(again.ids) == expected


@pytest.mark.parametrize("where", [r"/todolists/\d+/groups\.json$", r"/todosets/\d+/todolists\.json$"])
async def test_h14_a_page_of_lists_that_was_skipped_is_no_whole_read(world: World, where: str) -> None:
    for number in range(50):
        world.add_list(f"List {number}", of=world.autumn if "groups" in where else None)
    armed = world.faults.add(Fault("GET", where, "skip_page"))
    read = await world.read(world.connector())
    assert armed.hits == 1
    assert not read.outcome.complete


async def test_a_listing_that_announces_more_than_it_holds_is_no_whole_read(world: World) -> None:
    """A page in the middle is cut and loses its link: the count of the page before gives it away."""
    many(world)
    world.faults.add(Fault("GET", rf"{OPEN}\?page=2", "short_list", share=0.5))
    read = await world.read(world.connector())
    assert not read.outcome.complete


@pytest.mark.parametrize("what", ["todolists", "groups", r"entries", "recordings"])
@pytest.mark.parametrize("kind", ["truncated_json", "html", "cut"])
async def test_a_broken_answer_is_passing_trouble(world: World, what: str, kind: Kind) -> None:
    many(world, 3)
    world.faults.add(Fault("GET", what, kind, times=None))
    with pytest.raises(Retriable):
        await world.read(world.connector())


async def test_trouble_that_passes_is_waited_out(world: World) -> None:
    expected = many(world, 3)
    world.faults.add(Fault("GET", OPEN, "status", status=503))
    world.faults.add(Fault("GET", OPEN, "throttle", retry_after=0))
    read = await world.read(world.connector())
    assert (read.outcome.complete, set(read.ids)) == (True, expected)


async def test_h29_a_wait_that_is_too_long_is_handed_on(world: World) -> None:
    many(world, 3)
    world.faults.add(Fault("GET", OPEN, "throttle", retry_after=600, times=None))
    with pytest.raises(Retriable) as later:
        await world.read(world.connector())
    assert later.value.retry_after == 600


async def test_h30_a_token_revoked_in_the_middle_stops_at_once(world: World) -> None:
    many(world, 3)
    connector = world.connector()
    world.faults.add(Fault("GET", OPEN, "status", status=401, body='{"error":"revoked"}', times=None))
    with world.counting() as requests, pytest.raises(ConnectAgain, match="revoked"):
        await world.read(connector)
    assert len(requests) < 8


async def test_a_link_to_another_place_is_not_followed(world: World) -> None:
    many(world, 20)
    world.state.base_url = "http://127.0.0.1:9"
    with pytest.raises(ConfigProblem, match="not followed"):
        await world.read(world.connector())


async def test_a_link_to_another_account_is_not_followed(world: World) -> None:
    many(world, 20)
    world.state.base_url = world.url.replace(f"/{world.state.account}", "/1")
    with pytest.raises(ConfigProblem, match="not followed"):
        await world.read(world.connector())
