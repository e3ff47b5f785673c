"""The demo: one community, its tools, people at work, and everything back in step."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from rich.console import Console
from rich.rule import Rule

from cli import demo_caldav, demo_channels, demo_series
from cli.console import err, out
from cli.context import now, print_json
from cli.demo_digest import write_digest
from cli.demo_feed import read_back, served_feed
from cli.demo_outbox import post_it
from cli.demo_stage import TITLE, Stage
from cli.pages import show_report
from cli.playground import temporary_settings
from cli.progress import Bars
from cli.words import line
from config.loader import Configuration
from domain.errors import CopsyncError
from sandbox.caldav import CalendarServer
from sandbox.world import TOOLS, World
from store.store import Store
from sync.report import Report
from sync.run import Wish, preview, sync
from sync.wiring import Wiring

Json = dict[str, Any]


_NUMBERS = {3: "three", 4: "four"}


class DemoFailedError(CopsyncError):
    """The demo did not end in step; something is broken on this machine or in copsync."""


@dataclass(slots=True)
class Demo:
    """Runs the scenes and keeps what they showed."""

    world: World
    calendars: CalendarServer | None
    configuration: Configuration
    store: Store
    console: Console
    story: Json = field(default_factory=dict)

    async def play(self) -> None:
        """Play all scenes.

        Raises:
            DemoFailedError: the spaces were not in step at the end.
        """
        self._scene("1. What a first sync would do (nothing is sent)")
        self._keep("plan", await self._run(dry=True))
        self._scene("2. The first sync")
        self._keep("first_sync", await self._run())
        self._scene("3. The channels where people talk are connected")
        self.story["known"] = await demo_channels.begin(self._stage)
        self._scene("4. People work in their own tools")
        self.story["edits"] = self._people_work()
        self._scene("5. The second sync")
        self._keep("second_sync", await self._run(full=True))
        self._scene("6. What the channels hear of it")
        await self._talk()
        self._scene("7. Is everything in step?")
        await self._check()

    @property
    def _stage(self) -> Stage:
        return Stage(self.world, self.configuration, self.store, self.console)

    async def _talk(self) -> None:
        """Let the channels hear of a gathering, and of its new date; have it posted in the group; write the digest."""
        stage = self._stage
        await demo_channels.make_public(stage)
        announced = await demo_channels.announce_it(stage)
        demo_channels.move(stage)
        moved = await self._run()
        edited = await demo_channels.correct_it(stage, announced["shown"])
        self.story |= {"announced": announced, "third_sync": moved.json(), "edited": edited}
        self.story["linkedin"] = await post_it(stage)
        self.story["digest"] = write_digest(stage)

    async def _check(self) -> None:
        again = await self._run(full=True)
        differences = in_step(self.world, self.calendars)
        self.story |= {"differences": differences, "last_sync": again.json()}
        feed = self._feed()
        if again.steps or again.exit or differences or feed:
            show_report(self.console, again.json())
            raise DemoFailedError(
                f"The spaces are not in step: {'; '.join([*differences, *feed]) or 'a further run had work to do'}.",
                mend="Please report this with the lines above.",
            )
        self.story["tools"] = tools = [*TOOLS, *(["caldav"] if self.calendars else [])]
        self.console.print(f"[green]✓[/] Every edit arrived everywhere; the {_NUMBERS[len(tools)]} tools agree.")
        requests = sum(space.requests for space in again.spaces.values())
        self.console.print(f"[green]✓[/] One more run wrote nothing ({requests} read requests).")
        self.console.print(
            f"[green]✓[/] “{demo_series.TITLE}”: moved once and called off once, {len(self.story['series'])} times in "
            f"Outlook, in Basecamp{', in CalDAV' if self.calendars else ''} and in the feed, at the same hours."
        )

        self.console.print(
            f"[green]✓[/] “{TITLE}”: told once in Teams and edited there, posted in the LinkedIn group and proved."
        )

    def _feed(self) -> list[str]:
        """Serve the community's calendar, read it back, and return where it shows other times than Outlook."""
        with served_feed(self.configuration, self.store) as url:
            self.console.print(f"  The calendar of those who use none of the tools: {url}")
            found = demo_series.in_file(self.world, read_back(url))
        self.story |= {"feed": url, "series": found}
        ours = demo_series.in_outlook(self.world)
        return [] if found == ours else [f"“{demo_series.TITLE}” is at {found} in the feed, at {ours} in Outlook"]

    async def _run(self, *, dry: bool = False, full: bool = False) -> Report:
        async with Wiring(self.configuration) as wiring:
            (settings,) = wiring.community_settings(None)
            with Bars() as progress:
                run = preview if dry else sync
                return await run(wiring.community(settings), self.store, now, Wish(full=full), progress)

    def _keep(self, name: str, report: Report) -> None:
        self.story[name] = report.json()
        show_report(self.console, report.json())

    def _scene(self, title: str) -> None:
        self.console.print()
        self.console.print(Rule(f"[bold]{title}[/]", align="left"))

    def _people_work(self) -> list[str]:
        done = []
        for words, act in [*edits(self.world), *demo_caldav.edits(self.world, self.calendars)]:
            act()
            done.append(words)
            self.console.print(f"  {line(words)}")
        return done


Edit = tuple[str, Callable[[], object]]


def edits(world: World) -> list[Edit]:
    """Return what people do: edits in each tool, some of the same item, and the answers to the open questions."""
    tasks = [task for task in world.asana_tasks() if not task["done"] and task["kind"] == "task"]
    todos = {todo["title"]: todo for todo in world.basecamp_todos()}
    shared = [task for task in tasks if task["title"] in todos]
    first, second, third = shared[:3]
    soon = world.now().date() + timedelta(days=9)
    return [
        *_in_asana(world, first, second),
        *_in_basecamp(world, todos[first["title"]], todos[third["title"]], soon),
        *_in_outlook(world, soon),
        *demo_series.edits(world),
        *_answers(world),
    ]


