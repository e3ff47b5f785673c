"""audience: for whom a gathering, deadline, task or document is."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import out
from cli.context import (
    CommunityOption,
    JsonOption,
    communities_of,
    configuration_of,
    home_of,
    now,
    print_json,
    store_of,
)
from cli.words import line

if TYPE_CHECKING:
    from sync.audience import ForWhom


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="""\b
Examples:
  copsync audience event-442a              for whom is it?
  copsync audience event-442a public       everybody may hear of it
  copsync audience event-442a --reset      as the configuration says for things of its kind
  copsync audience event-442a --json | jq -r .audience"""
    )(audience)


class Word(StrEnum):
    """For whom something is."""

    INTERNAL = "internal"
    COMMUNITY = "community"
    PUBLIC = "public"


def audience(
    context: typer.Context,
    record: Annotated[
        str, typer.Argument(metavar="RECORD", help="A record's id, its beginning, or an item's id in its tool.")
    ],
    word: Annotated[Word | None, typer.Argument(metavar="[AUDIENCE]", help="internal, community or public.")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Let its kind decide again.")] = False,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Show or say for whom a record is.

    Channels are told only of what their readers may know. Nothing is written into a tool.
    """
    import asyncio

    from cli.conflicts import who
    from domain.announcements.audience import Audience
    from domain.errors import ConfigProblem
    from store.runs import find_record
    from sync.audience import for_whom, say_for_whom

    if word is not None and reset:
        raise ConfigProblem("Which audience is meant is not clear.", mend="Give either a word or --reset.")
    configuration = configuration_of(context)
    with store_of(configuration) as store:
        settings = home_of(store, communities_of(configuration, community), find_record, record)
        if word is None and not reset:
            found = for_whom(store, settings, record)
        else:
            wanted = Audience(word.value) if word else None
            found = asyncio.run(say_for_whom(store, settings, now, record, wanted, who()))
    _print(settings.id, found, json=json)


def _print(community: str, found: ForWhom, *, json: bool) -> None:
    if json:
        told = {"record": found.record, "kind": found.kind, "title": found.title, "audience": found.audience.value}
        print_json({"community": community, **told, "said": found.said})
        return
    why = "said of it" if found.said else f"as every {found.kind}"
    out().print(f"{found.kind} {line(found.title)}: [bold]{found.audience.value}[/] [dim]({why})[/]")
