"""A base that no longer tells what was agreed: the hub came back to it while the space had missed what lay between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from domain.deliver import wants
from domain.draft import Draft
from domain.fields import FIELDS, Shape
from domain.lens import project
from domain.plan import Link, LinkState
from domain.records import Record

SINGLE = (Shape.SCALAR, Shape.WHEN)


def doubt(draft: Draft, before: Record, after: Record) -> None:
    """Let every space be compared anew in what the hub has taken back before the space was known to receive it.

    By its base alone such a space would be in step, and whatever it shows would count as newer than the hub's value:
    an edit made there before, or copsync's own write whose answer was lost, would overrule whoever took it back.
    """
    for link in draft.links_of(after.id):
        missed = frozenset(_taken_back(draft, before, after, link)) if link.state is LinkState.LIVE else frozenset()
        if missed:
            base = {name: value for name, value in link.base.items() if name not in missed}
            draft.put_link(replace(link, base=base, version=""))


def _taken_back(draft: Draft, before: Record, after: Record, link: Link) -> Iterator[str]:
    """Yield the fields of which a space was to be sent a value that is no longer wanted, and shows the old one."""
    space, table = draft.spaces[link.space], FIELDS[after.type]
    if space.lays_out(after.type, link.base):
        return  # what repeats there is never written, so none of our writes can be on its way
    old, new = (project(after.type, record.fields, space, link.base) for record in (before, after))
    for name in link.base.keys() & new.keys() & old.keys():
        single = table[name].shape in SINGLE and table[name].refers is None
        if single and wants(after.type, link, name, old[name]) and not wants(after.type, link, name, new[name]):
            yield name
