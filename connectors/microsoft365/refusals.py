"""What Graph's refusals mean for a record or a space, in words an admin understands."""

from __future__ import annotations

from http import HTTPStatus

from connectors.http import HttpRefused
from connectors.microsoft365.options import SpaceOptions
from domain.errors import CopsyncError, Paused, Retriable, SetAside, Stale

_NO_MAILBOX = frozenset(
    {"MailboxNotEnabledForRESTAPI", "MailboxNotSupportedForRESTAPI", "ErrorNonExistentMailbox", "ErrorMailboxInactive"}
)
_NO_USER = frozenset({"ErrorInvalidUser", "Request_ResourceNotFound", "ResourceNotFound", "UserNotFound"})
_PASSING = frozenset({"ErrorMailboxMoveInProgress", "ErrorMailboxStoreUnavailable", "ErrorServerBusy"})
_FULL = "ErrorQuotaExceeded"
_MALFORMED = "ErrorInvalidIdMalformed"
_MOVED = "ErrorIrresolvableConflict"

PERMISSION = (
    "Ask an Exchange administrator to give the app the role “Application Calendars.ReadWrite” for this mailbox "
    "(New-ManagementRoleAssignment -App … -Role 'Application Calendars.ReadWrite' -CustomResourceScope …, see "
    "docs/connectors/microsoft365.md) and to check it with Test-ServicePrincipalAuthorization. It can take up to two "
    "hours until Exchange goes by it."
)
_GROUPS = (
    "If this is the address of a Microsoft 365 group or a team: apps cannot use a group's calendar; make a shared "
    "mailbox for the community instead, or name the group's id as `group` with a connection that signs in as a "
    "service user."
)
_ALTERNATIVE = (
    "Or give the community a shared mailbox, name it as `mailbox` with a connection that signs in as an app, and share "
    "its calendar with the group."
)
MEMBERSHIP = (
    "Make the service user a member of the group (an administrator who is none is refused, too), see that the "
    'connection has `uses = ["group-calendars"]` and that an Entra administrator consented to its permissions, and '
    "run `copsync connect` for it again (docs/connectors/microsoft365.md). A token of an app by itself is always "
    f"refused. {_ALTERNATIVE}"
)
_GROUP_AS_USER = "ErrorGroupIsUsedInNonGroupURI"


def is_no_mailbox(refused: HttpRefused) -> bool:
    """Tell whether a refusal is about the whole mailbox or group, and not about one event in it."""
    return refused.code in _NO_MAILBOX | _NO_USER


def is_not_there(refused: HttpRefused) -> bool:
    """Tell whether a mailbox that is there says that it does not have this one item."""
    return refused.status == HTTPStatus.NOT_FOUND and not is_no_mailbox(refused)


def has_moved(refused: HttpRefused) -> bool:
    """Tell whether an event is of another version than a write presumes."""
    return refused.status == HTTPStatus.PRECONDITION_FAILED or refused.code == _MOVED


def is_unreadable_id(refused: HttpRefused) -> bool:
    """Tell whether an id is none of this mailbox's."""
    return refused.code == _MALFORMED


def read_refusal(options: SpaceOptions, refused: HttpRefused) -> CopsyncError:
    """Return what a refused read of a calendar means."""
    return _about_owner(options, refused) or _about_calendar(options, refused) or Retriable(refused.message)


def create_refusal(options: SpaceOptions, refused: HttpRefused, title: str) -> CopsyncError:
    """Return what a refused create means for its record: what is missing then is the calendar."""
    missing = _about_calendar(options, refused) if is_not_there(refused) else None
    return missing or write_refusal(options, refused, title)


def write_refusal(options: SpaceOptions, refused: HttpRefused, title: str) -> CopsyncError:
    """Return what a refused change or deletion means for its record."""
    if has_moved(refused):
        return Stale(f"“{title}” changed in Outlook in the meantime.")
    problem = _about_owner(options, refused)
    if problem is not None:
        return problem
    if refused.status == HTTPStatus.NOT_FOUND:
        return Stale(f"“{title}” is no longer in Outlook where it was.")
    return SetAside(
        f"Outlook refuses “{title}” ({refused.status}{f' {refused.code}' if refused.code else ''}).",
        mend="Correct the item in the tool it comes from; Microsoft's words say what it does not take.",
        words=refused.words,
    )


