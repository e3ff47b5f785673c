"""Tools of the simulated world: memory tools of different abilities, behind connectors that fail by the seed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from connectors.contract import Lost, Missing, Observation, Remote, Sink, Write
from connectors.memory.capabilities import EVERYTHING
from connectors.memory.connector import MemoryConnector
from domain.capabilities import Capabilities, Held, Hold
from domain.errors import Retriable, SetAside, Stale, Uncertain
from domain.fields import RecordType
from domain.plan import Verb
from domain.values import Value

TASK = RecordType.TASK


class Killed(BaseException):
    """The process ends here."""


def _abilities(*, conditional: bool, without: Sequence[str] = (), **held: Held) -> Capabilities:
    task = EVERYTHING.types[TASK]
    fields = {name: held.get(name, one) for name, one in task.fields.items() if name not in without}
    return Capabilities({TASK: replace(task, fields=fields, conditional=conditional)})


ABILITIES: dict[str, Capabilities] = {
    "everything": _abilities(conditional=True),
    "replaces all": _abilities(conditional=False),
    "days only": _abilities(conditional=False, without=("tags", "list"), due=Held(Hold.DAY), start=Held(Hold.DAY)),
    "short titles": _abilities(conditional=True, without=("start",), title=Held(max_length=12)),
    "no notes": _abilities(conditional=False, without=("notes", "tags")),
}


def shouting(_kind: RecordType, fields: dict[str, Value]) -> dict[str, Value]:
    """Rewrite text as some tools do: the same rewriting again changes nothing."""
    notes = str(fields.get("notes") or "")
    return {**fields, "notes": notes.strip().replace("--", "—")}


@dataclass(slots=True)
class Chances:
    """How likely each fault is, per call; all zero in quiet times."""

    lost_answer: float = 0.0
    refused: float = 0.0
    set_aside: float = 0.0
    stale: float = 0.0
    short_list: float = 0.0
    unreadable: float = 0.0
    expired: float = 0.0
    killed: float = 0.0


@dataclass(slots=True)
class SeededConnector(MemoryConnector):
    """A memory connector whose calls fail as the seed decides; `hits` counts what was injected."""

    rng: Random = field(default_factory=Random)
    chances: Chances = field(default_factory=Chances)
    hits: Counter[str] = field(default_factory=Counter)
    deleted: set[str] = field(default_factory=set)

    def strikes(self, fault: str) -> bool:
        """Decide whether a fault happens now."""
        if self.rng.random() >= getattr(self.chances, fault):
            return False
        self.hits[fault] += 1
        return True

    def may_die(self) -> None:
        """End the process, if the seed says so."""
        if self.strikes("killed"):
            raise Killed

    async def observe(self, cursor: str | None, sink: Sink) -> Observation:
        self.may_die()
        if self.strikes("unreadable"):
            raise Retriable("The tool is not there.")
        if cursor is not None and self.strikes("expired"):
            cursor = None
        taken: list[Remote] = []
        observation = await MemoryConnector.observe(self, cursor, taken.extend)
        if observation.complete and self.strikes("short_list"):
            taken = taken[: self.rng.randrange(len(taken) + 1)]
        self.rng.shuffle(taken)
        sink(taken)
        self.may_die()
        return observation

    async def fetch(self, kind: RecordType, remote: str) -> Remote | Missing:
        self.may_die()
        return await MemoryConnector.fetch(self, kind, remote)

    async def find(self, lost: Lost) -> Sequence[Remote]:
        self.may_die()
        if self.strikes("unreadable"):
            raise Retriable("The tool is not there.")
        return await MemoryConnector.find(self, lost)

    async def write(self, write: Write) -> Remote | None:
        self.may_die()
        if self.strikes("refused"):
            raise Retriable("The tool is busy.")
        if self.strikes("set_aside"):
            raise SetAside("The tool refuses this.", mend="Correct it.")
        if write.remote is not None and self.strikes("stale"):
            raise Stale("It moved.")
        answer = await MemoryConnector.write(self, write)
        if write.verb is Verb.DELETE and write.remote:
            self.deleted.add(write.remote)
        self.may_die()
        if self.strikes("lost_answer"):
            raise Uncertain("The answer was lost.")
        return answer
