"""The contract of a connector over a calendar: series laid out, a trash that gives back, signs that tell nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from connectors.contract import Remote, Write
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Fields
from tests.simulation.calendar.abilities import CalendarAbility
from tests.simulation.connector import SimConnector
from tests.simulation.tools import Item


@dataclass(frozen=True, slots=True)
class Told:
    """A sign as a write left it, and what the write said: the only time that its fields are told."""

    item: Item
    fields: Fields


@dataclass(slots=True)
class CalendarConnector(SimConnector):
    """One process's connector of a calendar."""

    @property
    def ability(self) -> CalendarAbility:
        """The calendar's ways."""
        assert isinstance(self.tool.ability, CalendarAbility)
        return self.tool.ability

    def _carry_out(self, write: Write) -> Remote | None:
        if write.verb is Verb.RESTORE and write.remote is not None:
            return self._restore(write.remote)
        return SimConnector._carry_out(self, write)

    def _restore(self, remote: str) -> Remote | None:
        if remote in self.tool.trash:
            self.tool.restore(remote)
            self.world.truth.removed.pop((self.tool.name, remote), None)
            self.world.tell(f"  copsync restores {self.tool.name}/{remote}")
        return self._remote(self.tool.items[remote]) if remote in self.tool.items else None


@dataclass(slots=True)
class LayingConnector(CalendarConnector):
    """A calendar that shows some series only date by date."""

    def lays_out(self, kind: RecordType, fields: Fields) -> bool:
        return self.ability.lays_out(kind, fields)

    async def comments(self, kind: RecordType, remote: str) -> int:
        del kind
        await self._travel("comments")
        self._trouble("comments")
        return int(remote.rpartition("-")[2]) % 3 // 2


@dataclass(slots=True)
class SignConnector(CalendarConnector):
    """A tool without events, in which something stands for them: what people do with it says nothing."""

    def view(self, remote: Remote) -> Fields:
        return remote.raw.fields if isinstance(remote.raw, Told) else {}

    def _carry_out(self, write: Write) -> Remote | None:
        answer = CalendarConnector._carry_out(self, write)
        return answer and replace(answer, raw=Told(answer.raw, write.view))
