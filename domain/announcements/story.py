"""What a message says, before its words are chosen: the values that a template is given, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from domain.announcements.channel import Channel, Topic
from domain.announcements.digest import Digest
from domain.announcements.message import Message, MessageState
from domain.announcements.things import People, is_series, shown
from domain.announcements.words import changed_dates, due, names, next_of, span, title_of, zone_of
from domain.values import Fields

Values = Mapping[str, Any]

TEMPLATES = ("gathering", "deadline", "milestone", "document", "welcome", "thanks", "several", "digest")
"""The names of all templates; each is a file NAME.md.j2."""
MOST_NAMES, MOST_LINES = 12, 10
OUTLOOK = "https://outlook.office.com/calendar/deeplink/compose"
_BY_TOPIC = {
    Topic.GATHERINGS: "gathering",
    Topic.DEADLINES: "deadline",
    Topic.MILESTONES: "milestone",
    Topic.DOCUMENTS: "document",
    Topic.WELCOME: "welcome",
    Topic.THANKS: "thanks",
    Topic.DIGEST: "digest",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One message: the template that words it, the values it gets, and addresses that are offered as buttons."""

    template: str
    title: str
    values: Values = field(hash=False)
    actions: Sequence[tuple[str, str]] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class Teller:
    """Turns messages of one channel into stories. `community` is the community's name."""

    channel: Channel
    community: str
    people: People
    now: datetime

    def story(self, message: Message, before: Message | None, parts: Sequence[Message] = ()) -> Story:
        """Return what a message says; `before` is what the channel knew of its thing, `parts` what it says together."""
        told = parts or [message]
        topics = {one.topic for one in told}
        if topics in ({Topic.WELCOME}, {Topic.THANKS}):
            return self._about_people(message.topic, told)
        if parts:
            return self._several(parts)
        match message.topic:
            case Topic.GATHERINGS:
                return self._gathering(message, before)
            case Topic.DEADLINES:
                return self._deadline(message, before)
            case _:
                return self._plain(message)

    def digest(self, digest: Digest, most: int = 10) -> Story:
        """Return the weekly digest; of every list at most so many entries, and how many more there are."""
        lists = ("coming", "due", "finished", "documents", "posts")
        values: dict[str, Any] = {name: [asdict(one) for one in getattr(digest, name)[:most]] for name in lists}
        values["more"] = {name: max(0, len(getattr(digest, name)) - most) for name in lists}
        values["joined"] = names(digest.joined, most) if digest.joined else ""
        values["joined_count"] = digest.joined_count
        values["thanked"] = names(digest.thanked, most) if digest.thanked else ""
        day = self.now.astimezone(self.channel.zone).date()
        link = next((one.link for one in digest.coming if one.link), "")
        return Story("digest", f"{self.community}: the week", self._values(day=day, **values), link=link)

    def _values(self, **values: Any) -> Values:
        return {"community": self.community, **values}

    def _gathering(self, message: Message, before: Message | None) -> Story:
        change = _change(message, before)
        one = next_of(message.facts, self.channel.zone, self.now)
        was = next_of(before.facts, self.channel.zone, self.now) if before and change == "changed" else {}
        zone = zone_of(one, self.channel.zone)
        when, where = span(one.get("start"), one.get("end"), zone), str(one.get("location") or "")
        link = str(one.get("meeting_url") or "")
        was_when = span(was.get("start"), was.get("end"), zone) if was else ""
        dates = changed_dates(before.facts, message.facts, self.channel.zone, self.now) if was and before else []
        values = self._values(
            title=title_of(one),
            change=change,
            when=when,
            where=where,
            link=link,
            series=is_series(message.facts),
            was_when=was_when if was_when != when and not dates else "",
            was_where=str(was.get("location") or "") if was and was.get("location") != one.get("location") else "",
            was_title=title_of(was) if was and title_of(was) != title_of(one) else "",
            dates=dates,
            starts_at=_local(one.get("start"), zone),
            ends_at=_local(one.get("end"), zone),
        )
        actions = [] if message.off else [*_join(link), ("Add to calendar", _to_calendar(one, link))]
        return Story("gathering", title_of(one), values, actions, "" if message.off else link)

    def _deadline(self, message: Message, before: Message | None) -> Story:
        change = _change(message, before)
        when = due(message.facts.get("due"), self.channel.zone)
        was = due(before.facts.get("due"), self.channel.zone) if before and change == "changed" else when
        title = title_of(message.facts)
        values = self._values(title=title, change=change, when=when, was_when="" if was == when else was)
        return Story("deadline", title, values)

    def _plain(self, message: Message) -> Story:
        link = str(message.facts.get("url") or "")
        values = self._values(title=title_of(message.facts), link=link)
        actions = [("Open", link)] if link else []
        return Story(_BY_TOPIC[message.topic], title_of(message.facts), values, actions, link)

    def _about_people(self, topic: Topic, parts: Sequence[Message]) -> Story:
        """Name those who joined, or who are thanked and for what; who may no longer be named is left out."""
        if topic is Topic.WELCOME:
            found = [self.people.names.get(one.thing.partition(":")[2], "") for one in parts]
            told = sorted({name for name in found if name}, key=str.casefold)
            return Story("welcome", "Welcome", self._values(names=names(told, MOST_NAMES) if told else ""))
        thanked = {name for one in parts for name in self.people.called(one.facts.get("assignees"))}
        told, things = sorted(thanked, key=str.casefold), [title_of(one.facts) for one in parts]
        more = max(0, len(things) - MOST_LINES)
        values = self._values(names=names(told, MOST_NAMES) if told else "", things=things[:MOST_LINES], more=more)
        return Story("thanks", "Thanks", values)

    def _several(self, parts: Sequence[Message]) -> Story:
        """List what is said together, a line each."""
        lines = [self._line(one) for one in parts]
        values = self._values(lines=lines[:MOST_LINES], more=max(0, len(lines) - MOST_LINES))
        return Story("several", f"{self.community}: what is new", values)

    def _line(self, message: Message) -> Values:
        facts = next_of(message.facts, self.channel.zone, self.now)
        kind = _BY_TOPIC[message.topic]
        zone = zone_of(facts, self.channel.zone)
        when = span(facts.get("start"), facts.get("end"), zone) or due(facts.get("due"), self.channel.zone)
        title = title_of(facts)
        if message.topic is Topic.WELCOME:
            title = self.people.names.get(message.thing.partition(":")[2], "")
        elif message.topic is Topic.THANKS:
            title = names(self.people.called(facts.get("assignees")), MOST_NAMES)
        change = "cancelled" if message.off else "changed" if message.revision > 1 else "new"
        return {"kind": kind, "title": title, "when": when, "change": change}


