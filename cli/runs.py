"""plan and sync."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from cli.context import CommunityOption, JsonOption, configuration_of, failing_clearly, now, out, print_json, store_of

if TYPE_CHECKING:
    from config.loader import Configuration
    from store.store import Store
    from sync.report import Report
    from sync.run import Wish

FullOption = Annotated[
    bool, typer.Option("--full", help="Read everything, instead of what changed since the last run.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(plan)
    app.command()(sync)


def plan(
    context: typer.Context, community: CommunityOption = None, json: JsonOption = False, full: FullOption = False
) -> None:
    """Show what a sync would do, per space and field, and why. Sends only reads."""
    with failing_clearly(as_json=json):
        from sync.run import Wish

        configuration = configuration_of(context)
        with store_of(configuration) as store:
            reports = asyncio.run(_run(configuration, store, community, Wish(full=full), dry=True, quiet=json))
        _show(reports, as_json=json)


def sync(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    full: FullOption = False,
    approve: Annotated[str | None, typer.Option(metavar="RUN", help="Release what a guard held in that run.")] = None,
) -> None:
    """Bring the community into step."""
    with failing_clearly(as_json=json):
        from sync.approval import approved_in
        from sync.run import Wish

        configuration = configuration_of(context)
        with store_of(configuration) as store:
            approved = approved_in(store, approve) if approve else frozenset()
            wish = Wish(full=full, approved=approved)
            reports = asyncio.run(_run(configuration, store, community, wish, dry=False, quiet=json))
        _show(reports, as_json=json)


async def _run(
    configuration: Configuration, store: Store, community: str | None, wish: Wish, *, dry: bool, quiet: bool
) -> list[Report]:
    from cli.progress import Bars
    from sync.progress import silent
    from sync.run import preview
    from sync.run import sync as run_sync
    from sync.wiring import Wiring

    reports = []
    async with Wiring(configuration) as wiring:
        for settings in wiring.community_settings(community):
            bound = wiring.community(settings)
            with nullcontext(silent) if quiet else Bars() as progress:
                run = preview if dry else run_sync
                reports.append(await run(bound, store, now, wish, progress))
    return reports


def _show(reports: Sequence[Report], *, as_json: bool) -> None:
    from sync.report import all_json

    if as_json:
        print_json(all_json(reports))
    else:
        from cli.pages import show_report

        for report in reports:
            show_report(out(), report.json())
    status = max((int(report.exit) for report in reports), default=0)
    if status:
        raise typer.Exit(status)
