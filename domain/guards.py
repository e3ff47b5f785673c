"""What is held for a person's approval: too many deletions, a surge of edits of one field."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from domain.draft import Draft
from domain.fields import FIELDS, same
from domain.plan import EVERYTHING, Absence, Absent, Held, LinkState, Seen


def surging_fields(draft: Draft) -> frozenset[tuple[str, str]]:
    """Return the (space, field) pairs that one space changed on too many of its records at once.

    What a person was asked about, or released, is known and no part of it.
    """
    changed: Counter[tuple[str, str]] = Counter()
    for seen in draft.situation.seen:
        changed.update((seen.space, name) for name in _changed_fields(draft, seen))
    surge, live = draft.situation.policy.surge, draft.situation.live
    return frozenset(
        (space, name) for (space, name), count in changed.items() if surge.exceeded(count, live.get(space, 0))
    )


def _changed_fields(draft: Draft, seen: Seen) -> list[str]:
    link = draft.by_remote.get((seen.space, seen.remote))
    if link is None or link.state is not LinkState.LIVE or (seen.space, link.record) in draft.situation.approved:
        return []
    table, undecided = FIELDS[seen.type], draft.situation.undecided
    return [
        name
        for name, value in seen.view.items()
        if name in link.base
        and not same(table[name], value, link.base[name])
        and (seen.space, link.record, name) not in undecided
    ]


def split_deletions(draft: Draft) -> tuple[list[Absent], list[Held]]:
    """Return the deletions that may go on, and those that a cap or a suddenly empty space holds."""
    passed: list[Absent] = []
    held: list[Held] = []
    for space, absents in _deletions_by_space(draft).items():
        live = draft.situation.live.get(space, 0)
        approved = [absent for absent in absents if _approved(draft, absent)]
        unsure = [absent for absent in absents if absent not in approved and _is_unsure(draft, absent)]
        waiting = [absent for absent in absents if absent not in approved and absent not in unsure]
        within = len(waiting) <= draft.situation.policy.max_deletes.of(live)
        passed += approved + (waiting if within else [])
        held += [_hold_unsure(draft, absent) for absent in unsure]
        held += [] if within else [_hold(draft, absent, len(waiting), live) for absent in waiting]
    return passed, held


def _is_unsure(draft: Draft, absent: Absent) -> bool:
    """Tell whether it may have been made anew or deleted long ago: the store is a restored one, and it lives on."""
    link = draft.by_remote[absent.space, absent.remote]
    gone = {(one.space, one.remote) for one in draft.situation.absent if one.absence is Absence.DELETED}
    return not link.agreed and any((one.space, one.remote) not in gone for one in draft.live_links(link.record))


def _deletions_by_space(draft: Draft) -> Mapping[str, Sequence[Absent]]:
    """Group real deletions; the disappearance of what is only a sign deletes nothing and is not counted."""
    found: dict[str, list[Absent]] = defaultdict(list)
    for absent in draft.situation.absent:
        link = draft.by_remote.get((absent.space, absent.remote))
        if link is None or link.state is not LinkState.LIVE or absent.absence is not Absence.DELETED:
            continue
        if not draft.is_sign(link):
            found[absent.space].append(absent)
    return found


def _approved(draft: Draft, absent: Absent) -> bool:
    record = draft.by_remote[absent.space, absent.remote].record
    return not draft.situation.approved.isdisjoint({(absent.space, record), (absent.space, EVERYTHING)})


def _hold_unsure(draft: Draft, absent: Absent) -> Held:
    record = draft.by_remote[absent.space, absent.remote].record
    return Held(
        absent.space,
        record,
        draft.title(record),
        "restored store",
        f"It is not in {absent.space} any more, and the store was restored from a backup, so nobody knows since when; "
        "approve with `copsync sync --approve RUN` to delete it everywhere.",
    )


def _hold(draft: Draft, absent: Absent, count: int, live: int) -> Held:
    record = draft.by_remote[absent.space, absent.remote].record
    return Held(
        absent.space,
        record,
        draft.title(record),
        "deletions",
        f"{count} of {live} items were deleted in {absent.space} at once, more than the policy allows; "
        f"approve with `copsync sync --approve RUN` {_consequence(draft)}, or restore them in the tool.",
    )


def _consequence(draft: Draft) -> str:
    """Return what would happen elsewhere, in words."""
    return {
        "trash": "to put them into the trash of the other tools",
        "complete": "to complete them in the other tools",
        "keep": "to keep them in the other tools only",
    }[draft.situation.policy.delete]
