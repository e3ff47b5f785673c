"""What Basecamp's refusals mean for a record or a space."""

from __future__ import annotations

from http import HTTPStatus

from connectors.basecamp.container import Container
from connectors.http import HttpRefused
from domain.errors import CopsyncError, Paused, Retriable, SetAside, Stale

_HIDDEN = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


async def read_refusal(container: Container, refused: HttpRefused) -> CopsyncError:
    """Return what a refused read means for the caller.

    Raises:
        Paused: the project itself cannot be used any more.
    """
    if refused.status in _HIDDEN:
        await container.reach()
    return Retriable(refused.message)


async def write_refusal(container: Container, refused: HttpRefused, title: str) -> CopsyncError:
    """Return what a refused write means for its record.

    Raises:
        Paused: the project itself cannot be used any more.
    """
    if refused.status in _HIDDEN:
        await container.reach()
    if refused.status == HTTPStatus.NOT_FOUND:
        return Stale(f"“{title}” is no longer in Basecamp where it was.")
    if refused.status == HTTPStatus.INSUFFICIENT_STORAGE:
        return Paused(
            f"The plan of this Basecamp account is full: {refused.message}",
            mend="Make room in Basecamp or upgrade its plan.",
        )
    if refused.status == HTTPStatus.FORBIDDEN:
        mend = "Let the user of this connection change it in Basecamp, or leave it to be changed by hand."
    elif refused.status == HTTPStatus.FOUND:
        return SetAside(
            f"“{title}” repeats in Basecamp, and Basecamp does not let programs change repeating entries.",
            mend="Change it in Basecamp by hand.",
        )
    else:
        mend = "Correct the item in the tool it comes from; Basecamp's words say what it does not take."
    return SetAside(f"Basecamp refuses “{title}” ({refused.status}).", mend=mend, words=refused.words)
