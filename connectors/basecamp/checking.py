"""What an admin must mend before a connection or a space can be used."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from connectors.basecamp.account import Account
from connectors.basecamp.container import problems_of
from connectors.basecamp.items import Row, is_recurring
from connectors.basecamp.options import SpaceOptions
from connectors.basecamp.space import Space
from connectors.basecamp.texts import fold
from connectors.contract import Finding
from connectors.http import HttpRefused
from domain.errors import CopsyncError


async def check_account(account: Account) -> Sequence[Finding]:
    """Try the token and say as whom it acts."""
    try:
        me = await account.me()
    except HttpRefused as refused:
        return [_no_account(refused)]
    except CopsyncError as error:
        return [Finding("error", error.message, error.mend)]
    return [Finding("ok", f"Signed in to Basecamp as {me.get('name')}."), *_rights(me)]


async def check_space(space: Space) -> Sequence[Finding]:
    """Read the project and its tools, and say what is left out."""
    try:
        status, row = await space.client.read_anew("projects", space.options.project)
        problems = problems_of(status, row, space.options)
        if problems:
            return problems
        found = [
            Finding("ok", f"The Basecamp project “{row.get('name')}” can be read."),
            *_client_user(await space.account.me()),
        ]
        return [*found, *await _lists(space), *await _recurring(space)]
    except CopsyncError as error:
        return [Finding("error", error.message, error.mend)]


def _no_account(refused: HttpRefused) -> Finding:
    reason = refused.headers.get("reason")
    if reason:
        return Finding(
            "error",
            f"This Basecamp account cannot be used: {reason}.",
            "Reactivate the account in Basecamp, or remove its connection from copsync.toml.",
        )
    if refused.status in (HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN):
        return Finding(
            "error",
            "Basecamp does not show this account to the user of the token.",
            "Check the account number at the end of `base_url`: it is the number after 3.basecamp.com/ in the "
            "address of any page of yours.",
        )
    return Finding("error", refused.message, refused.mend)


def _rights(me: Row) -> Sequence[Finding]:
    if me.get("admin") or me.get("owner"):
        return []
    return [
        Finding(
            "warning",
            f"{me.get('name')} is no administrator in Basecamp, so Basecamp hides people's e-mail addresses and "
            "members cannot be matched by them.",
            "Make this user an administrator of the Basecamp account, or name each member's Basecamp id in "
            'copsync.toml, as in `basecamp = "1049715914"` under [[communities.members]].',
        )
    ]


def _client_user(me: Row) -> Sequence[Finding]:
    if not me.get("client"):
        return []
    return [
        Finding(
            "warning",
            f"{me.get('name')} is a client in Basecamp and sees only what is shared with clients.",
            "Use the token of somebody on the team, best of a user made for copsync.",
        )
    ]


async def _lists(space: Space) -> Sequence[Finding]:
    places = await space.lists.read_index()
    options: SpaceOptions = space.options
    names = {fold(place.name or "") for place in places}
    new = [name for name in (options.deadlines, options.default_list) if fold(name) not in names]
    if not new:
        return []
    listed = " and ".join(f"“{name}”" for name in new)
    return [Finding("ok", f"There is no to-do list {listed} yet; it is made when something belongs into it.")]


async def _recurring(space: Space) -> Sequence[Finding]:
    schedule = (await space.container.scope()).schedule
    if schedule is None:
        return []
    entries = await space.client.entries(schedule).rows()
    count = sum(is_recurring(row) for row in entries)
    if not count:
        return []
    return [
        Finding(
            "ok",
            f"{count} repeating schedule {'entry is' if count == 1 else 'entries are'} read as series. Basecamp lets "
            "only people change them: where one is changed in another tool, single entries take its place, and one "
            "with comments waits for your approval.",
        )
    ]