def _change(message: Message, before: Message | None) -> str:
    """Return what became of a thing: new, changed, cancelled, or back after it was called off."""
    if message.off:
        return "cancelled"
    if before is None or before.state is MessageState.SUPERSEDED:
        return "new"
    return "back" if before.off else "changed"


def _local(when: object, zone: ZoneInfo) -> date | None:
    if isinstance(when, datetime):
        return when.astimezone(zone)
    return when if isinstance(when, date) else None


def _join(link: str) -> list[tuple[str, str]]:
    return [("Join", link)] if link else []


def _to_calendar(facts: Fields, link: str) -> str:
    """Return an address at which Outlook on the web offers the gathering for one's own calendar; it invites nobody.

    The address is used widely and not documented by Microsoft.
    """
    start, end = facts.get("start"), facts.get("end")
    asked = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": title_of(facts),
        "startdt": _stamp(start),
        "enddt": _stamp(end if end is not None else start),
        "location": shown(facts.get("location")),
        "body": link,
        "allday": "true" if isinstance(start, date) and not isinstance(start, datetime) else "",
    }
    return f"{OUTLOOK}?{urlencode({key: one for key, one in asked.items() if one})}"


def _stamp(when: object) -> str:
    if isinstance(when, datetime):
        return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return when.isoformat() if isinstance(when, date) else ""
