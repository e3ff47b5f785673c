"""What a person released: the held steps of an earlier run."""

from __future__ import annotations

from domain.errors import ConfigProblem
from store import runs
from store.approvals import Approved
from store.store import Store


def approved_in(store: Store, run: str) -> Approved:
    """Return the (space, record) pairs that the run held.

    Raises:
        ConfigProblem: there is no such run, or it held nothing.
    """
    with store.reading() as connection:
        found = runs.one(connection, run)
    if found is None:
        raise ConfigProblem(f"There is no run '{run}'.", mend="`copsync history` lists the runs.")
    held = (found["report"] or {}).get("held", [])
    if not held:
        raise ConfigProblem(f"Run {run} held nothing.", mend="`copsync status` names the run that waits for approval.")
    return frozenset((one["space"], one["record"]) for one in held)
