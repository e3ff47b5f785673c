"""The lease under which one process works for a community, renewed while it does."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.leave import MAY_WRITE
from domain.errors import StoreProblem
from store.leases import LIFE_SECONDS, Lease
from store.store import Store
from sync.apply import Clock

log = logging.getLogger(__name__)


@asynccontextmanager
async def hold(store: Store, community: str, clock: Clock, what: str) -> AsyncIterator[Lease]:
    """Hold a community's lease, renewed in the background, until the block ends; `what` says for which work.

    Raises:
        Locked: another run holds the community.
    """
    holder = f"{what} (process {os.getpid()} on {socket.gethostname()})"
    lease = store.acquire(community, holder, clock())
    before = MAY_WRITE.set(lambda: store.assure(lease, clock()))
    heart = asyncio.create_task(_beat(store, lease, clock))
    try:
        yield lease
    finally:
        MAY_WRITE.reset(before)
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)  # what it could not do, the next write has told
        store.release(lease)


async def _beat(store: Store, lease: Lease, clock: Clock) -> None:
    while True:
        await asyncio.sleep(LIFE_SECONDS / 4)
        try:
            store.renew(lease, clock())
        except StoreProblem as failed:  # the next beat may succeed, and until then nothing is lost
            log.warning("The lease could not be renewed: %s", failed)
