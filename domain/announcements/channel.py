"""A place where a community talks, as the decisions know it: who reads it, when it is quiet, how much it bears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.announcements.audience import Audience

MINUTE = timedelta(minutes=1)
_LONGEST_NIGHT = 49 * 60
"""Minutes after which quiet hours have surely ended once, whatever the clocks did."""


class Topic(StrEnum):
    """What can be said; a channel names those it wants."""

    GATHERINGS = "gatherings"  # announced, changed, called off
    DEADLINES = "deadlines"  # set, moved, dropped
    MILESTONES = "milestones"  # reached
    DOCUMENTS = "documents"  # new ones
    WELCOME = "welcome"  # new members
    THANKS = "thanks"  # those who finished something
    DIGEST = "digest"  # the week


class Form(StrEnum):
    """What a place takes."""

    TEXT = "text"
    HTML = "html"
    CARD = "card"  # an Adaptive Card, with plain text beside it
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a kind of channel can do: declared by it, asked by the decisions.

    `edits`: a message can be changed where it stands. `finds`: the place can tell whether a message arrived; without
    it an uncertain message is never sent again. `counts`: it can tell how many replies there are. `assisted`: a person
    posts, and copsync only prepares and remembers. `max_length` counts characters of text, or bytes of a card or of
    HTML; `one_link`: a message carries one at most.
    """

    form: Form
    max_length: int = 28_000
    one_link: bool = False
    edits: bool = False
    finds: bool = False
    counts: bool = False
    assisted: bool = False


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From when until when nothing is said, in wall time; the end is not quiet. They may go over midnight."""

    begin: time
    end: time

    def holds(self, wall: time) -> bool:
        """Tell whether a time of day is quiet."""
        if self.begin <= self.end:
            return self.begin <= wall < self.end
        return wall >= self.begin or wall < self.end


@dataclass(frozen=True, slots=True)
class DigestTime:
    """When the weekly digest is due: a weekday (Monday is 0) and a time of day, on the channel's clocks."""

    weekday: int = 0
    at: time = time(8)


@dataclass(frozen=True, slots=True)
class Channel:
    """One place of one community. `daily` is the most that is said there in a day; edits do not count.

    `names`: whether members may be named there. `connected_at` is since when things are told there; what is older
    was never news.
    """

    id: str
    kind: str
    abilities: Abilities
    zone: ZoneInfo
    audience: Audience = Audience.COMMUNITY
    wants: frozenset[Topic] = frozenset({Topic.DIGEST})
    quiet: QuietHours | None = None
    daily: int = 3
    names: bool = True
    digest: DigestTime = DigestTime()

    def is_quiet(self, moment: datetime) -> bool:
        """Tell whether nothing may be said at a moment."""
        return self.quiet is not None and self.quiet.holds(moment.astimezone(self.zone).time())

    def next_loud(self, moment: datetime) -> datetime:
        """Return the first minute from a moment on at which something may be said, in UTC; that moment itself, if so.

        It walks through the minutes as they pass, so that clocks which are put forward or back need no rule.
        """
        if not self.is_quiet(moment):
            return moment.astimezone(UTC)
        return next((one for one in _minutes(moment) if not self.is_quiet(one)), moment.astimezone(UTC))

    def day(self, moment: datetime) -> date:
        """Return the day of a moment on the channel's clocks."""
        return moment.astimezone(self.zone).date()

    def last_digest(self, moment: datetime) -> datetime:
        """Return when a digest was due last, at or before a moment, in UTC."""
        wall = moment.astimezone(self.zone)
        day = wall.date() - timedelta(days=(wall.weekday() - self.digest.weekday) % 7)
        due = self._digest_on(day)
        return due if due <= moment else self._digest_on(day - timedelta(days=7))

    def next_digest(self, moment: datetime) -> datetime:
        """Return when the next digest after a moment is due, in UTC."""
        return self._digest_on(self.last_digest(moment).astimezone(self.zone).date() + timedelta(days=7))

    def _digest_on(self, day: date) -> datetime:
        return datetime.combine(day, self.digest.at, self.zone).astimezone(UTC)


def _minutes(moment: datetime) -> Iterator[datetime]:
    first = moment.astimezone(UTC).replace(second=0, microsecond=0)
    return (first + MINUTE * count for count in range(1, _LONGEST_NIGHT))


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a channel: since when it is connected, when it was looked after last, and for what.

    `scope` tells whether what the channel may hear of is still decided in the same way.
    """

    connected_at: datetime
    seen_at: datetime
    topics: frozenset[Topic] = frozenset()
    scope: str = ""
