"""Remembers whether the one JSON document of a call was printed, so that an error does not add a second one."""

from __future__ import annotations


class Answers:
    """The state of the present call."""

    given = False
