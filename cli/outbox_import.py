"""outbox import: what was said in the group comes into the community, given by a person."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
)
from cli.exits import FAILED
from cli.words import count, line

if TYPE_CHECKING:
    from sync.outbox.discussions import Brought, Discussion
    from sync.outbox.place import Place

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "import",
        epilog="""\b
Examples:
  copsync outbox import --link LINK --title "Which chart for shares?" --author "Ada" --text -      (then paste; Ctrl-D)
  copsync outbox import --file discussions.csv      (columns post_url, title, text, author_name, link)
  copsync outbox import --archive Complete_LinkedInDataExport.zip      (your own posts in the group)
  copsync outbox import --file discussions.csv --json | jq .refused""",
    )(bring_in)


def bring_in(
    context: typer.Context,
    link: Annotated[str | None, typer.Option("--link", metavar="LINK", help="The link of one discussion.")] = None,
    title: Annotated[str, typer.Option("--title", help="Its title; else its first line.")] = "",
    text: Annotated[str, typer.Option("--text", help="What it says; - reads it from standard input.")] = "",
    author: Annotated[str, typer.Option("--author", metavar="NAME", help="Who wrote it, with their consent.")] = "",
    file: Annotated[Path | None, typer.Option("--file", metavar="CSV", help="Many of them, as a table.")] = None,
    archive: Annotated[
        Path | None, typer.Option("--archive", metavar="ZIP", help="Your own copy of your LinkedIn data, complete.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="ID", help="Which group, if there are several.")
    ] = None,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Bring discussions of the group in as posts of the community. Given twice, they are there once.

    LinkedIn lets no program read groups, so a person gives them. From an archive only the posts in this group are
    read, and nothing else of it.
    """
    from sync.outbox import discussions
    from sync.outbox.places import one_place, places_of

    configuration = configuration_of(context)
    place = one_place(places_of(configuration, communities_of(configuration, community)), channel)
    brought = discussions.begin(now())
    given = _given(place, brought, link, file, archive, (title, text, author))
    with store_of(configuration) as store:
        discussions.bring_in(store, place, given, brought, now())
    _tell(brought, as_json=json)
    if brought.refused:
        raise typer.Exit(FAILED)


def _given(
    place: Place,
    brought: Brought,
    link: str | None,
    file: Path | None,
    archive: Path | None,
    words: tuple[str, str, str],
) -> Iterable[Discussion]:
    from connectors.linkedin.archive import shares
    from connectors.linkedin.permalink import parse
    from domain.errors import ConfigProblem
    from sync.outbox import discussions, sheets

    if sum(one is not None for one in (link, file, archive)) != 1:
        raise ConfigProblem("It is not clear what is brought in.", mend="Give one of --link, --file and --archive.")
    if file is not None:
        rows = sheets.rows(sheets.read_file(file), str(file), discussions.NEEDED)
        return discussions.of_rows(rows, place.group, brought)
    if archive is not None:
        return map(discussions.of_share, shares(archive, place.group))
    title, text, author = words
    said = sys.stdin.read(sheets.LONGEST_CELL) if text == "-" else text
    return [discussions.in_group(discussions.Discussion(parse(link or ""), title, said, author), place.group)]


def _tell(brought: Brought, *, as_json: bool) -> None:
    if as_json:
        refused: list[dict[str, Any]] = [
            {"row": row, "message": problem.message, "mend": problem.mend} for row, problem in brought.refused
        ]
        counts = {"new": brought.new, "changed": brought.changed, "same": brought.same}
        print_json({"run": brought.run, **counts, "refused": refused})
        return
    for row, problem in brought.refused[:_SHOWN]:
        err().print(f"row {row}: {line(problem)}", style="yellow")
    if len(brought.refused) > _SHOWN:
        err().print(f"… and {len(brought.refused) - _SHOWN} more; --json shows all", style="yellow")
    told = f"{count(brought.new, 'discussion')} brought in, {brought.changed} changed, {brought.same} already there"
    out().print(f"{told}, {len(brought.refused)} refused.")