def _in_asana(world: World, first: Json, second: Json) -> list[Edit]:
    person = next(iter(world.tokens.people["asana"]))
    return [
        (
            f"Asana: “{first['title']}” is renamed",
            lambda: world.asana_edit(first["id"], person, name=f"{first['title']}!"),
        ),
        (f"Asana: “{second['title']}” is completed", lambda: world.asana_complete(second["id"], person)),
        ("Asana: a new task “Thank the speakers”", lambda: world.asana_create(person, name="Thank the speakers")),
    ]


def _in_basecamp(world: World, first: Json, third: Json, soon: date) -> list[Edit]:
    person = next(iter(world.tokens.people["basecamp"]))
    return [
        (
            f"Basecamp: the same “{first['title']}” gets another date",
            lambda: world.basecamp_edit(first["id"], person, due_on=soon.isoformat()),
        ),
        (f"Basecamp: “{third['title']}” goes to the trash", lambda: world.basecamp_trash(third["id"], person)),
    ]


def _in_outlook(world: World, soon: date) -> list[Edit]:
    person = next(iter(world.tokens.people["microsoft365"]))
    deadlines = {task["title"] for task in world.asana_tasks() if task["kind"] == "milestone"}
    coming = [event for event in world.outlook_events() if event["start"] >= str(world.now().date())]
    event = next(event for event in coming if event["title"] in deadlines)
    day = soon + timedelta(days=5)
    return [
        (
            f"Outlook: the deadline “{event['title']}” is moved to {day}",
            lambda: world.outlook_move(event["id"], person, day, day + timedelta(days=1)),
        ),
        (
            f"Outlook: a new gathering “{TITLE}”",
            lambda: world.outlook_create(person, TITLE, soon, soon + timedelta(days=1)),
        ),
    ]


def _answers(world: World) -> list[Edit]:
    """Tell apart, or make equal, what copsync asked about."""
    person = next(iter(world.tokens.people["basecamp"]))
    titles = {task["title"]: task for task in world.asana_tasks()}
    unclear = [
        todo
        for todo in world.basecamp_todos()
        if todo["title"] in titles and todo["due"] != titles[todo["title"]]["due"]
    ]
    return [_tell_apart(world, person, todo) for todo in unclear]


def _tell_apart(world: World, person: str, todo: Json) -> Edit:
    title = f"{todo['title']} (Basecamp)"
    return f"Basecamp: “{todo['title']}” becomes “{title}”", lambda: world.basecamp_edit(
        todo["id"], person, content=title
    )


def in_step(world: World, calendars: CalendarServer | None) -> list[str]:
    """Compare the tools directly, without copsync: return what differs."""
    tasks = {_key(task): task for task in [*world.asana_tasks(), *_subtasks(world)]}
    todos = {_key(todo): todo for todo in world.basecamp_todos()}
    events = Counter(event["title"] for event in world.outlook_events() if event["title"] != demo_series.TITLE)
    entries = Counter(entry["title"] for entry in world.basecamp_entries() if entry["title"] != demo_series.TITLE)
    deadlines = Counter(task["title"] for task in tasks.values() if task["kind"] == "milestone" and task["due"])
    differences = [f"only in Asana: {title}" for title, *_ in sorted(set(tasks) - set(todos))]
    differences += [f"only in Basecamp: {title}" for title, *_ in sorted(set(todos) - set(tasks))]
    differences += [f"only in Outlook: {title}" for title in sorted(events - entries - deadlines)]
    differences += [f"not in Outlook: {title}" for title in sorted((entries + deadlines) - events)]
    caldav = calendars.content() if calendars else None
    differences += demo_caldav.differences(world, caldav) if caldav is not None else []
    return differences + demo_series.differences(world, caldav)


def _key(task: Json) -> tuple[str, bool, str]:
    """Return what must be the same in both tools: the title, whether it is done, and the day."""
    return str(task["title"]), bool(task["done"]), str(task["due"] or "")[:10]


def _subtasks(world: World) -> list[Json]:
    params = {"opt_fields": "name,completed,due_on", "limit": "100"}
    found: list[Json] = []
    for parent in (task for task in world.asana_tasks() if task["steps"]):
        rows = world.send("asana", None, "GET", f"/tasks/{parent['id']}/subtasks", params=params).json()["data"]
        found += [
            {"title": row["name"], "done": row["completed"], "due": row["due_on"], "kind": "task"} for row in rows
        ]
    return found


def run_demo(*, as_json: bool) -> None:
    """Play the demo on fresh stand-ins, and on a CalDAV server where one is installed.

    Raises:
        DemoFailedError: it did not end in step.
    """
    console = Console(quiet=True) if as_json else out()
    err().print(
        "Starting stand-ins of Asana, Basecamp, Microsoft 365 and LinkedIn with a sample community …", style="dim"
    )
    with (
        World.start() as world,
        demo_caldav.calendar_server() as calendars,
        temporary_settings(world, calendars) as configuration,
    ):
        demo_series.begin(world)
        store = Store.open(configuration.settings.store.url, configuration.folder)
        try:
            demo = Demo(world, calendars, configuration, store, console)
            asyncio.run(demo.play())
        finally:
            store.close()
    if as_json:
        print_json(demo.story | {"in_step": True})
    else:
        console.print("\nNext: `copsync sandbox` to try it by hand, `copsync init` for your own tools.")
