"""What it means for copsync when a CalDAV server refuses."""

from __future__ import annotations

from http import HTTPStatus

import httpx

from connectors.caldav.dav import conditions
from connectors.http import HttpRefused
from domain.errors import CopsyncError, Paused, Retriable, SetAside, Stale, Uncertain

UID_TAKEN = "no-uid-conflict"
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_ABOUT_THE_OBJECT = frozenset(
    {
        *("valid-calendar-data", "valid-calendar-object-resource", "supported-calendar-data"),
        *("supported-calendar-component", "max-resource-size", "min-date-time", "max-date-time", "max-instances"),
        *("max-attendees-per-instance",),
    }
)
_RIGHTS = "Give the account of this connection the right to use this collection, or take the space out of copsync.toml."


def read_refusal(wanted: str, refused: HttpRefused) -> CopsyncError:
    """Return what a refused read of a collection means."""
    if refused.status == HTTPStatus.FORBIDDEN:
        return Paused(f"The account may not read “{wanted}” (403).", mend=_RIGHTS)
    if refused.status in _GONE:
        return Paused(
            f"“{wanted}” is no longer there.",
            mend="Restore it on the server, or name another collection in copsync.toml. Nothing is deleted elsewhere.",
        )
    if refused.status in (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED):
        return Paused(
            f"What answers at this address is no CalDAV server ({refused.status}).",
            mend="Set base_url to the CalDAV address of the server; its documentation names it.",
        )
    return Retriable(refused.message, mend=refused.mend)


def write_refusal(wanted: str, title: str, answer: httpx.Response, *, creates: bool) -> CopsyncError:
    """Return what a refused write means for its record."""
    status, named = answer.status_code, conditions(answer.content)
    if status == HTTPStatus.LOCKED:  # Xandikos: a lock of git, which stays when the server was killed
        return Retriable(
            f"“{wanted}” is locked on the server (423).",
            mend="Nothing is lost: the next run tries again. If it stays, look for a lock that the server left when it "
            "was interrupted (Xandikos: .git/index.lock of the collection).",
        )
    if UID_TAKEN in named and creates:
        return Uncertain(f"“{title}” is in “{wanted}” already, under another address.")
    if status == HTTPStatus.PRECONDITION_FAILED or (status in _GONE and not creates):
        return Stale(f"“{title}” changed in “{wanted}” in the meantime.")
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or named & _ABOUT_THE_OBJECT:
        return _set_aside(wanted, title, answer, named)
    return _about_collection(wanted, answer, creates=creates) or _set_aside(wanted, title, answer, named)


def _about_collection(wanted: str, answer: httpx.Response, *, creates: bool) -> Paused | None:
    status = answer.status_code
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        return Paused(f"“{wanted}” is full (507).", mend="Make room on the server, or give the account more.")
    if status in (HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED):
        return Paused(
            f"The account may not change “{wanted}” ({status}).",
            mend="Give it the right to write there, or set read_only = true for this space.",
        )
    if creates and status in {*_GONE, HTTPStatus.CONFLICT}:
        return Paused(f"“{wanted}” is no longer there ({status}).", mend="Restore it, or name another collection.")
    return None


def _set_aside(wanted: str, title: str, answer: httpx.Response, named: frozenset[str]) -> SetAside:
    why = f" {', '.join(sorted(named))}" if named else ""
    return SetAside(
        f"The server does not take “{title}” into “{wanted}” ({answer.status_code}{why}).",
        mend="Correct the item in the tool it comes from; shorten it if it is very long.",
    )
