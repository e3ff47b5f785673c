"""Compares who is in a place with the community's members; proposes, and never adds anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config.models import MemberSettings
from connectors.contract import Finding, Person

_MOST = 20


def newcomers(people: Sequence[Person], members: Sequence[MemberSettings], tool: str) -> Iterator[Finding]:
    """Yield what an admin may want to know: who is in the place and no member, and the other way round."""
    known = {one.email.casefold() for one in members} | {one.ids[tool].casefold() for one in members if tool in one.ids}
    new = [one for one in people if not {one.id.casefold(), (one.email or "").casefold()} & known]
    here = {name.casefold() for one in people for name in (one.id, one.email or "")}
    away = [one for one in members if not {one.email.casefold(), one.ids.get(tool, "").casefold()} - {""} & here]
    yield Finding("ok", f"{len(people) - len(new)} of the {len(people)} people here are members of the community.")
    if new:
        yield Finding(
            "warning",
            f"Here, and no members of the community: {_names([_person(one) for one in new])}.",
            "Add [[communities.members]] with their email for those who belong; nobody is added by itself.",
        )
    if away:
        yield Finding("ok", f"Members who are not here: {_names([one.name or one.email for one in away])}.")


def _person(person: Person) -> str:
    return f"{person.name} <{person.email}>" if person.email else f"{person.name} ({person.id})"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(sorted(names)[:_MOST]) + more
