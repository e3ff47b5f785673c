"""What Prefect is told: states, and tasks that are never repeated."""

from __future__ import annotations

import pytest

from flows.verdict import Ending


@pytest.mark.parametrize("ending", list(Ending))
def test_the_state_has_the_name_of_the_ending_and_only_failures_fail(ending: Ending) -> None:
    from flows.showing import state_of

    state = state_of(ending, "why")
    assert (state.name, state.message) == (ending.value, "why")
    assert state.is_failed() is (ending is Ending.FAILED)
    assert state.is_final()


def test_nothing_is_retried_cached_or_kept_by_prefect() -> None:
    from prefect.cache_policies import NO_CACHE

    from flows.nightly import _sync_one, nightly
    from flows.showing import _stage
    from flows.sync import sync_community

    for task in (_stage, _sync_one):
        assert (task.retries, task.cache_policy, task.persist_result) == (0, NO_CACHE, False)
    for flow in (nightly, sync_community):
        assert (flow.retries, flow.persist_result) == (0, False)


async def test_without_a_server_a_flow_fails_at_once_instead_of_starting_one() -> None:
    from flows.requests import SyncRequest
    from flows.sync import sync_community

    with pytest.raises(ValueError, match="No Prefect API URL provided"):
        await sync_community(SyncRequest(community="data-practice"))
