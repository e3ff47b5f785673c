"""Leave to write: whoever sends a connector's requests asks for it at the last moment."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar


def _always() -> None:
    """Let every write leave."""


MAY_WRITE: ContextVar[Callable[[], None]] = ContextVar("copsync_may_write", default=_always)
"""Called right before a write leaves, after every wait for the tool's pace; what it raises ends the write, unsent.

A run sets it, so that a process that was suspended, and replaced meanwhile, does not go on where it stopped.
"""
