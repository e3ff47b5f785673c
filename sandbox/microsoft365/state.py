"""The state of the stand-in: who exists, who may do what, and the switches of a test or a demo."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from sandbox.microsoft365.delta import DeltaBook
from sandbox.microsoft365.errors import GraphError
from sandbox.microsoft365.groups import Group
from sandbox.microsoft365.mailbox import Calendar, Invitation, Mailbox
from sandbox.microsoft365.teams import TeamsBook
from sandbox.microsoft365.zones import windows_name


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Token:
    """A bearer token.

    Attributes:
        mailboxes: ids of the mailboxes it may use; None for all.
        user: address of the signed-in person; None for an app on its own.
        scopes: what the person allowed; None for everything.
        withdrawn: ids of mailboxes it may no longer use.
    """

    mailboxes: set[str] | None
    user: str | None
    scopes: frozenset[str] | None = None
    withdrawn: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        return f"Token(user={self.user!r})"

    def may_use(self, mailbox: Mailbox) -> bool:
        """Tell whether the token's roles cover a mailbox."""
        return mailbox.id not in self.withdrawn and (self.mailboxes is None or mailbox.id in self.mailboxes)


class GraphState:
    """Everything the stand-in knows, in memory.

    Args:
        now: the service's clock; must return aware datetimes.
        base_url: address to use in links, with or without ``/v1.0``; the request's own host if empty.

    Attributes:
        rate_limit: requests per token and mailbox in ``rate_window_s`` seconds, then 429; None for no limit.
        rate_window_s: length of that window by the service's clock.
        at_once: requests of one token in one mailbox at the same time, then 429 MailboxConcurrency.
        latency_s: how long each request takes at least, so that requests can overlap.
        duplicate_status: answer to a transactionId used before: 400 or 409 with
            ErrorDuplicateTransactionId; or 201 with the event of before if the body is the same, too.
        events_in_all_calendars: whether ``/users/{id}/events`` lists every calendar of the mailbox; the
            sources disagree, so a client must not rely on either.
        delta_tokens_valid: False answers 410 SyncStateNotFound to every delta and skip token.
        delta_noise: an empty first page and repeated entries in delta rounds.
        delta_endless: the fault of serving one page for ever, each time with a new nextLink.
        if_match_in_groups: whether a stale If-Match is refused for events of groups; no source says.
        transactions_in_groups: whether a transactionId keeps a group's event from being made twice; likewise.
        groups: groups with a calendar, by id.
        teams: the teams, their channels and what is written there.
        invitations: mail that would have gone out to attendees.
        requests: method, path and status of each answered request.
        peak_at_once: the most requests seen at the same time for one token in one mailbox.
    """

    def __init__(self, *, now: Callable[[], datetime] = _utc_now, base_url: str = "") -> None:
        self.now = now
        self.base_url = base_url.rstrip("/").removesuffix("/v1.0")
        self.rate_limit: int | None = None
        self.rate_window_s = 600.0
        self.at_once = 4
        self.latency_s = 0.0
        self.duplicate_status: Literal[201, 400, 409] = 400
        self.events_in_all_calendars = False
        self.delta_tokens_valid = True
        self.delta_noise = False
        self.delta_endless = False
        self.if_match_in_groups = True
        self.transactions_in_groups = True
        self.invitations: list[Invitation] = []
        self.requests: list[tuple[str, str, int]] = []
        self.peak_at_once = 0
        self.delta = DeltaBook()
        self.teams = TeamsBook(lambda: self.now())
        self.mailboxes: dict[str, Mailbox] = {}
        self.groups: dict[str, Group] = {}
        self._tokens: dict[str, Token] = {}

    def add_mailbox(
        self,
        address: str,
        name: str,
        *,
        time_zone: str = "W. Europe Standard Time",
        online_meetings: bool = True,
    ) -> str:
        """Add a mailbox with its default calendar "Calendar".

        Args:
            address: SMTP address and user principal name.
            name: display name.
            time_zone: Windows or IANA name; its settings tell the Windows name.
            online_meetings: False for a shared mailbox without a licence for Teams.

        Returns:
            The user's id in the directory.
        """
        mailbox = Mailbox(address, name, windows_name(time_zone), online_meetings=online_meetings)
        mailbox.add_calendar("Calendar")
        self.mailboxes[mailbox.id] = mailbox
        return mailbox.id

    def add_group(self, address: str, name: str, members: dict[str, str]) -> Group:
        """Add a group with its team and its calendar.

        Args:
            address: its mail address; no mailbox is found by it.
            name: display name.
            members: their names by address.
        """
        team = self.teams.add_team(name, members)
        mailbox = Mailbox(address, name, windows_name("W. Europe Standard Time"))
        mailbox.id = team.id
        mailbox.add_calendar("Calendar")
        self.groups[team.id] = Group(team, mailbox)
        return self.groups[team.id]

    def remove_group(self, group: Group) -> None:
        """Delete a group with all that belongs to it."""
        del self.groups[group.id], self.teams.teams[group.id]

    def add_user(self, address: str, name: str) -> str:
        """Add someone to the directory who has no mailbox, and return the user's id."""
        user_id = self.add_mailbox(address, name)
        self.mailboxes[user_id].enabled = False
        return user_id

    def add_calendar(self, mailbox: str, name: str) -> str:
        """Add a calendar to a mailbox, given by address or id, and return the calendar's id."""
        owner = self.mailbox(mailbox)
        return owner.calendar_id(owner.add_calendar(name))

    def add_token(
        self,
        token: str,
        *,
        mailboxes: set[str] | None = None,
        user: str | None = None,
        scopes: frozenset[str] | None = None,
    ) -> None:
        """Let a bearer token in.

        Args:
            token: its text.
            mailboxes: addresses it may use; None for all, as Entra's application permissions do.
            user: address of the person who signed in; None for an app on its own.
            scopes: what that person allowed; None for everything.
        """
        allowed = None if mailboxes is None else {self.mailbox(address).id for address in mailboxes}
        self._tokens[token] = Token(allowed, user, scopes)

    def withdraw(self, mailbox: str, token: str) -> None:
        """Take a mailbox away from a token: from now on 403 ErrorAccessDenied there."""
        self._tokens[token].withdrawn.add(self.mailbox(mailbox).id)

    def grant(self, mailbox: str, token: str) -> None:
        """Give a mailbox (back) to a token."""
        allowed, found = self._tokens[token], self.mailbox(mailbox).id
        allowed.withdrawn.discard(found)
        if allowed.mailboxes is not None:
            allowed.mailboxes.add(found)

    def revoke_token(self, token: str) -> None:
        """Make a token worthless: from now on 401."""
        self._tokens.pop(token, None)

    def forget_delta_tokens(self) -> None:
        """Drop the sync state of every delta token handed out so far: 410 for them, new ones work."""
        self.delta.forget()

    def token(self, text: str) -> Token | None:
        """Return what a bearer token stands for, or None."""
        return self._tokens.get(text)

    def find_mailbox(self, user: str) -> Mailbox | None:
        """Return a mailbox by id or address (without case), or None."""
        found = self.mailboxes.get(user.lower())
        return found or next((box for box in self.mailboxes.values() if box.address.lower() == user.lower()), None)

    def group(self, group: str) -> Group:
        """Return a group with a calendar, or refuse with Graph's 404."""
        found = self.groups.get(group.lower())
        if found is None and group.lower() in self.teams.teams:
            raise GraphError(404, "MailboxNotEnabledForRESTAPI", "The group has no mailbox.")
        if found is None:
            raise GraphError(404, "Request_ResourceNotFound", f"Resource '{group}' does not exist.")
        return found

    def mailbox(self, user: str) -> Mailbox:
        """Return a mailbox by id or address, or refuse with Graph's 404."""
        found = self.find_mailbox(user)
        if found is None:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{user}' is invalid.")
        return found

    def default_calendar(self, mailbox: str) -> str:
        """Return the id of a mailbox's default calendar."""
        owner = self.mailbox(mailbox)
        return owner.calendar_id(owner.default_calendar)

    def listed(self, mailbox: Mailbox, calendar: Calendar | None) -> set[int]:
        """Return the numbers of the calendars that a listing covers; None is the mailbox itself."""
        if calendar is None and self.events_in_all_calendars:
            return set(mailbox.calendars)
        return {(calendar or mailbox.default_calendar).number}
