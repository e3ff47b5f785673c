"""outbox tend: what a schedule does about the outboxes, for whoever has none."""

from __future__ import annotations

from typing import Any

import typer

from cli.console import err, out
from cli.context import (
    CommunityOption,
    JsonOption,
    communities_of,
    configuration_of,
    now,
    print_json,
    store_of,
    together,
)
from cli.exits import FAILED
from cli.words import count, line


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="""\b
Examples:
  copsync outbox tend                           once a day from cron is enough; twice does nothing twice
  copsync outbox tend --json | jq '.groups[] | {channel, waiting, expired}'"""
    )(tend)


def tend(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Lay in what is to be told, let items expire, have posts confirmed where LinkedIn may be asked, and remind.

    They are reminded every three days at most, in the channel that `remind` names. The flow `outbox` of
    deployments/prefect.yaml does the same every morning. Exit status 1 if something could not be done.
    """
    import asyncio

    documents = asyncio.run(_tend(context, community))
    problems = [problem for one in documents for group in one["groups"] for problem in group["problems"]]
    if json:
        print_json(together(documents))
    else:
        _show(documents)
        for problem in problems:
            err().print(f"{line(problem['message'])} → {line(problem['mend'])}", style="yellow")
    if problems:
        raise typer.Exit(FAILED)


async def _tend(context: typer.Context, community: str | None) -> list[dict[str, Any]]:
    from sync.outbox.tend import tend as look_after
    from sync.wiring import Wiring

    configuration = configuration_of(context)
    documents = []
    with store_of(configuration) as store:
        async with Wiring(configuration) as wiring:
            for settings in communities_of(configuration, community):
                tended = await look_after(wiring, store, settings, now)
                documents.append({"community": settings.id, "groups": [one.json() for one in tended]})
    return documents


def _show(documents: list[dict[str, Any]]) -> None:
    for one in documents:
        for group in one["groups"]:
            told = [
                f"{count(group['waiting'], 'text waits', 'texts wait')}",
                f"{len(group['confirmed'])} confirmed",
                f"{len(group['expired'])} expired",
                "moderators reminded" if group["reminded"] else "nobody reminded",
            ]
            out().print(f"[bold]{line(one['community'])}[/] {line(group['channel'])}: {', '.join(told)}.")
            for note in group["notes"]:
                out().print(f"  [yellow]•[/] {line(note)}")
