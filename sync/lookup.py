"""Which of a tool's items is the one whose creation was not confirmed: each is taken once, the most alike first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import Remote
from domain.fields import FIELDS, same
from domain.values import Fields


@dataclass(frozen=True, slots=True)
class Sought:
    """A create whose answer was lost: what was sent, and what the tool has that could be it.

    `found` maps the remotes to their views; all references are records.
    """

    id: str
    view: Fields
    found: Sequence[tuple[Remote, Fields]]


def assign(sought: Sequence[Sought], taken: Collection[str]) -> Mapping[str, tuple[Remote, Fields]]:
    """Give each create the item that is most like it, of equal ones the oldest; none twice, and none of `taken`.

    People use one title again and again, so that a tool can have several items that look like one create.

    Returns:
        Items by the id of the create; creates of which the tool has nothing are missing.
    """
    pairs = [(one, item) for one in sought for item in one.found if item[0].id not in taken]
    assigned: dict[str, tuple[Remote, Fields]] = {}
    used: set[str] = set()
    for one, item in sorted(pairs, key=lambda pair: (-_likeness(*pair), _age(pair[1][0]), pair[0].id)):
        if one.id not in assigned and item[0].id not in used:
            assigned[one.id] = item
            used.add(item[0].id)
    return assigned


def _likeness(sought: Sought, item: tuple[Remote, Fields]) -> int:
    remote, view = item
    table = FIELDS[remote.type]
    return sum(name in view and same(table[name], value, view[name]) for name, value in sought.view.items())


def _age(remote: Remote) -> float:
    return remote.modified_at.timestamp() if remote.modified_at else 0.0
