"""Mailboxes and their calendars."""

import hashlib
import uuid
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sandbox.microsoft365.errors import GraphError, not_found
from sandbox.microsoft365.ids import IdBook, Key
from sandbox.microsoft365.items import Event, Item, item_of

_UID_HEAD = "040000008200E00074C5B7101A82E008"


@dataclass
class Calendar:
    """One calendar folder."""

    number: int
    name: str
    version: int
    color: str = "auto"


@dataclass
class Mailbox:
    """A person or shared mailbox of the directory.

    Attributes:
        address: SMTP address, as it was registered; compared without case.
        enabled: False for someone in the directory who has no mailbox.
        online_meetings: whether Teams meetings are allowed, which takes a licence.
        calendars: by number; the first one is the default calendar.
        deleted: what lies in Deleted Items, with the change counter of its deletion.
        transactions: number of the event by transactionId; outlives the event.
    """

    address: str
    name: str
    time_zone: str
    enabled: bool = True
    online_meetings: bool = True
    calendars: dict[int, Calendar] = field(default_factory=dict)
    events: dict[int, Event] = field(default_factory=dict)
    deleted: dict[int, tuple[int, Event]] = field(default_factory=dict)
    transactions: dict[str, int] = field(default_factory=dict)
    counter: int = 0
    last_number: int = 0

    def __post_init__(self) -> None:
        self.id = str(uuid.uuid5(uuid.NAMESPACE_URL, f"mailbox:{self.address.lower()}"))
        self.ids = IdBook(self.address)
        self._key_head = uuid.UUID(self.id).bytes

    @property
    def default_calendar(self) -> Calendar:
        """The calendar that no one can remove."""
        return next(iter(self.calendars.values()))

    def tick(self) -> int:
        """Count one change and return the counter."""
        self.counter += 1
        return self.counter

    def next_number(self) -> int:
        """Return a number no item of this mailbox has had."""
        self.last_number += 1
        return self.last_number

    def add_calendar(self, name: str, color: str = "auto") -> Calendar:
        """Add a calendar folder.

        Raises:
            GraphError: 409 ErrorFolderExists when one of that name is there.
        """
        if any(other.name == name for other in self.calendars.values()):
            raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        calendar = Calendar(self.next_number(), name, self.tick(), color)
        self.calendars[calendar.number] = calendar
        return calendar

    def calendar(self, calendar_id: str) -> Calendar:
        """Return a calendar by id, or refuse with 400 or 404 as the service does."""
        key = self.ids.read(calendar_id)
        found = self.calendars.get(key.number)
        if key.kind != "calendar" or found is None:
            raise not_found()
        return found

    def item(self, event_id: str, calendar: Calendar | None = None) -> Item:
        """Return a live event or occurrence by either kind of id.

        Args:
            event_id: default or immutable id.
            calendar: the calendar it has to be in, or None for any.
        """
        key = self.ids.read(event_id)
        event = self.events.get(key.number)
        if key.kind == "calendar" or event is None or (calendar and event.calendar != calendar.number):
            raise not_found()
        item = item_of(event) if key.day is None else event.occurrence(key.day)
        if item is None:
            raise not_found()
        return item

    def event_id(self, number: int, day: date | None = None, *, immutable: bool = False) -> str:
        """Return the id of an event, or of a series' occurrence on a day."""
        return self.ids.write(Key("occurrence" if day else "event", number, day), immutable=immutable)

    def calendar_id(self, calendar: Calendar) -> str:
        """Return the id of a calendar; there is only one kind."""
        return self.ids.write(Key("calendar", calendar.number))

    def change_key(self, version: int) -> str:
        """Return the change key for a change counter."""
        return b64encode(self._key_head + version.to_bytes(6)).decode()

    def uid(self, item: Item) -> str:
        """Return the iCalUId: each occurrence of a series has its own, which holds its day."""
        day = item.day
        stamp = f"{day.year:04X}{day.month:02X}{day.day:02X}" if day else "0" * 8
        digest = hashlib.sha256(f"{self.id}:{item.event.number}".encode()).hexdigest().upper()
        return f"{_UID_HEAD}{stamp}{digest[:16]}{'0' * 16}10000000{digest[16:48]}"

    def remove(self, event: Event) -> None:
        """Move an event to Deleted Items."""
        del self.events[event.number]
        self.deleted[event.number] = (self.tick(), event)

    def answer(self) -> dict[str, Any]:
        """Return the user resource; `proxyAddresses` is shown only to those who select it."""
        empty = dict.fromkeys(
            ("givenName", "jobTitle", "mobilePhone", "officeLocation", "preferredLanguage", "surname")
        )
        names = {"displayName": self.name, "mail": self.address, "userPrincipalName": self.address}
        proxies = {"proxyAddresses": [f"SMTP:{self.address}"]}
        return {"businessPhones": [], **names, **empty, "id": self.id, **proxies}

    def calendar_answer(self, calendar: Calendar) -> dict[str, Any]:
        """Return the calendar resource."""
        providers = ["teamsForBusiness"] if self.online_meetings else []
        default = calendar is self.default_calendar
        return {
            "id": self.calendar_id(calendar),
            "name": calendar.name,
            "color": calendar.color,
            "hexColor": "",
            "changeKey": self.change_key(calendar.version),
            "isDefaultCalendar": default,
            "isRemovable": not default,
            "isTallyingResponses": default,
            "canShare": True,
            "canViewPrivateItems": True,
            "canEdit": True,
            "allowedOnlineMeetingProviders": providers,
            "defaultOnlineMeetingProvider": providers[0] if providers else "unknown",
            "owner": {"name": self.name, "address": self.address},
        }

    def settings(self) -> dict[str, Any]:
        """Return the mailboxSettings resource."""
        return {
            "timeZone": self.time_zone,
            "dateFormat": "dd.MM.yyyy",
            "timeFormat": "HH:mm",
            "userPurpose": "user",
            "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
            "language": {"locale": "en-GB", "displayName": "English (United Kingdom)"},
            "workingHours": {
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "startTime": "08:00:00.0000000",
                "endTime": "17:00:00.0000000",
                "timeZone": {"name": self.time_zone},
            },
        }


@dataclass(frozen=True)
class Invitation:
    """Mail that the service would have sent, because an event with attendees was touched.

    Attributes:
        mailbox: address of the organizer.
        event_id: default id of the event or occurrence.
        action: ``created``, ``updated`` or ``deleted``.
        recipients: addresses that would have received mail.
        at: when.
    """

    mailbox: str
    event_id: str
    action: str
    recipients: tuple[str, ...]
    at: datetime
