"""Microsoft 365 groups: the calendar behind a team, for signed-in members only.

Outlook puts the group and whoever makes an event among its attendees, asked or not (microsoft-graph-docs, issue 315;
Update group event shows it, Create event does not). What goes to the group goes to those who follow it by mail.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.microsoft365.errors import GraphError
from sandbox.microsoft365.mailbox import Mailbox
from sandbox.microsoft365.teams import Team

_READS = frozenset({"Group.Read.All", "Group.ReadWrite.All"})
_WRITES = frozenset({"Group.ReadWrite.All"})


@dataclass
class Group:
    """A group with its calendar.

    Attributes:
        team: its members, and the team's channels.
        mailbox: holds the calendar; it is reached by the group's path only.
        subscribes: new members are made to follow the group.
        followers: addresses of those who follow it in their inbox.
        names_attendees: whether the group and the maker stand among the attendees of each event.
        read_only: members may not write (Set-UnifiedGroup -CalendarMemberReadOnly).
    """

    team: Team
    mailbox: Mailbox
    subscribes: bool = False
    followers: set[str] = field(default_factory=set)
    names_attendees: bool = True
    read_only: bool = False

    @property
    def id(self) -> str:
        """The group's id, which is the team's as well."""
        return self.team.id

    def admit(self, person: str, *, writes: bool) -> None:
        """Let a member in, or refuse; an administrator who is no member is refused, too."""
        if person.lower() not in self.team.members or (writes and self.read_only):
            raise denied()

    def attendees(self, given: Iterable[dict[str, Any]], maker: str) -> list[dict[str, Any]]:
        """Return the attendees of a new event with those whom Outlook adds."""
        sent = list(given)
        if not self.names_attendees:
            return sent
        known = {str(one.get("emailAddress", {}).get("address", "")).lower() for one in sent}
        named = {self.mailbox.address: self.mailbox.name, maker: self.team.members[maker.lower()]}
        added = [_attendee(address, name) for address, name in named.items() if address.lower() not in known]
        return [*sent, *added]

    def told(self, addresses: Iterable[str], maker: str) -> set[str]:
        """Return who gets mail of an event with these attendees: the group's followers in place of the group."""
        found = {address.lower() for address in addresses}
        followers = {one.lower() for one in self.followers} if self.mailbox.address.lower() in found else set()
        return (found | followers) - {self.mailbox.address.lower(), maker.lower()}

    def answer(self) -> dict[str, Any]:
        """Return the group resource; `autoSubscribeNewMembers` is shown only to those who select it."""
        return {
            "id": self.id,
            "displayName": self.mailbox.name,
            "mail": self.mailbox.address,
            "mailEnabled": True,
            "securityEnabled": False,
            "groupTypes": ["Unified"],
            "proxyAddresses": [f"SMTP:{self.mailbox.address}"],
            "visibility": "Private",
            "autoSubscribeNewMembers": self.subscribes,
        }


def check_scopes(user: str | None, scopes: frozenset[str] | None, *, writes: bool) -> str:
    """Return who asks, or refuse: an app by itself always, a person who allowed too little as well."""
    wanted = _WRITES if writes else _READS
    if user is None or (scopes is not None and not scopes & wanted):
        raise denied()
    return user


def denied() -> GraphError:
    """Return the 403 that Exchange gives for a calendar that the sign-in may not use."""
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def _attendee(address: str, name: str) -> dict[str, Any]:
    return {"type": "required", "emailAddress": {"name": name, "address": address}}
