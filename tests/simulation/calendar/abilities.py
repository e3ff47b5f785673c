"""What the calendars of a world can hold and do: drawn by the seed, after the tools there really are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from connectors.asana.gatherings import is_to_come, settled
from domain.capabilities import Capabilities, Held, TypeCapabilities
from domain.fields import RecordType, recurs
from domain.lens import Admit, never_laid_out
from domain.values import Fields, Value
from tests.simulation.abilities import REWRITES, Ability, as_is

EVENT = RecordType.EVENT
SERIES = ("rrule", "rdates", "exdates", "overrides")
TEXTS = ("title", "notes", "location")
SPAN = ("start", "end", "zone")
FIELDS_HELD = (*TEXTS, *SPAN, *SERIES)
ALIKE = ("title", "start", "end", "rrule")
Today = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CalendarAbility(Ability):
    """One calendar's ways.

    `lays_out` says which series it shows only date by date, `signs` that what it shows merely stands for gatherings,
    `own_dates` that people can change single dates of a series that it shows as one.
    """

    lays_out: Admit = never_laid_out
    signs: bool = False
    own_dates: bool = True


def _every_series(kind: RecordType, fields: Fields) -> bool:
    return recurs(kind, fields)


def _by_the_month(kind: RecordType, fields: Fields) -> bool:
    return recurs(kind, fields) and ("MONTHLY" in str(fields.get("rrule")) or bool(fields.get("rdates")))


def _with_exceptions(kind: RecordType, fields: Fields) -> bool:
    return recurs(kind, fields) and any(fields.get(name) for name in ("overrides", "exdates", "rdates"))


def _no_zone_once(_kind: RecordType, fields: Fields) -> dict[str, Value]:
    """Leave out of a single entry what only series have there, the zone among it."""
    if recurs(EVENT, fields):
        return dict(fields)
    return {name: value for name, value in fields.items() if name not in ("zone", "rdates", "exdates", "overrides")}


def draw(rng: Random, today: Today, *, may_be_poor: bool) -> CalendarAbility:
    """Draw a calendar; one of each world holds every series whole, so that values have somewhere to survive."""
    sorts = {_whole: 3, _single: 2, _date_by_date: 4, _partly: 3, _of_signs: 2}
    sort = rng.choices(list(sorts), list(sorts.values()))[0] if may_be_poor else _whole
    return sort(rng, today)


def _drawn(rng: Random, words: str, fields: dict[str, Held], **others: object) -> CalendarAbility:
    told = [words]
    trash, marks, replaces = rng.random() > 0.15, rng.random() > 0.3, rng.random() < 0.2
    told += [
        word for word, holds in (("no trash", not trash), ("no marks", not marks), ("replaces all", replaces)) if holds
    ]
    rewrite = REWRITES[rng.choice(sorted(REWRITES))] if rng.random() < 0.15 and "notes" in fields else as_is
    told += ["rewrites texts"] if rewrite is not as_is else []
    can = TypeCapabilities(
        fields,
        conditional=rng.random() < 0.5,
        trash=trash,
        restores=trash and rng.random() < 0.6,
        discussed=bool(others.get("lays_out")) and rng.random() < 0.4,
    )
    told += [word for word, holds in (("restores", can.restores), ("discussed", can.discussed)) if holds]
    return CalendarAbility(
        words=tuple(told),
        capabilities=Capabilities({EVENT: can}),
        marks=marks,
        replaces=replaces,
        rewrite=rewrite,
        type=EVENT,
        alike=tuple(name for name in ALIKE if name in fields),
        **others,  # type: ignore[arg-type]
    )


def _fields(rng: Random, without: tuple[str, ...] = (), *, poor: bool = True) -> dict[str, Held]:
    missing = {*without, *(name for name in ("notes", "location") if poor and rng.random() < 0.25)}
    return {name: Held() for name in FIELDS_HELD if name not in missing}


def _whole(rng: Random, _today: Today) -> CalendarAbility:
    return _drawn(rng, "holds series", _fields(rng, poor=rng.random() < 0.3))


def _single(rng: Random, _today: Today) -> CalendarAbility:
    return _drawn(rng, "holds no series", _fields(rng, SERIES), read_only=rng.random() < 0.1)


def _date_by_date(rng: Random, _today: Today) -> CalendarAbility:
    others = (
        {"settle": _no_zone_once, "reads": lambda fields: _no_zone_once(EVENT, fields)} if rng.random() < 0.4 else {}
    )
    words = "lays every series out" + (", and tells no zone of single dates" if others else "")
    return _drawn(rng, words, _fields(rng), lays_out=_every_series, own_dates=False, **others)


def _partly(rng: Random, _today: Today) -> CalendarAbility:
    if rng.random() < 0.5:
        return _drawn(rng, "lays out what is monthly or has further dates", _fields(rng), lays_out=_by_the_month)
    words = "lays out what has exceptions"
    return _drawn(rng, words, _fields(rng), lays_out=_with_exceptions, own_dates=False)


def _of_signs(rng: Random, today: Today) -> CalendarAbility:
    """Return the ways of Asana with `events_as = "milestones"`: a sign of the next date, and one way."""

    def settle(_kind: RecordType, fields: Fields) -> Fields:
        return settled(fields, today())

    def admits(kind: RecordType, fields: Fields) -> bool:
        return kind is EVENT and is_to_come(fields, today())

    fields = {name: Held() for name in ("title", "location", *SPAN, *SERIES)}
    return CalendarAbility(
        words=("shows signs of gatherings",),
        capabilities=Capabilities({EVENT: TypeCapabilities(fields, shadow=True)}),
        settle=settle,
        admits=admits,
        type=EVENT,
        alike=("title", "start"),
        signs=True,
    )
