"""feed: calendars that members subscribe to - who has which address, new ones, revoking, writing and serving them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import err, out
from cli.context import (
    CommunityOption,
    JsonOption,
    communities_of,
    config_path,
    configuration_of,
    now,
    print_json,
    store_of,
    together,
)
from cli.words import count, line

if TYPE_CHECKING:
    from config.loader import Configuration
    from config.models import CommunitySettings
    from store.feeds import Feed
    from sync.feeds.calendar import Kind

Json = dict[str, Any]

MemberOption = Annotated[
    str | None,
    typer.Option("--member", metavar="EMAIL", help="One member's duties, with deadlines and gatherings."),
]
CalendarOption = Annotated[bool, typer.Option("--calendar", help="The community's gatherings.")]
DeadlinesOption = Annotated[bool, typer.Option("--deadlines", help="The community's deadlines.")]

feed_app = typer.Typer(
    invoke_without_command=True,
    epilog="""\b
Examples:
  copsync feed                                  which addresses there are
  copsync feed add --member ada@example.org     make one, and print it this once
  copsync feed revoke ada@example.org           let hers answer no more
  copsync feed serve                            answer on this machine; docs/feeds.md says how to show it to the world
  copsync feed --json | jq '.feeds[] | select(.state == "active")'""",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    for command in (add, revoke, write, serve):
        feed_app.command(epilog=_EXAMPLES[command.__name__])(command)
    app.add_typer(feed_app, name="feed")


_EXAMPLES = {
    "add": """\b
Examples:
  copsync feed add --member ada@example.org
  copsync feed add --calendar --community data-practice
  copsync feed add --deadlines --json | jq -r .url""",
    "revoke": """\b
Examples:
  copsync feed revoke feed-1a2b3c4d
  copsync feed revoke ada@example.org           (all of hers)""",
    "write": """\b
Examples:
  copsync feed write --out calendars            (calendars/calendar.ics and calendars/deadlines.ics)
  copsync feed write --out ada.ics --member ada@example.org""",
    "serve": """\b
Examples:
  copsync feed serve
  copsync feed serve --port 9000 --json""",
}


@feed_app.callback()
def feed(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Give members calendars to subscribe to.

    Each has an address that is secret and can be revoked. Without a further word, lists them: whose they are and
    whether they answer. An address is printed once and kept nowhere; to see it again, make a new one.
    """
    if context.invoked_subcommand is not None:
        return
    from sync.feeds.addresses import listed

    configuration = configuration_of(context)
    with store_of(configuration) as store:
        documents = [
            {"community": one.id, "feeds": [_json(feed) for feed in listed(store, one.id)]}
            for one in communities_of(configuration, community)
        ]
    if json:
        print_json(together(documents))
    else:
        for document in documents:
            _show(document)


def _json(feed: Feed) -> Json:
    return {
        "id": feed.id,
        "kind": feed.kind,
        "member": feed.email,
        "state": "revoked" if feed.revoked_at else "active",
        "created_at": feed.created_at.isoformat(),
        "revoked_at": feed.revoked_at.isoformat() if feed.revoked_at else None,
    }


