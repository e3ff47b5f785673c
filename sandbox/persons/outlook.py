"""What members do in the shared calendar, through Microsoft Graph."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.persons.wire import Wire, only

_IDS: Mapping[str, str] = {"Prefer": 'IdType="ImmutableId"'}
_PLAIN: Mapping[str, str] = {"Prefer": 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'}


class OutlookPersons(Wire):
    """Edits made and lists read in Outlook; fields have Graph's names, `body` and `location` are text."""

    def outlook_create(self, person: str, subject: str, start: date, end: date, **fields: Any) -> str:
        """Put an event into the shared calendar and return its id; two days (end exclusive) last all day."""
        body = {"subject": subject, **when(start, end, self.zone), **graph_fields(fields)}
        answer = self.send("microsoft365", person, "POST", self._events, json=body, headers=_IDS)
        made: str = answer.json()["id"]
        return made

    def outlook_edit(self, event: str, person: str, **fields: Any) -> None:
        """Change fields of an event; only those given."""
        path = f"{self._events}/{event}"
        self.send("microsoft365", person, "PATCH", path, json=graph_fields(fields), headers=_IDS)

    def outlook_move(self, event: str, person: str, start: date, end: date) -> None:
        """Move an event to another time, or another day."""
        self.outlook_edit(event, person, **when(start, end, self.zone))

    def outlook_delete(self, event: str, person: str) -> None:
        """Delete an event."""
        self.send("microsoft365", person, "DELETE", f"{self._events}/{event}", headers=_IDS)

    def outlook_events(self) -> list[dict[str, Any]]:
        """Return every event of the calendar in plain words; days have an exclusive end, instants are UTC."""
        found: list[dict[str, Any]] = []
        following: str | None = f"{self._events}?$top=100"
        while following:
            answer = self.send("microsoft365", None, "GET", following, headers=_PLAIN).json()
            found += [_plain(row) for row in answer["value"]]
            following = answer.get("@odata.nextLink")
        return found

    def outlook_event(self, title: str) -> dict[str, Any]:
        """Return the one event of that title, whatever its case and white space."""
        return only(self.outlook_events(), title)

    def outlook_instances(self, event: str, first: datetime, last: datetime) -> list[dict[str, Any]]:
        """Return when a series takes place between two moments, moved times where they are, in plain words."""
        asked = {"startDateTime": first.isoformat(), "endDateTime": last.isoformat(), "$top": "100"}
        path = f"/users/{self.places.mailbox}/events/{event}/instances"
        answer = self.send("microsoft365", None, "GET", path, params=asked, headers=_PLAIN).json()
        return [_plain(row) for row in answer["value"]]

    @property
    def _events(self) -> str:
        return f"/users/{self.places.mailbox}/calendar/events"


def when(start: date, end: date, zone: ZoneInfo) -> dict[str, Any]:
    """Return Graph's fields for a span: wall time and zone; midnight to midnight when it lasts all day."""
    all_day = not isinstance(start, datetime)
    return {"isAllDay": all_day, "start": _moment(start, zone), "end": _moment(end, zone)}


def graph_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as Graph nests them; `body` is HTML and `location` a name."""
    written = dict(fields)
    if isinstance(written.get("body"), str):
        written["body"] = {"contentType": "html", "content": written["body"]}
    if isinstance(written.get("location"), str):
        written["location"] = {"displayName": written["location"]}
    return written


def _moment(value: date, zone: ZoneInfo) -> dict[str, str]:
    if isinstance(value, datetime):
        wall = value.astimezone(zone).replace(tzinfo=None)
        return {"dateTime": wall.isoformat(), "timeZone": zone.key}
    return {"dateTime": f"{value.isoformat()}T00:00:00", "timeZone": zone.key}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    start, end = row["start"]["dateTime"], row["end"]["dateTime"]
    return {
        "id": row["id"],
        "title": row["subject"],
        "notes": row["body"]["content"].replace("\r\n", "\n").strip(),
        "html": "",
        "start": start[:10] if row["isAllDay"] else _instant(start),
        "end": end[:10] if row["isAllDay"] else _instant(end),
        "all_day": row["isAllDay"],
        "location": row["location"]["displayName"],
    }


def _instant(text: str) -> str:
    return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