def would_mail(invited: int, title: str) -> SetAside:
    """Return why an event is not changed to which people are invited: Outlook writes to them at every change."""
    people = "1 person is" if invited == 1 else f"{invited} people are"
    return SetAside(
        f"{people} invited to “{title}”, and Outlook would write an e-mail at every change.",
        mend="Make this change in Outlook by hand, or set mail_attendees = true for this space in copsync.toml.",
    )


def would_tell_followers(group: str) -> Paused:
    """Return why nothing is written to a group whose members follow it without having asked for it."""
    return Paused(
        f"New members of {group} are made to follow it in their inbox, and Outlook would send them every event.",
        mend="Switch that off in the group's settings (Outlook: *Members will receive all group conversations and "
        "events*; or Set-UnifiedGroup … -AutoSubscribeNewMembers:$false), or set mail_attendees = true for this space.",
    )


def _about_owner(options: SpaceOptions, refused: HttpRefused) -> CopsyncError | None:
    problem = _about_group(options, refused) if options.group else _about_mailbox(options, refused)
    if problem is not None:
        return problem
    if refused.status == HTTPStatus.INSUFFICIENT_STORAGE or refused.code == _FULL:
        what = f"The mailbox of {options.owner}" if options.group else f"The mailbox {options.mailbox}"
        return Paused(f"{what} is full.", mend="Make room in it, or give it more.")
    return Retriable(refused.message) if refused.code in _PASSING else None


def _about_group(options: SpaceOptions, refused: HttpRefused) -> Paused | None:
    if refused.status == HTTPStatus.FORBIDDEN:
        words = f"This sign-in may not do this in the calendar of {options.owner} ({refused.code or 403})."
        return Paused(words, mend=MEMBERSHIP)
    if refused.code in _NO_USER:
        return _no_group(options)
    if refused.code in _NO_MAILBOX:
        return Paused(
            f"The group {options.group} has no calendar in Exchange Online.",
            mend="Name a Microsoft 365 group that Outlook shows (no security group, none of Viva Engage). "
            f"{_ALTERNATIVE}",
        )
    return None


def _no_group(options: SpaceOptions) -> Paused:
    return Paused(
        f"There is no group {options.group}, or it was deleted.",
        mend="Restore it within 30 days (Entra admin centre: Groups, *Deleted groups*), or correct `group`: the "
        "group's object id, or the team's link.",
    )


def _about_mailbox(options: SpaceOptions, refused: HttpRefused) -> Paused | None:
    mailbox = options.mailbox
    if refused.code == _GROUP_AS_USER:
        return Paused(f"{mailbox} is a Microsoft 365 group and no mailbox.", mend=_GROUPS)
    if refused.code in _NO_USER:
        return Paused(f"Microsoft 365 knows no mailbox {mailbox}.", mend=f"Check `mailbox`. {_GROUPS}")
    if refused.code in _NO_MAILBOX:
        return Paused(
            f"{mailbox} is somebody in the directory, but has no mailbox in Exchange Online.",
            mend=f"Give it a mailbox (a shared one needs no licence), or name another one. {_GROUPS}",
        )
    if refused.status == HTTPStatus.FORBIDDEN:
        return Paused(f"The app may not do this in the mailbox {mailbox} ({refused.code or 403}).", mend=PERMISSION)
    return None


def _about_calendar(options: SpaceOptions, refused: HttpRefused) -> Paused | None:
    if refused.status != HTTPStatus.NOT_FOUND and refused.code != _MALFORMED:
        return None
    if options.group is not None:
        return _no_group(options)
    name = f"The calendar “{options.calendar}”" if options.calendar else "The calendar"
    return Paused(
        f"{name} of the mailbox {options.mailbox} is no longer there.",
        mend="Restore it in Outlook, or set `calendar` to another one of its calendars.",
    )
