"""A seeded world of calendars: the same processes, faults and clock, other tools and other people."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.fields import complete, recurs
from domain.lens import never_laid_out
from domain.parts import occurrence_of, whole_of
from domain.recurrence.change import takes_place
from domain.recurrence.series import series_from_fields
from domain.values import Fields
from tests.simulation.calendar import abilities, people
from tests.simulation.calendar.abilities import EVENT
from tests.simulation.calendar.connector import CalendarConnector, LayingConnector, SignConnector
from tests.simulation.calendar.diary import Diary
from tests.simulation.connector import SimConnection, SimConnector
from tests.simulation.tools import ELSEWHERE, START, Item, SimTool
from tests.simulation.truth import BERLIN
from tests.simulation.world import Process, World


class CalendarWorld(World):
    """Everything that one seed decides about calendars."""

    mirrored = EVENT
    truth: Diary

    def __post_init__(self) -> None:
        self.truth = Diary()
        World.__post_init__(self)
        self.uses_the_hub = False
        self.habits = people.draw_habits(self.rng)

    def today(self) -> datetime:
        """Return the beginning of the community's day."""
        return self.clock().astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)

    def days_pass(self, days: int) -> None:
        """Let days go by; what is shown ahead of time moves on with the next full read."""
        self.t += days * 86_400
        self.hidden = True
        self.tell(f"{days} days go by")

    def _found(self, name: str, *, rich: bool) -> None:
        ability = abilities.draw(self.rng, self.today, may_be_poor=not rich)
        off = self.rng.choice((0, 0, 26, -26)) if "clocks off" in self.faults.drawn else 0
        if off:
            self.faults.hits["clocks off"] += 1
        tool = self.tools[name] = SimTool(name, ability, lambda: self.t, timedelta(hours=off))
        outside: Fields = {"title": f"outside {name}", "start": START, "end": START}
        tool.create(outside, container=ELSEWHERE)
        conditional = "conditional" if ability.can.conditional else "unconditional"
        self.tell(f"{name}: {conditional}, {', '.join(ability.words)}; {', '.join(ability.can.fields)}")

    def connector(self, process: Process, connection: SimConnection) -> SimConnector:
        ability = people.ability_of(connection.tool)
        lays = ability.lays_out is not never_laid_out
        sort = SignConnector if ability.signs else LayingConnector if lays else CalendarConnector
        return sort(self, process, connection.tool, connection, ability.capabilities)

    def act(self) -> None:
        people.act(self)

    def hub_fields(self, record: str) -> Fields:
        """Return a record as the last commit left it."""
        known = self.truth.hub
        return complete(
            EVENT, {name: known[record, name][-1] for name in abilities.FIELDS_HELD if (record, name) in known}
        )

    def wholes(self) -> frozenset[str | None]:
        """Return the records that are no parts, and None for whatever has no record yet."""
        return frozenset({None, *(one for one in self.truth.places if occurrence_of(one) is None)})

    def _check_deletion(self, tool: SimTool, item: Item, record: str) -> None:
        """I5: what is taken away was deleted elsewhere, does not take place any more, or is shown otherwise now."""
        ability, fields, whole = people.ability_of(tool), self.hub_fields(whole_of(record)), whole_of(record)
        if ability.can.shadow:
            return
        deleted = self.policy.delete == "trash" and any(
            place in self.confirmed_gone for place, _ in self.truth.removals if whole in self.truth.owners[place]
        )
        if deleted and whole in self.truth.deleted_at:
            return
        laid_out = recurs(EVENT, fields) and ability.lays_out(EVENT, fields)
        if record == whole:
            if not laid_out:
                self.violate(f"I5: {tool.name}/{item.remote} is deleted, and nobody deleted its like")
            return
        series, which = series_from_fields(fields), str(occurrence_of(record))
        if laid_out and series is not None and takes_place(series, which):
            self.violate(f"I5: {tool.name}/{item.remote} is deleted, and {which} takes place")
