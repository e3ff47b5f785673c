"""Brings one community into step: every stage of the run is a Prefect task."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State

from domain.errors import CopsyncError
from flows.requests import SyncRequest, configuration_of
from flows.running import bring_into_step, store_of
from flows.showing import as_tasks, publish, state_of
from flows.verdict import verdict_on, verdict_on_error


# Asynchronous, because Prefect holds a synchronous flow back for up to a second at its end. No retries here either:
# the next run, or a new one by hand, is safe at any time.
@flow(name="sync-community", flow_run_name="sync-{request.community}", retries=0, persist_result=False)
async def sync_community(request: SyncRequest) -> State[Any]:
    """Bring one community into step across its tools.

    The run ends as Completed, CompletedWithConflicts, CompletedWithFailures (the next run tries those again),
    NeedsPerson (see the artifact `waiting-…`), SkippedLocked (another run holds the community) or Failed. What changed
    per space is in the artifact `sync-report-…`. It may be started again at any time: the journal in copsync's store
    tells what was already sent.
    """
    say = get_run_logger().info
    try:
        configuration = configuration_of(request.config)
        with store_of(configuration) as store:
            report = await bring_into_step(
                configuration, store, request.community, full=request.full, say=say, stage=as_tasks(request.community)
            )
    except CopsyncError as problem:
        failed = verdict_on_error(request.community, problem)
        return state_of(failed.ending, failed.message)
    await publish(report)
    verdict = verdict_on(report)
    return state_of(verdict.ending, verdict.message)
