"""Looks up what an interrupted run may have sent, before anything new is read or written."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.contract import Lost, Remote
from domain.errors import CopsyncError
from domain.plan import Link, Verb
from domain.values import Fields
from store.journal import Open, Outcome, StepState
from store.leases import Lease
from store.state import Wanted
from store.store import Store
from sync.apply import Clock
from sync.community import BoundSpace, Community
from sync.people import Directory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Settles the open steps of earlier runs of one community."""

    community: Community
    store: Store
    lease: Lease
    clock: Clock
    directory: Directory

    async def settle(self) -> dict[str, CopsyncError]:
        """Look up every create whose outcome is not known, and link what is found.

        Returns:
            The spaces in which this was not possible: nothing must be read or written there, lest an item be
            made twice.
        """
        unsettled: dict[str, CopsyncError] = {}
        outcomes = []
        for step in self.store.unanswered(self.community.id):
            space = next((space for space in self.community.spaces if space.name == step.space), None)
            if space is None or step.space in unsettled:
                continue
            try:
                outcomes.append(await self._look_up(space, step))
            except CopsyncError as problem:
                unsettled[step.space] = problem
        self.store.conclude(self.lease, outcomes, (), self.clock())
        return unsettled

    async def _look_up(self, space: BoundSpace, step: Open) -> Outcome:
        if step.verb != Verb.CREATE:
            return Outcome(step.id, StepState.NOT_SENT, "Looked at again by the next plan.", step.remote)
        found = await space.connector.find(self._lost(space, step))
        fresh = self._not_linked(space.name, found)
        if not fresh:
            return Outcome(step.id, StepState.NOT_SENT, "The tool does not have it; it is planned anew.")
        if len(fresh) > 1:
            log.warning("%s: %d items could be %s; the oldest is taken", space.name, len(fresh), step.record)
        return self._adopt(space, step, min(fresh, key=_age))

    def _lost(self, space: BoundSpace, step: Open) -> Lost:
        view = self.directory.outward(space.name, step.type, step.view)
        parent = view.get("parent")
        if isinstance(parent, str):
            _, links = self.store.load(self.community.id, Wanted(records=[parent]))
            view = {**view, "parent": next((link.remote for link in links if link.space == space.name), None)}
        return Lost(step.type, step.kind, step.record, step.id, view, step.at)

    def _not_linked(self, space: str, found: Sequence[Remote]) -> list[Remote]:
        wanted = Wanted(remotes={space: [remote.id for remote in found]})
        _, links = self.store.load(self.community.id, wanted)
        taken = {link.remote for link in links if link.space == space}
        return [remote for remote in found if remote.id not in taken]

    def _adopt(self, space: BoundSpace, step: Open, remote: Remote) -> Outcome:
        """Take what was sent as the base, so that what a person changed since is taken in as a change."""
        view = self.directory.inward(space.name, remote.type, space.connector.view(remote))
        base = {name: step.view.get(name, value) for name, value in view.items() if name != "parent"}
        link = Link(space.name, step.record, remote.id, "", {**base, **_parent(step.view)})
        return Outcome(step.id, StepState.DONE, "Found again after an interruption.", remote.id, link=link)


def _parent(view: Fields) -> Fields:
    return {"parent": view["parent"]} if view.get("parent") else {}


def _age(remote: Remote) -> float:
    return remote.modified_at.timestamp() if remote.modified_at else 0.0
