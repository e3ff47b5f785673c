"""Work side by side that ends together: where one part fails, the others are stopped before it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from domain.errors import CopsyncError

T = TypeVar("T")


async def together(*work: Coroutine[Any, Any, T]) -> list[T]:
    """Return the results in the order of `work`.

    Nothing is left running when a part fails: a lease must not be given back while something is still being sent.

    Raises:
        What the part raised, not a group of errors; of several, copsync's own error.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(part) for part in work]
    except BaseExceptionGroup as failed:
        raise _telling(failed) from failed
    return [task.result() for task in tasks]


def _telling(failed: BaseExceptionGroup[BaseException]) -> BaseException:
    leaf: BaseException = failed.subgroup(CopsyncError) or failed
    while isinstance(leaf, BaseExceptionGroup):
        leaf = leaf.exceptions[0]
    return leaf
