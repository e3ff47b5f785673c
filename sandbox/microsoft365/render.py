"""Events as Graph answers them: the properties asked for, in the zone, body type and ids preferred."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sandbox.microsoft365.filters import Getter
from sandbox.microsoft365.items import Item, When
from sandbox.microsoft365.mailbox import Mailbox
from sandbox.microsoft365.odata import Expansion
from sandbox.microsoft365.prefer import Prefer
from sandbox.microsoft365.zones import instant_text, wall_text, zone

Json = dict[str, Any]
_ODATA_TYPE = "#microsoft.graph.event"


@dataclass(frozen=True)
class View:
    """One reader's view of a mailbox's events."""

    mailbox: Mailbox
    prefer: Prefer

    def id_of(self, item: Item) -> str:
        """Return the id of the preferred kind."""
        return self.mailbox.event_id(item.event.number, item.day, immutable=self.prefer.immutable)

    def master_id(self, item: Item) -> str | None:
        """Return the series master's id of an occurrence."""
        if item.day is None:
            return None
        return self.mailbox.event_id(item.event.number, immutable=self.prefer.immutable)

    def event(
        self, item: Item, select: frozenset[str] | None = None, expand: Expansion | None = None, *, alone: bool = False
    ) -> Json:
        """Return an event resource.

        Args:
            item: what to show.
            select: properties to show besides id and etag; None for the usual ones.
            expand: what to add.
            alone: it was asked for by its id, the only case in which a master tells its cancelled and
                edited occurrences.
        """
        change_key = self.mailbox.change_key(item.version)
        answer: Json = {"@odata.etag": f'W/"{change_key}"', "id": self.id_of(item)}
        names = PROPERTIES.keys() if select is None else [name for name in PROPERTIES if name in select]
        answer |= {name: PROPERTIES[name](self, item) for name in names}
        if item.day is not None:
            answer |= _original_start(item) if select is None or "originalStart" in select else {}
        return answer | self._additions(item, select or frozenset(), expand or Expansion(), alone=alone)

    def stub(self, item: Item) -> Json:
        """Return the little that a delta round tells of an occurrence."""
        when = item.details.when
        return {
            "@odata.type": _ODATA_TYPE,
            "id": self.id_of(item),
            "type": item.type,
            "seriesMasterId": self.master_id(item),
            "start": self.start(when),
            "end": self.end(when),
        }

    def removed(self, number: int) -> Json:
        """Return the entry of a delta round for an event that is gone, or out of the window."""
        event_id = self.mailbox.event_id(number, immutable=self.prefer.immutable)
        return {"@odata.type": _ODATA_TYPE, "id": event_id, "@removed": {"reason": "deleted"}}

    def start(self, when: When) -> Json:
        """Return the start in the preferred zone; all-day stays midnight whatever the zone."""
        wall = when.start if when.all_day else when.starts.astimezone(zone(self.prefer.time_zone))
        return {"dateTime": wall_text(wall), "timeZone": self.prefer.time_zone}

    def end(self, when: When) -> Json:
        """Return the end under the same rule."""
        wall = when.end if when.all_day else when.ends.astimezone(zone(self.prefer.time_zone))
        return {"dateTime": wall_text(wall), "timeZone": self.prefer.time_zone}

    def _additions(self, item: Item, select: frozenset[str], expand: Expansion, *, alone: bool) -> Json:
        more: Json = {}
        found = {name: value for name, value in item.details.extended.items() if name in expand.property_ids}
        if found:
            more["singleValueExtendedProperties"] = [{"id": name, "value": found[name]} for name in sorted(found)]
        if alone and item.type == "seriesMaster":
            if expand.exceptions:
                edited = [item.event.occurrence(day) for day in sorted(item.event.exceptions)]
                more["exceptionOccurrences"] = [self.event(one, expand.exception_select) for one in edited if one]
            if "cancelledOccurrences" in select:
                days = sorted(item.event.cancelled)
                more["cancelledOccurrences"] = [f"OID.{self.id_of(item)}.{day.isoformat()}" for day in days]
        return more


