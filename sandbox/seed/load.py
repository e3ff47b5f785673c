"""Reads the seed's tables and dates everything relative to a given day."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.seed.days import occurrences, working_day, working_days
from sandbox.seed.model import Community, Copy, Document, Event, Pair, Person, Task, Tool

_HERE = Path(__file__).parent
_LISTS = ("onboarding", "knowledge", "tooling", "events", "mentoring", "outreach", "research", "care")
DEADLINES = "Deadlines"
"""The list that holds milestones in tools without such a thing."""

_WORK: Mapping[str, tuple[Tool, ...]] = {
    "asana": ("asana",),
    "basecamp": ("basecamp",),
    "both": ("asana", "basecamp"),
}
_GATHERINGS: Mapping[str, tuple[Tool, ...]] = {
    "outlook": ("microsoft365",),
    "basecamp": ("basecamp",),
    "both": ("microsoft365", "basecamp"),
}
_LINK = re.compile(r"\(doc:([a-z]+)\)")


def load(today: date) -> Community:
    """Return the seeded community as it stands on the given day.

    Raises:
        KeyError: a table names a member or document that does not exist.
    """
    return _Loader(today).community()


class _Loader:
    def __init__(self, today: date) -> None:
        self.today = today
        self.base = _table("community")
        self.zone = ZoneInfo(self.base["time_zone"])
        self.documents = {key: Document(**value) for key, value in _table("documents").items()}
        self.people = {key: self._person(key, value) for key, value in _table("members").items()}
        self.files = [_table(f"tasks/{name}") for name in _LISTS]

    def community(self) -> Community:
        base, pairs = self.base, tuple(self._pairs())
        return Community(
            name=base["name"],
            charter=self._linked(base["charter"]),
            zone=self.zone,
            mailbox=base["mailbox"],
            integration=base["integration"],
            today=self.today,
            sponsor=base["sponsor"],
            moderators=tuple(base["moderators"]),
            core=tuple(base["core"]),
            people=self.people,
            lists=tuple(table["name"] for table in self.files),
            tasks=tuple(self._tasks(pairs)),
            milestones=tuple(self._milestones()),
            events=tuple(self._events()),
            pairs=pairs,
            documents=self.documents,
        )

    def _person(self, key: str, row: dict[str, Any]) -> Person:
        everywhere: list[Tool] = ["asana", "basecamp"]
        tools = frozenset[Tool]([*row.get("tools", everywhere), "microsoft365"])
        base = self.base
        roles = (("sponsor", [base["sponsor"]]), ("moderator", base["moderators"]), ("core", base["core"]))
        role = next((name for name, keys in roles if key in keys), "member")
        return Person(key, row["name"], row["email"], row["work"], role, tools)  # type: ignore[arg-type]  # a role

    def _pairs(self) -> Iterator[Pair]:
        for row in _table("mentoring")["pair"]:
            mentor, mentee = self.people[row["mentor"]].key, self.people[row["mentee"]].key
            since, review = (working_day(self.today, row[name]) for name in ("since", "review"))
            yield Pair(mentor, mentee, row["focus"], since, review)

    def _tasks(self, pairs: tuple[Pair, ...]) -> Iterator[Task]:
        for file, table in zip(_LISTS, self.files, strict=True):
            for row in table["task"]:
                notes = self.base["charter"] if row.get("charter") else row.get("notes", "")
                given = {"by": table["by"], "list": table["name"], **row, "notes": notes}
                yield self._task(given)
            if file == "mentoring":
                yield from (self._of_pair(pair, table["name"]) for pair in pairs)

    def _milestones(self) -> Iterator[Task]:
        for row in _table("milestones")["milestone"]:
            yield self._task({"by": self.base["moderators"][0], "list": DEADLINES, "milestone": True, **row})

    def _task(self, row: dict[str, Any]) -> Task:
        who = [row["who"]] if isinstance(row["who"], str) else row["who"]
        return Task(
            copies=self._copies(row, _WORK[row.get("in", "asana")], row["title"]),
            list=row["list"],
            creator=self.people[row["by"]].key,
            assignees=tuple(self.people[key].key for key in who),
            start=self._day(row.get("start")),
            due=self._day(row.get("due")),
            at=time.fromisoformat(row["at"]) if "at" in row else None,
            tags=tuple(row.get("tags", ())),
            steps=tuple(row.get("steps", ())),
            **{name: bool(row.get(name)) for name in ("done", "milestone", "unclear")},
        )

    def _of_pair(self, pair: Pair, where: str) -> Task:
        mentor, mentee = self.people[pair.mentor], self.people[pair.mentee]
        notes = (
            f"**Focus:** {pair.focus}\n\nMentor: {mentor.name}, {mentor.work}\n\n"
            f"Together since {pair.since:%d.%m.%Y}. Half-time talk on the due date; see the [guide](doc:mentoring)."
        )
        row = {"title": f"Mentoring pair: {mentor.name} and {mentee.name}", "notes": notes}
        return Task(self._copies(row, ("asana",), row["title"]), where, "mei", (mentee.key,), due=pair.review)

    def _copies(self, row: dict[str, Any], tools: tuple[Tool, ...], title: str) -> dict[Tool, Copy]:
        written = {tool: {**row, **(row.get(tool, {}))} for tool in tools}
        return {
            tool: Copy(row[tool]["title"] if tool in row else title, self._linked(copy.get("notes", "")).strip())
            for tool, copy in written.items()
        }

    def _linked(self, text: str) -> str:
        return _LINK.sub(lambda found: f"({self.documents[found[1]].url})", text)

    def _day(self, offset: int | None) -> date | None:
        return None if offset is None else working_day(self.today, offset)

    def _events(self) -> Iterator[Event]:
        table = _table("events")
        for row in table["series"]:
            days = occurrences(row["rule"], self.today, first=row["first"], every=row.get("every", 1))
            for topic, day in zip(row["topics"], days, strict=False):
                yield self._event(row, row["title"].format(topic=topic), *self._hours(row, day))
        for row in table["event"]:
            length = row.get("days")
            first, last = working_days(self.today, row["day"], length or 1)
            span = (first, last) if length else self._hours(row, first)
            yield self._event(row, row["title"], *span)

    def _hours(self, row: dict[str, Any], day: date) -> tuple[datetime, datetime]:
        start = datetime.combine(day, time.fromisoformat(row["time"]), self.zone)
        return start, start + timedelta(minutes=row["minutes"])

    def _event(self, row: dict[str, Any], title: str, start: date, end: date) -> Event:
        copies = self._copies(row, _GATHERINGS[row["in"]], title)
        return Event(copies, self.base["moderators"][1], start, end, row.get("location", ""))


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / f"{name}.toml").read_text(encoding="utf-8"))
