"""What the tools of a world can hold and do: drawn by the seed, after the tools there really are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import FIELDS, RecordType
from domain.lens import Admit, Settle
from domain.values import Fields, Value

TASK = RecordType.TASK
Rewrite = Callable[[dict[str, Value]], dict[str, Value]]


def as_is(fields: dict[str, Value]) -> dict[str, Value]:
    """Keep everything."""
    return fields


def _texts(change: Callable[[str], str]) -> Rewrite:
    def rewritten(fields: dict[str, Value]) -> dict[str, Value]:
        notes = fields.get("notes")
        return {**fields, "notes": change(notes)} if isinstance(notes, str) else fields

    return rewritten


REWRITES: Mapping[str, Rewrite] = {
    "dashes": _texts(lambda text: text.strip().replace("--", "—")),
    "trailing newline": _texts(lambda text: text.rstrip() + "\n" if text.strip() else ""),
    "no blanks at line ends": _texts(lambda text: "\n".join(line.rstrip() for line in text.splitlines())),
    "quotes": _texts(lambda text: text.replace('"', "”").rstrip("\n")),
}
"""What tools do to texts they store; doing it twice changes nothing more."""


def _settled(_kind: RecordType, fields: Fields) -> Fields:
    return fields


def _no_start_without_due(_kind: RecordType, fields: Fields) -> Fields:
    return {**fields, "start": None} if fields.get("start") is not None and fields.get("due") is None else fields


def _all(_kind: RecordType, _fields: Fields) -> bool:
    return True


def _dated(_kind: RecordType, fields: Fields) -> bool:
    return fields.get("due") is not None


def _milestones(_kind: RecordType, fields: Fields) -> bool:
    return fields.get("kind") == "milestone"


@dataclass(frozen=True, slots=True)
class Ability:
    """One tool's ways. `words` name what is special, `marks` whether it has a place for copsync's mark.

    `replaces` says that an update replaces the whole object; `rewrite` is what it does to what it stores, `reads`
    to what it shows. Without a mark, what is `alike` in these fields may be what copsync has made.
    """

    words: tuple[str, ...]
    capabilities: Capabilities
    marks: bool = True
    replaces: bool = False
    read_only: bool = False
    rewrite: Rewrite = as_is
    reads: Rewrite = as_is
    settle: Settle = _settled
    admits: Admit = _all
    type: RecordType = TASK
    alike: tuple[str, ...] = ("title", "kind", "list", "due")

    @property
    def can(self) -> TypeCapabilities:
        """What it can do with what is mirrored."""
        return self.capabilities.types[self.type]


@dataclass
class _Drawing:
    rng: Random
    words: list[str]

    def __call__(self, chance: float, words: str) -> bool:
        if self.rng.random() >= chance:
            return False
        self.words.append(words)
        return True


def draw(rng: Random, *, may_be_poor: bool) -> Ability:
    """Draw a tool; one of each world holds everything, so that values have somewhere to survive."""
    chance = _Drawing(rng, [])
    if may_be_poor and chance(0.08, "calendar of deadlines"):
        return _calendar(rng, chance)
    fields = _fields(chance, may_be_poor=may_be_poor)
    return Ability(
        capabilities=Capabilities(
            {
                TASK: TypeCapabilities(
                    fields,
                    conditional=rng.random() < 0.5,
                    trash=not chance(0.15, "no trash"),
                )
            }
        ),
        marks=not chance(0.4, "no marks"),
        replaces=chance(0.3, "replaces all"),
        read_only=may_be_poor and chance(0.08, "read only"),
        rewrite=REWRITES[rng.choice(sorted(REWRITES))] if chance(0.3, "rewrites texts") else as_is,
        reads=REWRITES[rng.choice(sorted(REWRITES))] if chance(0.08, "shows texts otherwise") else as_is,
        settle=_no_start_without_due if chance(0.15, "no start without due") else _settled,
        admits=_milestones if may_be_poor and chance(0.08, "takes milestones only") else _all,
        words=tuple(chance.words),
    )


def _fields(chance: _Drawing, *, may_be_poor: bool) -> dict[str, Held]:
    fields = {name: Held(Hold.READ) if name == "completed_at" else Held() for name in FIELDS[TASK]}
    if not may_be_poor:
        return fields
    for name in ("tags", "list", "start", "notes", "assignees", "parent", "links", "completed_at", "kind"):
        if chance(0.2, f"no {name}"):
            del fields[name]
    if chance(0.3, "days only"):
        fields |= {name: Held(Hold.DAY) for name in ("due", "start") if name in fields}
    if chance(0.2, "short titles"):
        fields["title"] = Held(max_length=12)
    if "notes" in fields and chance(0.15, "short notes"):
        fields["notes"] = Held(max_length=40)
    if "assignees" in fields and chance(0.3, "one assignee"):
        fields["assignees"] = Held(Hold.ONE)
    for name in ("list", "tags", "notes"):
        if name in fields and chance(0.06, f"{name} is read only"):
            fields[name] = Held(Hold.READ)
    return fields


def _calendar(rng: Random, chance: _Drawing) -> Ability:
    hold = Hold.DAY if chance(0.5, "days only") else Hold.FULL
    fields = {"title": Held(), "due": Held(hold), "notes": Held()}
    task = TypeCapabilities(fields, shadow=True, conditional=rng.random() < 0.5)
    return Ability(tuple(chance.words), Capabilities({TASK: task}), marks=True, admits=_dated)
