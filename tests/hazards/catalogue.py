"""The hazards (H) and invariants (I) by number, each in a few words, and which of them a test's name carries."""

from __future__ import annotations

import re
from collections.abc import Mapping

HAZARDS: Mapping[str, str] = {
    "H01": "a tool lists nothing, once",
    "H02": "a tool lists a part that looks complete, once",
    "H03": "killed in the middle of a first sync",
    "H04": "an edit's write fails",
    "H05": "different fields edited in two tools",
    "H06": "one field edited in two tools",
    "H07": "edited in one tool, deleted in another",
    "H08": "both tools hold the same work before the first sync",
    "H09": "a tool that holds less edits something else",
    "H10": "a tool rewrites text",
    "H11": "one field of nearly every item is rewritten",
    "H12": "nothing has changed",
    "H13": "a create is carried out, its answer is lost",
    "H14": "a page comes twice or not at all",
    "H15": "a sync token expires, also in the middle of a run",
    "H16": "an item leaves the project, list or calendar",
    "H17": "access to one space is withdrawn",
    "H18": "two runs of one community at once",
    "H19": "told of a change early, late, twice or out of order",
    "H20": "a tool's clock is a day ahead",
    "H21": "two items swap their titles",
    "H22": "deleted and made again under the same title",
    "H23": "a recurring series is split",
    "H24": "whole days and times across a clock change",
    "H25": "three tools that write text in three ways",
    "H26": "killed at any moment",
    "H27": "the disk is full, or the database gone",
    "H28": "one item that a tool will not take",
    "H29": "a rate limit in the middle",
    "H30": "a token is revoked during a run",
}

INVARIANTS: Mapping[str, str] = {
    "I1": "no value that a person wrote is lost without a trace",
    "I2": "one live item per record and space",
    "I3": "a base is a value that both sides have held",
    "I4": "equal after two rounds, then quiet",
    "I5": "deletions are confirmed, and below the caps",
    "I6": "a read-only space receives no write",
    "I7": "a one-way field never flows back",
    "I8": "what lies outside stays untouched",
    "I9": "requests stay within the budget",
    "I10": "the same seed gives the same trace",
}

CATALOGUE: Mapping[str, str] = {**HAZARDS, **INVARIANTS}

SIMULATED: Mapping[str, tuple[str, ...]] = {
    "H01": ("empty list",),
    "H02": ("truncated list", "short_list"),
    "H04": ("busy", "refused", "refused once", "spurious conflict", "stale"),
    "H13": ("answer lost", "connection cut", "lost_answer"),
    "H14": ("page repeated", "page skipped"),
    "H15": ("cursor expired", "cursor expired in mid-run", "expired"),
    "H17": ("access withdrawn", "archived", "broken off", "unreadable"),
    "H18": ("overtaken",),
    "H19": ("edited during the run", "hint"),
    "H20": ("clocks off",),
    "H26": ("killed", "killed at a commit"),
    "H27": ("commit unconfirmed", "disk full"),
    "H28": ("poisoned items", "refused items", "set_aside"),
    "H29": ("rate limited",),
    "H30": ("token revoked",),
}
"""The faults by which the simulation brings a situation about."""

_NUMBER = re.compile(r"_(h[0-9]{2}|i[0-9]{1,2})(?=_|$)")


def numbers_in(test: str) -> list[str]:
    """Return the entries that a test's name carries, such as `["H03", "H26"]`; its parameters do not count."""
    name = test.partition("[")[0].rpartition("::")[2]
    return [number.upper() for number in _NUMBER.findall(name)]