def _show(document: Json) -> None:
    from rich.table import Table

    from cli.pages import show_table
    from cli.stories import when

    console = out()
    console.print(f"[bold]{line(document['community'])}[/]  {count(len(document['feeds']), 'feed')}")
    if not document["feeds"]:
        console.print("  Make one with `copsync feed add --calendar` or `--member EMAIL`.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("feed", "shows", "of", "state", "since"):
        table.add_column(name, no_wrap=True, overflow="fold")
    for one in document["feeds"]:
        since = when(one["revoked_at"] or one["created_at"])
        table.add_row(*map(line, (one["id"], one["kind"], one["member"] or "everybody", one["state"], since)))
    show_table(console, table)


def add(
    context: typer.Context,
    member: MemberOption = None,
    calendar: CalendarOption = False,
    deadlines: DeadlinesOption = False,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Make a feed and print its address, this once.

    Whoever has the address can read the calendar: give it to nobody but the member. Several addresses may lead to
    the same calendar, so that one can be revoked without the others.
    """
    from sync.feeds import addresses

    (kind,) = _kinds(member, calendar=calendar, deadlines=deadlines, most=1)
    configuration = configuration_of(context)
    settings = _one_community(configuration, community)
    with store_of(configuration) as store:
        made = addresses.add(store, configuration, settings, kind, member, now())
    url = made.url
    if json:
        subscribe = f"webcal:{url.partition(':')[2]}"
        print_json({"community": settings.id, **_json(made.feed), "url": url, "subscribe": subscribe})
        return
    out().print(url, markup=False, soft_wrap=True)
    console = err()
    console.print("This address is shown once. Whoever has it can read the calendar.", style="dim")
    console.print("Subscribe to it in the calendar app (do not import it); docs/feeds.md says where.", style="dim")
    if configuration.settings.feeds.base_url is None:
        console.print(
            "It leads to this machine alone: set base_url under \\[feeds] to the public address, then make it again.",
            style="yellow",
        )


def _kinds(member: str | None, *, calendar: bool, deadlines: bool, most: int) -> list[Kind]:
    from domain.errors import ConfigProblem
    from sync.feeds.calendar import Kind

    chosen = ((Kind.CALENDAR, calendar), (Kind.DEADLINES, deadlines), (Kind.DUTIES, member is not None))
    kinds = [kind for kind, is_wanted in chosen if is_wanted]
    if not kinds or len(kinds) > most:
        raise ConfigProblem(
            "Which calendar is meant is not clear." if kinds else "No calendar is named.",
            mend="Give exactly one of --member EMAIL, --calendar and --deadlines.",
        )
    return kinds


def _one_community(configuration: Configuration, wanted: str | None) -> CommunitySettings:
    from domain.errors import ConfigProblem

    found = communities_of(configuration, wanted)
    if len(found) > 1:
        names = ", ".join(one.id for one in found)
        raise ConfigProblem("There are several communities.", mend=f"Add --community with one of: {names}.")
    return found[0]


def revoke(
    context: typer.Context,
    which: Annotated[str, typer.Argument(metavar="ID|EMAIL", help="A feed's id, or a member: all of theirs.")],
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Let a feed answer no more, from the next request on.

    Apps keep what they fetched before; most of them remove it when the address answers “not found” for some time.
    """
    from sync.feeds import addresses

    configuration = configuration_of(context)
    communities = [one.id for one in communities_of(configuration, community)]
    with store_of(configuration) as store:
        revoked = addresses.revoke(store, communities, which, now())
    if json:
        print_json({"revoked": [{"community": feed.community, **_json(feed)} for feed in revoked]})
    else:
        names = ", ".join(feed.id for feed in revoked)
        out().print(f"Revoked: {line(names)}. `copsync feed add` makes a new address.")


def write(
    context: typer.Context,
    target: Annotated[Path, typer.Option("--out", metavar="FILE|FOLDER", help="A file ending in .ics, or a folder.")],
    member: MemberOption = None,
    calendar: CalendarOption = False,
    deadlines: DeadlinesOption = False,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Write calendars as files, for a web server of your own.

    A file whose content is still the same is left untouched. Nothing protects a file but where it lies.
    """
    from cli.feed_files import targets, written
    from sync.feeds.files import content_of

    kinds = _kinds(member, calendar=calendar, deadlines=deadlines, most=3) if member or calendar or deadlines else []
    configuration = configuration_of(context)
    settings = communities_of(configuration, community)
    with store_of(configuration) as store:
        files = {
            path: content_of(store, one, kind, member, now()) for path, one, kind in targets(target, settings, kinds)
        }
    changed = [path for path, content in files.items() if written(path, content)]
    if json:
        print_json({"written": [str(path) for path in changed], "unchanged": len(files) - len(changed)})
    else:
        for path in changed:
            out().print(f"Written: {line(path)}")
        if len(changed) < len(files):
            out().print(f"{count(len(files) - len(changed), 'file')} unchanged.")


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes a free one.")] = 8765,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; other than this machine, mind the HTTPS.")
    ] = "127.0.0.1",
    json: JsonOption = False,
) -> None:
    """Answer requests for feeds until Ctrl-C.

    Listens on this machine alone. A proxy in front of it speaks HTTPS; docs/feeds.md shows how.
    """
    from cli.server import FEEDS, answer

    configuration = configuration_of(context)
    communities_of(configuration, None)
    with store_of(configuration):
        pass

    def tell(url: str) -> None:
        if json:
            print_json({"url": url, "base_url": configuration.settings.feeds.base_url})
        else:
            out().print(f"Feeds are answered at {line(url)}/feeds/…", soft_wrap=True)
            err().print("Ctrl-C stops it.", style="dim")

    answer(config_path(context), host, port, FEEDS, tell)
