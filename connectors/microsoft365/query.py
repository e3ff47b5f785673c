"""OData options of a listing, apart from the SDK so that asking for them costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """What to list: the properties, at most `top` rows a page, those that pass the filter."""

    select: Sequence[str]
    top: int
    expand: str | None = None
    filter: str | None = None
    count: bool = False
