"""Asks directly about what a space no longer lists: absence is evidence, not fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import Missing, Remote
from domain.errors import CopsyncError, Paused
from domain.fields import RecordType
from domain.parts import whole_of
from domain.plan import EVERYTHING, Absence, Absent, Held, Link, LinkState
from domain.records import Record
from store.approvals import Approved
from sync.community import Community
from sync.direct import DirectReads, Unread
from sync.observe import EMPTINESS_TELLS, Reading
from sync.together import together

AT_MOST = 200
"""More missing items than this are not asked about without a person's word."""

THERE = (LinkState.LIVE, LinkState.WITHDRAW)
"""Nobody asks about what is known to be gone, such as what copsync deleted itself."""

Types = Mapping[tuple[str, str], RecordType]
Answer = Absent | Remote | None


@dataclass(frozen=True, slots=True)
class Confirmer:
    """Confirms absences one by one, and stops where a space looks emptied rather than tidied up."""

    community: Community
    approved: Approved

    async def confirm(
        self, readings: Sequence[Reading], records: Mapping[str, Record], links: Sequence[Link], held: list[Held]
    ) -> tuple[list[Absent], list[tuple[Reading, list[Remote]]]]:
        """Return what is really absent, and what is there although it was not listed."""
        there = [link for link in links if link.state in THERE and whole_of(link.record) in records]
        types = {(link.space, link.remote): records[whole_of(link.record)].type for link in there}
        healthy = [reading for reading in readings if reading.ok]
        answers = await together(*(self._confirm(reading, types, held) for reading in healthy))
        absent = [one for some in answers for one in some if isinstance(one, Absent)]
        alive = [
            (reading, [one for one in some if isinstance(one, Remote)])
            for reading, some in zip(healthy, answers, strict=True)
        ]
        return absent, alive

    async def _confirm(self, reading: Reading, types: Types, held: list[Held]) -> Sequence[Answer]:
        missing = [remote for remote in reading.missing if (reading.space, remote) in types]
        if (reading.space, EVERYTHING) in self.approved:
            return await self._ask(reading, types, missing)
        if reading.emptied_of and not await self._has_moved_away(reading, types, missing):
            held.append(_vanished(reading.space, len(missing)))
            reading.fail(_emptied(reading))
            return []
        if len(missing) > AT_MOST:
            held.append(_vanished(reading.space, len(missing)))
            return []
        return await self._ask(reading, types, missing)

    async def _has_moved_away(self, reading: Reading, types: Types, missing: Sequence[str]) -> bool:
        """Tell from a few direct reads whether an emptied space was put away (an archived list) and not lost."""
        answers = await self._ask(reading, types, missing[:EMPTINESS_TELLS])
        return any(isinstance(one, Absent) and one.absence is Absence.OUT_OF_SCOPE for one in answers)

    async def _ask(self, reading: Reading, types: Types, remotes: Sequence[str]) -> Sequence[Answer]:
        wanted = [(types[reading.space, remote], remote) for remote in remotes]
        try:
            answers = await DirectReads(self.community.space(reading.space)).of(wanted)
        except CopsyncError as problem:
            reading.fail(problem)
            return []
        reading.unread += [one for one in answers if isinstance(one, Unread)]
        return [_verdict(reading.space, remote, answer) for remote, answer in zip(remotes, answers, strict=True)]


def _verdict(space: str, remote: str, answer: Remote | Missing | Unread) -> Answer:
    if isinstance(answer, Remote):
        return answer
    if isinstance(answer, Unread) or answer is Missing.NO_ACCESS:
        return None
    return Absent(space, remote, Absence.DELETED if answer is Missing.GONE else Absence.OUT_OF_SCOPE)


def _emptied(reading: Reading) -> Paused:
    return Paused(
        f"{reading.space} lists none of its {reading.emptied_of} items any more; nothing is deleted because of it.",
        mend="Look whether it was emptied or closed, or the account lost access, and put that right. If its items are "
        "really meant to go everywhere, approve with `copsync sync --approve RUN`.",
    )


def _vanished(space: str, count: int) -> Held:
    return Held(
        space,
        EVERYTHING,
        f"{count} items",
        "empty space",
        f"{count} items are no longer listed in {space}; nothing is deleted. If they are really meant to go, "
        "approve with `copsync sync --approve RUN`.",
    )