def _original_start(item: Item) -> Json:
    original = item.event.details.when.moved_to(item.day) if item.day else item.details.when
    return {"originalStart": instant_text(original.starts)}


def _web_link(view: View, item: Item) -> str:
    return f"https://outlook.example.org/owa/?itemid={quote(view.id_of(item), safe='')}&exvsurl=1&path=/calendar/item"


def _field(name: str) -> Callable[[View, Item], Any]:
    return lambda _view, item: item.details.fields[name]


def _organizer(view: View, _item: Item) -> Json:
    return {"emailAddress": {"name": view.mailbox.name, "address": view.mailbox.address}}


def _online_meeting(_view: View, item: Item) -> Json | None:
    return {"joinUrl": item.details.join_url} if item.details.join_url else None


def _recurrence(_view: View, item: Item) -> Json | None:
    return item.event.recurrence.answer() if item.event.recurrence and item.day is None else None


PROPERTIES: dict[str, Callable[[View, Item], Any]] = {
    "createdDateTime": lambda _view, item: instant_text(item.event.created),
    "lastModifiedDateTime": lambda _view, item: instant_text(item.modified),
    "changeKey": lambda view, item: view.mailbox.change_key(item.version),
    "categories": _field("categories"),
    "transactionId": lambda _view, item: item.event.transaction_id if item.day is None else None,
    "originalStartTimeZone": lambda _view, item: item.details.when.start_zone,
    "originalEndTimeZone": lambda _view, item: item.details.when.end_zone,
    "iCalUId": lambda view, item: view.mailbox.uid(item),
    "reminderMinutesBeforeStart": _field("reminderMinutesBeforeStart"),
    "isReminderOn": _field("isReminderOn"),
    "hasAttachments": lambda _view, _item: False,
    "subject": _field("subject"),
    "bodyPreview": lambda _view, item: item.details.body.preview,
    "importance": _field("importance"),
    "sensitivity": _field("sensitivity"),
    "isAllDay": lambda _view, item: item.details.when.all_day,
    "isCancelled": lambda _view, _item: False,
    "isOrganizer": lambda _view, _item: True,
    "responseRequested": _field("responseRequested"),
    "seriesMasterId": lambda view, item: view.master_id(item),
    "showAs": _field("showAs"),
    "type": lambda _view, item: item.type,
    "webLink": _web_link,
    "onlineMeetingUrl": lambda _view, _item: None,
    "isOnlineMeeting": lambda _view, item: item.details.join_url is not None,
    "onlineMeetingProvider": lambda _view, item: "teamsForBusiness" if item.details.join_url else "unknown",
    "allowNewTimeProposals": _field("allowNewTimeProposals"),
    "isDraft": lambda _view, _item: False,
    "hideAttendees": _field("hideAttendees"),
    "responseStatus": lambda _view, _item: {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
    "body": lambda view, item: item.details.body.answer(text=view.prefer.text),
    "start": lambda view, item: view.start(item.details.when),
    "end": lambda view, item: view.end(item.details.when),
    "location": _field("location"),
    "locations": _field("locations"),
    "recurrence": _recurrence,
    "attendees": _field("attendees"),
    "organizer": _organizer,
    "onlineMeeting": _online_meeting,
}
"""How each property of an event is answered, in the order of the service."""

SELECTABLE = {*PROPERTIES, "id", "originalStart", "cancelledOccurrences", "exceptionOccurrences"}
"""Names that ``$select`` takes for events."""


def getters(mailbox: Mailbox) -> dict[str, Getter[Item]]:
    """Return the values by which a mailbox's events are filtered and ordered."""
    return {
        "subject": lambda item: item.details.fields["subject"],
        "transactionId": lambda item: item.event.transaction_id if item.day is None else None,
        "iCalUId": mailbox.uid,
        "type": lambda item: item.type,
        "isAllDay": lambda item: item.details.when.all_day,
        "createdDateTime": lambda item: item.event.created,
        "lastModifiedDateTime": lambda item: item.modified,
        "start/dateTime": lambda item: item.details.when.starts,
        "end/dateTime": lambda item: item.details.when.ends,
    }
