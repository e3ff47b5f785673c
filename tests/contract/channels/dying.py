"""A process that says what is due in a channel and is killed around its first message: FOLDER before|after TIME."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from config.loader import load
from connectors.channel import Outgoing, Receipt, Sender
from store.store import Store
from sync.announce.announce import announce
from sync.wiring import Wiring
from tests.contract.channels.quick import hurried


class Dying:
    """A sender that ends its process with SIGKILL, before or after it has said something."""

    def __init__(self, real: Sender, when: str) -> None:
        self._real, self._when = real, when

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)

    async def post(self, outgoing: Outgoing) -> Receipt:
        if self._when == "after":
            await self._real.post(outgoing)
        return _die()

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        if self._when == "after":
            await self._real.edit(outgoing, remote)
        return _die()


def _die() -> Receipt:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("nobody survives SIGKILL")


async def main(folder: Path, when: str, moment: datetime) -> None:
    configuration = load(folder / "copsync.toml")
    store = Store.open(configuration.settings.store.url, configuration.folder)
    async with Wiring(configuration) as wiring:
        settings = configuration.settings.communities[0]
        (place,) = wiring.channels(settings)

        def opened() -> Sender:
            return Dying(place.open(), when)  # type: ignore[return-value]

        with hurried(lambda: moment):
            await announce(configuration, settings, [replace(place, open=opened)], store, lambda: moment)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], datetime.fromisoformat(sys.argv[3])))
