"""What people really did in their calendars, and which item stands for which record at present."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from domain.fields import FIELDS, same
from domain.plan import Link, Plan
from tests.simulation.calendar.abilities import EVENT
from tests.simulation.truth import Place, Truth

if TYPE_CHECKING:
    from store.journal import Outcome

TABLE = FIELDS[EVENT]


@dataclass(slots=True)
class Diary(Truth):
    """The truth about calendars. `stands_for` is None for an item that was let go of."""

    stands_for: dict[Place, str | None] = field(default_factory=dict)

    def absorbed(self, plan: Plan) -> None:
        Truth.absorbed(self, plan)
        for link in plan.forgotten:
            self.stands_for[link.space, link.remote] = None
        for link in plan.links:
            self.stands_for[link.space, link.remote] = link.record

    def concluded(self, outcomes: Iterable[Outcome]) -> None:
        known = list(outcomes)
        Truth.concluded(self, known)
        for outcome in known:
            if outcome.forget is not None:
                self.stands_for[outcome.forget.space, outcome.forget.remote] = None
            if outcome.link is not None:
                self.stands_for[outcome.link.space, outcome.link.remote] = outcome.link.record

    def now_for(self, place: Place) -> str | None:
        """Return the record that an item stands for: by its link, else the one for which it was made."""
        return self.stands_for[place] if place in self.stands_for else self.made_for.get(place)

    def _take(self, link: Link) -> None:
        """Note which edits a base knows of: of each field the last one."""
        latest: set[str] = set()
        for edit in reversed(self.at_place.get((link.space, link.remote), ())):
            known = edit.field in link.base and same(TABLE[edit.field], edit.value, link.base[edit.field])
            if edit.taken is None and edit.field not in latest and known:
                edit.taken = self.commits
            latest.add(edit.field)
