"""plan and sync."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import (
    CommunityOption,
    JsonOption,
    configuration_of,
    now,
    out,
    print_json,
    store_of,
    together,
)

if TYPE_CHECKING:
    from config.loader import Configuration
    from store.store import Store
    from sync.progress import Progress
    from sync.report import Report
    from sync.run import Wish

FullOption = Annotated[
    bool, typer.Option("--full", help="Read everything, instead of what changed since the last run.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="""\b
Examples:
  copsync plan
  copsync plan --json | jq '.steps[] | {space, verb, title}'

Exit status: 0, or 3 if a person is needed before a sync could do all of it."""
    )(plan)
    app.command(
        epilog="""\b
Examples:
  copsync sync
  copsync sync --community data-practice --full
  copsync sync --approve 20261122-005055-df3f0b
  copsync sync --json | jq .state

Ctrl-C at any moment loses nothing: the next run looks up what was under way."""
    )(sync)


def plan(
    context: typer.Context, community: CommunityOption = None, json: JsonOption = False, full: FullOption = False
) -> None:
    """Show what a sync would do and why; sends only reads."""
    from sync.run import Wish

    configuration = configuration_of(context)
    with store_of(configuration) as store:
        _run(configuration, store, community, Wish(full=full), dry=True, as_json=json)


def sync(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    full: FullOption = False,
    approve: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Release what a guard held in that run (`copsync status` names it)."),
    ] = None,
) -> None:
    """Bring the community into step."""
    from sync.approval import approved_in
    from sync.run import Wish

    configuration = configuration_of(context)
    with store_of(configuration) as store:
        approved = approved_in(store, approve) if approve else frozenset()
        if approve:
            _refuse_another_community(store, approve, community)
        _run(configuration, store, community, Wish(full=full, approved=approved), dry=False, as_json=json)


def _refuse_another_community(store: Store, run: str, wanted: str | None) -> None:
    from domain.errors import ConfigProblem
    from store import runs

    with store.reading() as connection:
        found = runs.one(connection, run)
    if found is not None and wanted not in (None, found["community"]):
        raise ConfigProblem(
            f"Run {run} is one of the community '{found['community']}', not of '{wanted}'.",
            mend=f"Use --community {found['community']}, or name another run.",
        )


def _run(
    configuration: Configuration, store: Store, community: str | None, wish: Wish, *, dry: bool, as_json: bool
) -> None:
    import asyncio

    reports = asyncio.run(_each(configuration, store, community, wish, dry=dry, as_json=as_json))
    if as_json:
        print_json(together([report.json() for report in reports]))
    status = max((int(report.exit) for report in reports), default=0)
    if status:
        raise typer.Exit(status)


async def _each(
    configuration: Configuration, store: Store, community: str | None, wish: Wish, *, dry: bool, as_json: bool
) -> list[Report]:
    """Run every community; all of them are wired first, so that a mistake in the last one is told before anything."""
    from sync.run import preview
    from sync.run import sync as run_sync
    from sync.wiring import Wiring

    reports = []
    async with Wiring(configuration) as wiring:
        bound = [wiring.community(settings) for settings in wiring.community_settings(community)]
        for one in bound:
            with _progress() as progress:
                report = await (preview if dry else run_sync)(one, store, now, wish, progress)
            reports.append(report)
            if not as_json:
                _show(report)
    return reports


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show bars to whoever watches, and import nothing for them where nobody does."""
    from sync.progress import silent

    if sys.stderr.isatty():
        from cli.progress import Bars

        with Bars() as bars:
            yield bars
    else:
        yield silent


def _show(report: Report) -> None:
    from cli.pages import show_report

    show_report(out(), report.json())
