"""Whose calendar a space is: that of a mailbox, or that of a Microsoft 365 group."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Owner:
    """A mailbox (by address or id) or a group (by id), as the paths of Graph name it."""

    id: str
    is_group: bool = False

    def __str__(self) -> str:
        return f"the group {self.id}" if self.is_group else self.id
