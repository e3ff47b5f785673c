"""plan and sync."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import plan_file
from cli.console import err, out
from cli.context import CommunityOption, JsonOption, configuration_of, now, print_json, store_of, together, watched
from cli.words import plain

if TYPE_CHECKING:
    from config.loader import Configuration
    from store.approvals import Approved
    from store.store import Store
    from sync.community import Community
    from sync.report import Report
    from sync.reviewed import Reviewed
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
  copsync plan --out plan.json             (look at it, show it to others)
  copsync sync --plan plan.json            (do exactly that, or nothing)

Exit status: 0, or 3 if a person is needed before a sync could do all of it."""
    )(plan)
    app.command(
        epilog="""\b
Examples:
  copsync sync
  copsync sync --community data-practice --full
  copsync sync --approve 20261122-005055-df3f0b
  copsync sync --plan plan.json            (saved by `copsync plan --out plan.json`)
  copsync sync --json | jq .state

A saved plan is drawn anew and applied only if it still is the same. If anything moved, nothing is sent, the
differences are listed, and the exit status is 3.

Ctrl-C at any moment loses nothing: the next run looks up what was under way."""
    )(sync)


def plan(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    full: FullOption = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Save the plan for `copsync sync --plan FILE`; only you can read the file."),
    ] = None,
) -> None:
    """Show what a sync would do and why; sends only reads."""
    from sync.run import Wish

    configuration = configuration_of(context)
    if out is not None:
        _must_be_one(configuration, community)
        plan_file.must_be_writable(out)
    with store_of(configuration) as store:
        _run(_Call(configuration, store, community, Wish(full=full), dry=True, as_json=json, out=out))


def _must_be_one(configuration: Configuration, community: str | None) -> None:
    from domain.errors import ConfigProblem

    ids = [one.id for one in configuration.settings.communities]
    if community is None and len(ids) > 1:
        raise ConfigProblem(
            "A saved plan is about one community.", mend=f"Add --community with one of: {', '.join(ids)}."
        )


def sync(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    full: FullOption = False,
    approve: Annotated[
        str | None,
        typer.Option(metavar="RUN", help="Release what a guard held in that run (`copsync status` names it)."),
    ] = None,
    plan: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Do what a saved plan says, or nothing if anything has moved since."),
    ] = None,
) -> None:
    """Bring the community into step."""
    from sync.run import Wish

    configuration = configuration_of(context)
    reviewed = _reviewed(plan, approve)
    with store_of(configuration) as store:
        approved = _approved(store, approve, community)
        wish = Wish(full=full or bool(reviewed and reviewed.full), approved=approved, reviewed=reviewed)
        wanted = community or (reviewed.community if reviewed else None)
        _run(_Call(configuration, store, wanted, wish, dry=False, as_json=json))


def _reviewed(plan: Path | None, approve: str | None) -> Reviewed | None:
    from domain.errors import ConfigProblem

    if plan is None:
        return None
    if approve is not None:
        mend = "Approve first, with `copsync sync --approve RUN`; save a plan of what is left then."
        raise ConfigProblem(
            "A saved plan holds what it held when it was looked at; --approve would add to it.", mend=mend
        )
    return plan_file.read(plan)


def _approved(store: Store, approve: str | None, community: str | None) -> Approved:
    from sync.approval import approved_in

    if approve is None:
        return frozenset()
    approved = approved_in(store, approve)
    _refuse_another_community(store, approve, community)
    return approved


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


@dataclass(frozen=True, slots=True)
class _Call:
    """What a call asks for; with `out`, its plan is saved there."""

    configuration: Configuration
    store: Store
    community: str | None
    wish: Wish
    dry: bool
    as_json: bool
    out: Path | None = None


def _run(call: _Call) -> None:
    import asyncio

    reports = asyncio.run(_each(call))
    if call.as_json:
        print_json(together([report.json() for report in reports]))
    status = max((int(report.exit) for report in reports), default=0)
    if status:
        raise typer.Exit(status)


async def _each(call: _Call) -> list[Report]:
    """Run every community; all of them are wired first, so that a mistake in the last one is told before anything."""
    from sync.run import preview
    from sync.run import sync as run_sync
    from sync.wiring import Wiring

    reports = []
    async with Wiring(call.configuration) as wiring:
        bound = [wiring.community(settings) for settings in wiring.community_settings(call.community)]
        for one in bound:
            if call.wish.reviewed:
                call.wish.reviewed.must_fit(one)
            with watched() as progress:
                report = await (preview if call.dry else run_sync)(one, call.store, now, call.wish, progress)
            reports.append(report)
            if not call.as_json:
                _show(report)
            if call.out:
                _save(call.out, report, one, call)
    return reports


def _save(path: Path, report: Report, community: Community, call: _Call) -> None:
    from importlib.metadata import version

    from sync.reviewed import saved

    if report.state == "failed":
        err().print("Nothing was saved: no space could be read.", style="yellow")
        return
    plan_file.write(path, saved(report, community, now(), f"copsync {version('copsync')}", full=call.wish.full))
    if not call.as_json:
        err().print(plain(f"Saved to {path}. To do exactly this: copsync sync --plan {path}"), markup=False)


def _show(report: Report) -> None:
    from cli.pages import show_report

    show_report(out(), report.json())
