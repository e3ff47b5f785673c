"""Looks up what an interrupted run may have sent, before anything new is read or written."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.contract import Lost, Missing, Remote
from domain.errors import CopsyncError
from domain.plan import Link, LinkState, Verb
from store.journal import Open, Outcome, StepState
from store.leases import Lease
from store.state import Wanted
from store.store import Store
from sync.apply import Clock
from sync.community import BoundSpace, Community
from sync.people import Directory
from sync.send import adopted

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
        if step.verb == Verb.DELETE and step.remote:
            return await self._look_for_deleted(space, step, step.remote)
        if step.verb == Verb.RESTORE and step.remote:
            return await self._look_for_restored(space, step, step.remote)
        if step.verb != Verb.CREATE:
            return Outcome(step.id, StepState.NOT_SENT, "Looked at again by the next plan.", step.remote)
        found = await space.connector.find(self._lost(space, step))
        fresh = self._not_linked(space.name, found)
        if not fresh:
            return Outcome(step.id, StepState.NOT_SENT, "The tool does not have it; it is planned anew.")
        if len(fresh) > 1:
            log.warning("%s: %d items could be %s; the oldest is taken", space.name, len(fresh), step.record)
        return self._adopt(space, step, min(fresh, key=_age))

    async def _look_for_deleted(self, space: BoundSpace, step: Open, remote: str) -> Outcome:
        """Tell our own deletion from a person's, who might have meant something else by it."""
        found = await space.connector.fetch(step.type, remote)
        if found is not Missing.GONE:
            return Outcome(step.id, StepState.NOT_SENT, "It is still there; the next plan decides anew.", remote)
        link = self._link(space, step, remote)
        gone = replace(link, state=LinkState.GONE) if link else None
        return Outcome(step.id, StepState.DONE, "It had been deleted before the interruption.", remote, link=gone)

    async def _look_for_restored(self, space: BoundSpace, step: Open, remote: str) -> Outcome:
        """Take note of what came back; compared anew, as nobody knows what it looks like."""
        found, link = await space.connector.fetch(step.type, remote), self._link(space, step, remote)
        if not isinstance(found, Remote) or link is None:
            return Outcome(step.id, StepState.NOT_SENT, "It is not back; the next plan decides anew.", remote)
        back = replace(link, state=LinkState.LIVE, version="")
        return Outcome(step.id, StepState.DONE, "It had come back before the interruption.", remote, link=back)

    def _link(self, space: BoundSpace, step: Open, remote: str) -> Link | None:
        _, links = self.store.load(self.community.id, Wanted(records=[step.record]))
        return next((link for link in links if link.space == space.name and link.remote == remote), None)

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
        view = self.directory.inward(space.name, remote.type, space.connector.view(remote))
        parent = step.view.get("parent")
        view = {name: parent if name == "parent" else value for name, value in view.items()}
        link = adopted(space.name, step.record, remote, step.view, view)
        return Outcome(step.id, StepState.DONE, "Found again after an interruption.", remote.id, link=link)


def _age(remote: Remote) -> float:
    return remote.modified_at.timestamp() if remote.modified_at else 0.0
