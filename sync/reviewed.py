"""Plans that a person has reviewed: how they are kept, and how what would be done now differs from them. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from domain.errors import ConfigProblem
from domain.plan import Plan
from sync.community import Community
from sync.report import Report, step_json

Json = dict[str, Any]

FORMAT = 1
MARK = "copsync_plan"
CHECKSUM = "checksum"

_SHORT = 60
_AGAIN = "Look at a new one: `copsync plan --out {file}`, then `copsync sync --plan {file}`."


class _Kept(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class ReviewedStep(_Kept):
    """One step as it was reviewed; values in their JSON form."""

    space: str
    verb: str
    kind: str
    record: str
    remote_id: str | None
    title: str
    fields: Mapping[str, Mapping[Literal["old", "new"], Any]]

    @property
    def name(self) -> str:
        """Return the words by which people know what the step is about."""
        return _value(self.title)


class Reviewed(_Kept):
    """A saved plan. `bindings` tell what each space was bound to, `full` whether everything was read for it.

    What was held, in conflict or asked stands in the file for whoever reads it.
    """

    format: Literal[1] = Field(alias=MARK)
    community: str
    made_at: AwareDatetime = Field(strict=False)
    made_by: str
    run: str
    full: bool
    bindings: Mapping[str, str]
    steps: list[ReviewedStep]
    file: str = "FILE"

    def must_fit(self, community: Community) -> None:
        """See whether the spaces still are those that the plan was made for.

        Raises:
            ConfigProblem: it is a plan of another community, or of other spaces.
        """
        if community.id != self.community:
            raise ConfigProblem(
                f"{self.file} is a plan of the community '{self.community}', not of '{community.id}'.",
                mend=f"Use --community {self.community}, or a plan of this community.",
            )
        bound = _bindings(community)
        if bound != self.bindings:
            names = [name for name in {**self.bindings, **bound} if bound.get(name) != self.bindings.get(name)]
            raise ConfigProblem(
                f"{self.file} was made for other spaces: {', '.join(names)} changed in the configuration since.",
                mend=_AGAIN.format(file=self.file),
            )

    def refusal(self, differences: Sequence[str]) -> str:
        """Return why the plan is not applied, with the mend."""
        count = f"{len(differences)} {'step differs' if len(differences) == 1 else 'steps differ'}"
        made = self.made_at.isoformat(timespec="seconds")
        return (
            f"The saved plan of {made} is stale: {count} from what would be done now. Nothing was taken in and "
            f"nothing was sent. {_AGAIN.format(file=self.file)}"
        )

    def differences(self, plan: Plan) -> list[str]:
        """Return in words how a plan differs from this one; nothing where both do the same, in whatever order."""
        planned = (step_json(step, "planned", step.remote) for step in plan.steps)
        fresh, saved = _by_place(map(ReviewedStep.model_validate, planned)), _by_place(self.steps)
        told = [words for place in saved if place in fresh for words in _difference(saved[place], fresh[place])]
        dropped = (step for place, step in saved.items() if place not in fresh)
        more = (step for place, step in fresh.items() if place not in saved)
        told += [f"{step.space}: no longer: {step.verb} {step.name}" for step in dropped]
        return told + [f"{step.space}: would now also {step.verb} {step.name}{_changes(step)}" for step in more]


def saved(report: Report, community: Community, now: datetime, made_by: str, *, full: bool) -> Json:
    """Return a plan as it is kept in a file: what a dry run reported, and what it was made for."""
    document = {
        MARK: FORMAT,
        "community": community.id,
        "made_at": now.isoformat(),
        "made_by": made_by,
        "run": report.run,
        "full": full,
        "bindings": _bindings(community),
        "steps": [step for step in report.steps if step["state"] == "planned"],
        "held": report.held,
        "conflicts": report.conflicts,
        "questions": report.questions,
    }
    return {**document, CHECKSUM: _checksum(document)}


def parsed(text: str, file: str) -> Reviewed:
    """Read a saved plan; `file` is how the reader calls it.

    Raises:
        ConfigProblem: it is none, is cut off or was changed by hand, or another version of copsync wrote it.
    """
    try:
        document = json.loads(text)
    except ValueError as broken:
        raise _no_plan(file, "is not JSON, or was cut off") from broken
    if not isinstance(document, dict) or MARK not in document:
        raise _no_plan(file, "is no saved plan")
    if document[MARK] != FORMAT:
        raise _no_plan(file, f"has format {document[MARK]}, this copsync reads format {FORMAT}")
    if document.pop(CHECKSUM, None) != _checksum(document):
        raise _no_plan(file, "was changed after it was saved, or is damaged")
    try:
        return Reviewed.model_validate({**document, "file": file})
    except ValidationError as invalid:
        where = ".".join(map(str, invalid.errors()[0]["loc"]))
        raise _no_plan(file, f"cannot be understood ({where})") from None


def _no_plan(file: str, why: str) -> ConfigProblem:
    return ConfigProblem(f"{file} {why}; nothing was changed.", mend=_AGAIN.format(file=file))


def _checksum(document: Json) -> str:
    """Return what tells damage and careless edits. Forging it gains nothing: only a fresh plan is carried out."""
    whole = json.dumps(document, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return blake2b(whole.encode(), digest_size=16).hexdigest()


def _bindings(community: Community) -> dict[str, str]:
    return {space.name: space.binding for space in community.spaces}


def _by_place(steps: Iterable[ReviewedStep]) -> dict[tuple[str, str], ReviewedStep]:
    """Return steps by space and record; a plan has at most one for each."""
    return {(step.space, step.record): step for step in steps}


def _difference(saw: ReviewedStep, now: ReviewedStep) -> Iterable[str]:
    if (saw.verb, saw.remote_id) != (now.verb, now.remote_id):
        yield f"{now.space}: would now {now.verb} {now.name}{_changes(now)}, the plan saw: {saw.verb}{_changes(saw)}"
    else:
        yield from _field_differences(saw, now)


def _field_differences(saw: ReviewedStep, now: ReviewedStep) -> Iterable[str]:
    for name in dict.fromkeys([*saw.fields, *now.fields]):
        old, new = saw.fields.get(name), now.fields.get(name)
        if old == new:
            continue
        if old is None or new is None:
            verb = "would now also be set" if old is None else "would no longer be set"
            yield f"{now.space}: {now.name}: {name} {verb} ({_change(old or new or {})})"
        elif old["old"] != new["old"]:
            present, seen = _apart(new["old"], old["old"])
            yield f"{now.space}: {now.name}: {name} is {present} now, the plan saw {seen}"
        else:
            wanted, seen = _apart(new["new"], old["new"])
            yield f"{now.space}: {now.name}: {name} would become {wanted}, the plan saw {seen}"


def _changes(step: ReviewedStep) -> str:
    told = "; ".join(f"{name} {_change(values)}" for name, values in step.fields.items())
    return f" ({told})" if told and step.verb != "create" else ""


def _change(values: Mapping[Any, Any]) -> str:
    return f"{_value(values['old'])} → {_value(values['new'])}"


def _apart(one: object, other: object) -> tuple[str, str]:
    """Return two values in words; long ones from where they differ."""
    texts = _flat(one), _flat(other)
    same = next((at for at, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    start = max(0, same - 15) if max(map(len, texts)) > _SHORT else 0
    shown = [_cut(f"…{text[start:]}" if start else text) for text in texts]
    return f"“{shown[0]}”", f"“{shown[1]}”"


def _value(value: object) -> str:
    return f"“{_cut(_flat(value))}”"


def _flat(value: object) -> str:
    if value in (None, "", []):
        return "–"
    return " ".join((", ".join(map(str, value)) if isinstance(value, list) else str(value)).split())


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 1]}…"
