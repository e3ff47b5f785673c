"""A memory connector that fails on demand, as tools do."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, replace

from connectors.contract import Lost, Missing, Observation, Remote, Sink, Write
from connectors.memory.connector import MemoryConnector
from domain.errors import Retriable, SetAside, Uncertain
from domain.fields import RecordType
from domain.values import Fields


class Killed(BaseException):
    """The process ends here."""


@dataclass(slots=True)
class FaultyConnector(MemoryConnector):
    """Lists at most `list_limit` items, refuses or loses writes, or dies before or after one."""

    list_limit: int | None = None
    refuse: Callable[[Write], bool] = field(default=lambda _write: False)
    poison: Callable[[Write], bool] = field(default=lambda _write: False)
    lose_answers: int = 0
    break_answers: int = 0
    blind: bool = False
    stumbles: bool = False
    die_after_writes: int | None = None
    writes: int = 0
    die_in_observe: bool = False
    garbled: Callable[[Fields], bool] = field(default=lambda _fields: False)
    lists_versions_only: bool = False
    fetched: int = 0
    unfetchable: str | None = None
    breaks_over: Container[str] = ()

    def view(self, remote: Remote) -> Fields:
        fields = MemoryConnector.view(self, remote)
        if self.garbled(fields):
            raise SetAside("Nobody understands this item.", mend="Correct it in the tool.")
        return fields

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        if self.die_in_observe:
            raise Killed
        if self.lists_versions_only:
            return await MemoryConnector.observe(self, cursor, lambda page: sink([_bare(one) for one in page]))
        if self.list_limit is None:
            return await MemoryConnector.observe(self, cursor, sink)
        kept: list[Remote] = []
        observation = await MemoryConnector.observe(self, None, kept.extend)
        sink(kept[: self.list_limit])
        return Observation(complete=True, cursor=observation.cursor, read=self.list_limit)

    async def find(self, lost: Lost) -> Sequence[Remote]:
        if self.blind:
            raise Retriable("The tool cannot be asked.")
        if self.stumbles:
            raise RuntimeError("a bug in the connector")
        return await MemoryConnector.find(self, lost)

    async def write(self, write: Write) -> Remote | None:
        if self.refuse(write):
            raise Retriable("The tool is busy.")
        if self.poison(write):
            raise SetAside("The tool refuses this item.", mend="Correct it in the tool.")
        if self.die_after_writes is not None and self.writes >= self.die_after_writes:
            raise Killed
        result = await MemoryConnector.write(self, write)
        self.writes += 1
        if self.lose_answers:
            self.lose_answers -= 1
            raise Uncertain("The answer was lost.")
        if self.break_answers:
            self.break_answers -= 1
            raise RuntimeError("a bug in the connector")
        return result

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        self.fetched += 1
        if remote == self.unfetchable:
            raise SetAside("Nobody understands this item.", mend="Correct it in the tool.")
        if remote in self.breaks_over:
            raise Retriable("The tool fails over this item.")
        return await MemoryConnector.fetch(self, kind, remote)


def _bare(remote: Remote) -> Remote:
    return replace(remote, raw=None, partial=True)
