"""Looks up what an interrupted run may have sent, before anything new is read or written."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from connectors.contract import Lost, Missing, Remote
from domain.errors import CopsyncError, Locked, Retriable, SetAside, StoreProblem
from domain.fields import FIELDS, same
from domain.plan import Link, LinkState, Verb
from domain.values import Fields, Value
from store.journal import Open, Outcome, StepState
from store.leases import Lease
from store.state import Wanted
from store.store import Store
from sync.apply import Clock
from sync.community import BoundSpace, Community
from sync.lookup import Sought, assign
from sync.people import Directory
from sync.send import adopted
from sync.together import together

log = logging.getLogger(__name__)

AT_ONCE = 8

T = TypeVar("T")


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
        by_space: dict[str, list[Open]] = defaultdict(list)
        for step in self.store.unanswered(self.community.id):
            by_space[step.space].append(step)
        unsettled: dict[str, CopsyncError] = {}
        settled = [
            self._settle_space(space, by_space[space.name], unsettled)
            for space in self.community.spaces
            if space.name in by_space
        ]
        outcomes = [outcome for some in await together(*settled) for outcome in some]
        self.store.conclude(self.lease, outcomes, (), self.clock())
        return unsettled

    async def _settle_space(
        self, space: BoundSpace, steps: Sequence[Open], unsettled: dict[str, CopsyncError]
    ) -> list[Outcome]:
        creates = [step for step in steps if step.verb == Verb.CREATE]
        others = [step for step in steps if step.verb != Verb.CREATE]
        try:
            return [
                *await self._look_for_made(space, creates),
                *await _bounded([self._look_up(space, step) for step in others]),
            ]
        except (StoreProblem, Locked):
            raise
        except CopsyncError as problem:
            unsettled[space.name] = problem
        except Exception as bug:
            log.exception("%s: what an interrupted run sent could not be looked up", space.name)
            unsettled[space.name] = Retriable(
                f"{type(bug).__name__} while looking up what an interrupted run sent to {space.name}.",
                mend="Please report this; until it is mended nothing is written there, so that nothing is doubled.",
            )
        return []

    async def _look_up(self, space: BoundSpace, step: Open) -> Outcome:
        if step.verb == Verb.DELETE and step.remote:
            return await self._look_for_deleted(space, step, step.remote)
        if step.verb == Verb.RESTORE and step.remote:
            return await self._look_for_restored(space, step, step.remote)
        if step.remote:
            return await self._look_for_changed(space, step, step.remote)
        return Outcome(step.id, StepState.NOT_SENT, "Looked at again by the next plan.", step.remote)

    async def _look_for_made(self, space: BoundSpace, steps: Sequence[Open]) -> list[Outcome]:
        """Look for all of them before any is taken: one title may have been used several times."""
        sought = await _bounded([self._seek(space, step) for step in steps])
        remotes = {remote.id for one in sought for remote, _ in one.found}
        _, links = self.store.load(self.community.id, Wanted(remotes={space.name: sorted(remotes)}))
        assigned = assign(sought, {link.remote for link in links if link.space == space.name})
        return [_made(step, *assigned[step.id]) if step.id in assigned else _not_made(step) for step in steps]

    async def _seek(self, space: BoundSpace, step: Open) -> Sought:
        found = await space.connector.find(self._lost(space, step))
        return Sought(step.id, step.view, [(remote, self._view(space, step, remote)) for remote in found])

    def _view(self, space: BoundSpace, step: Open, remote: Remote) -> Fields:
        """Return what was found in canonical references, and nothing of it where it cannot be understood.

        It was looked for below its parent.
        """
        try:
            view = self.directory.inward(space.name, remote.type, space.connector.view(remote))
        except SetAside:
            return {}
        return {name: step.view.get(name) if name == "parent" else value for name, value in view.items()}

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

    async def _look_for_changed(self, space: BoundSpace, step: Open, remote: str) -> Outcome:
        """Take what shows just as it was sent for our own, lest it be taken for a person's who wrote the same.

        What shows otherwise is compared by the next plan: the write did not arrive, or somebody changed it since.
        """
        link, shown = self._link(space, step, remote), await self._shown(space, step, remote)
        arrived = {name: value for name, value in shown.items() if link and _arrived(step, link, name, value)}
        if link is None or not arrived:
            return Outcome(step.id, StepState.NOT_SENT, "Looked at again by the next plan.", remote)
        sent = {name: value for name, value in link.sent.items() if name not in arrived}
        link = replace(link, base={**link.base, **arrived}, sent=sent)
        return Outcome(step.id, StepState.DONE, "It had arrived before the interruption.", remote, link=link)

    async def _shown(self, space: BoundSpace, step: Open, remote: str) -> Fields:
        try:
            found = await space.connector.fetch(step.type, remote)
        except SetAside:
            return {}
        return self._view(space, step, found) if isinstance(found, Remote) else {}

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


async def _bounded(work: Sequence[Awaitable[T]]) -> list[T]:
    """Wait for all of it, a few at once; the first problem is raised when the others are done."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def seated(one: Awaitable[T]) -> T:
        async with seats:
            return await one

    results = await asyncio.gather(*map(seated, work), return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result for result in results if not isinstance(result, BaseException)]


def _arrived(step: Open, link: Link, name: str, value: Value) -> bool:
    """Tell whether a field shows what was sent, and not what was there before; where an item lies is read by itself."""
    spec = FIELDS[step.type][name]
    if name == "parent" or name not in step.view or not same(spec, step.view[name], value):
        return False
    return name not in link.base or not same(spec, link.base[name], value)


def _made(step: Open, remote: Remote, view: Fields) -> Outcome:
    link = adopted(step.space, step.record, remote, step.view, view)
    return Outcome(step.id, StepState.DONE, "Found again after an interruption.", remote.id, link=link)


def _not_made(step: Open) -> Outcome:
    return Outcome(step.id, StepState.NOT_SENT, "The tool does not have it; it is planned anew.")
