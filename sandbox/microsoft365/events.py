"""Creating, changing and deleting events, series and single occurrences."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from sandbox.microsoft365 import schema
from sandbox.microsoft365.errors import GraphError, failed_validation, invalid
from sandbox.microsoft365.items import Details, Edited, Event, Item, When, item_of
from sandbox.microsoft365.mailbox import Calendar, Invitation, Mailbox
from sandbox.microsoft365.patching import changed, new_details, touched
from sandbox.microsoft365.recurrence import Recurrence, recurrence_from
from sandbox.microsoft365.state import GraphState

_TIMES = {"start", "end", "isAllDay"}


class Writer:
    """The writing verbs of one mailbox, also that of a group, for one person (None is an app by itself)."""

    def __init__(self, state: GraphState, mailbox: Mailbox, person: str | None = None) -> None:
        self._state = state
        self._mailbox = mailbox
        self._group = state.groups.get(mailbox.id)
        self._person = person or ""

    def create(self, calendar: Calendar, sent: Any) -> Item:
        """Create an event or a series in a calendar.

        Raises:
            GraphError: 400 for a body that is not right; 400 or 409 for a transactionId used before.
        """
        values = schema.new_event("", sent)
        known = self._mailbox.transactions.get(values.get("transactionId") or "")
        if known is not None and (self._group is None or self._state.transactions_in_groups):
            return self._duplicate(known, sent)
        if self._group is not None:
            values = {**values, "attendees": self._group.attendees(values.get("attendees") or (), self._person)}
        now = self._state.now()
        number = self._mailbox.next_number()
        details = new_details(values, meetings=self._mailbox.online_meetings, seed=f"{self._mailbox.id}:{number}")
        event = Event(
            number=number,
            calendar=calendar.number,
            created=now,
            modified=now,
            version=self._mailbox.tick(),
            details=details,
            recurrence=_recurrence(values.get("recurrence"), details.when),
            transaction_id=values.get("transactionId") or None,
            created_from=sent,
        )
        self._mailbox.events[number] = event
        if event.transaction_id:
            self._mailbox.transactions[event.transaction_id] = number
        item = item_of(event)
        self._invite("created", item, _addresses(details))
        return item

    def change(self, item: Item, sent: Any, if_match: str | None) -> Item:
        """Change an event, a series or one occurrence, and return it as it is now."""
        self._check_match(item, if_match)
        values = schema.event_change("", sent)
        meetings = self._mailbox.online_meetings
        seed = f"{self._mailbox.id}:{item.event.number}:{self._mailbox.counter}"
        details = changed(item.details, values, meetings=meetings, seed=seed)
        if item.day is None:
            result = self._change_event(item.event, details, values)
        else:
            result = self._change_occurrence(item, item.day, details, values)
        self._invite("updated", result, _mailed(item.details, details, values))
        return result

    def delete(self, item: Item, if_match: str | None) -> None:
        """Move an event to Deleted Items, or take one occurrence out of its series."""
        self._check_match(item, if_match)
        if item.day is None:
            self._mailbox.remove(item.event)
        else:
            item.event.cancelled.add(item.day)
            item.event.exceptions.pop(item.day, None)
            self._touch(item.event)
        self._invite("deleted", item, _addresses(item.details))

    def _change_event(self, event: Event, details: Details, values: dict[str, Any]) -> Item:
        recurrence = self._changed_recurrence(event, details.when, values)
        if details.when != event.details.when or recurrence != event.recurrence:
            # A new pattern or time makes a new series: edited and cancelled occurrences are gone.
            event.exceptions.clear()
            event.cancelled.clear()
        event.details, event.recurrence = details, recurrence
        self._touch(event)
        return item_of(event)

    def _changed_recurrence(self, event: Event, when: When, values: dict[str, Any]) -> Recurrence | None:
        if "recurrence" in values:
            return _recurrence(values["recurrence"], when)
        kept = event.recurrence
        if kept is None:
            return None
        if kept.zone != when.start_zone:
            raise failed_validation("the time zone of a series changes only together with its recurrence.")
        return replace(kept, start=when.start.date())

    def _change_occurrence(self, item: Item, day: date, details: Details, values: dict[str, Any]) -> Item:
        if "recurrence" in values:
            raise invalid("An occurrence has no recurrence of its own.", "ErrorInvalidPropertySet")
        if values.keys() & _TIMES:
            _check_neighbours(item.event, day, details.when)
        before = item.edited.touched if item.edited else set()
        self._touch(item.event)
        item.event.exceptions[day] = Edited(details, before | touched(values), self._mailbox.counter, self._state.now())
        result = item.event.occurrence(day)
        assert result is not None, "the occurrence was there a moment ago"  # noqa: S101 - narrows the type
        return result

    def _touch(self, event: Event) -> None:
        event.version = self._mailbox.tick()
        event.modified = self._state.now()

    def _check_match(self, item: Item, if_match: str | None) -> None:
        if self._group is not None and not self._state.if_match_in_groups:
            return
        current = self._mailbox.change_key(item.version)
        if if_match is None or if_match.strip() in ("*", f'W/"{current}"', f'"{current}"'):
            return
        raise GraphError(
            412,
            "ErrorIrresolvableConflict",
            "The change key of the request is not the current change key of the item.",
        )

    def _duplicate(self, number: int, sent: Any) -> Item:
        event = self._mailbox.events.get(number)
        if self._state.duplicate_status == 201 and event is not None and event.created_from == sent:
            return item_of(event)
        raise GraphError(
            409 if self._state.duplicate_status == 409 else 400,
            "ErrorDuplicateTransactionId",
            "The transactionId of this request has been used to create another event.",
            extra={"@event.existingEventId": self._mailbox.event_id(number)},
        )

    def _invite(self, action: str, item: Item, recipients: Iterable[str]) -> None:
        told = self._group.told(recipients, self._person) if self._group is not None else recipients
        addresses = tuple(sorted(told))
        if addresses:
            event_id = self._mailbox.event_id(item.event.number, item.day)
            now = self._state.now()
            self._state.invitations.append(Invitation(self._mailbox.address, event_id, action, addresses, now))


def _recurrence(sent: dict[str, Any] | None, when: When) -> Recurrence | None:
    return recurrence_from(sent, starts=when.start.date(), zone=when.start_zone) if sent else None


def _addresses(details: Details) -> set[str]:
    return {attendee["emailAddress"]["address"] for attendee in details.fields["attendees"]}


def _mailed(before: Details, after: Details, values: dict[str, Any]) -> set[str]:
    """A change of nothing but attendees mails those who changed; any other change mails everybody."""
    was, are = _addresses(before), _addresses(after)
    return was ^ are if set(values) == {"attendees"} else was | are


def _check_neighbours(event: Event, day: date, when: When) -> None:
    """Refuse a move onto or past the day of the occurrence before or after (Graph: Update event)."""
    moved_to = when.start.date()
    before, after = event.neighbours(day)
    too_early = before is not None and moved_to <= before.details.when.start.date()
    if too_early or (after is not None and moved_to >= after.details.when.start.date()):
        raise invalid(
            "Modified occurrence is crossing or overlapping adjacent occurrence.", "ErrorOccurrenceCrossingBoundary"
        )
