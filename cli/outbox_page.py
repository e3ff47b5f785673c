"""outbox link and serve: the page on which moderators find what to post."""

from __future__ import annotations

from typing import Annotated

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
)
from cli.words import count, line


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="""\b
Examples:
  copsync outbox link --for ada@example.org
  copsync outbox link --json | jq -r .url
  copsync outbox link --revoke                  (a link got into wrong hands: all of them end, and open pages too)"""
    )(link)
    app.command(
        epilog="""\b
Examples:
  copsync outbox serve
  copsync outbox serve --port 9001 --json"""
    )(serve)


def link(
    context: typer.Context,
    moderator: Annotated[
        str, typer.Option("--for", metavar="EMAIL", help="Whom it is for, for the record.")
    ] = "moderator",
    channel: Annotated[
        str | None, typer.Option("--channel", metavar="ID", help="Which group, if there are several.")
    ] = None,
    community: CommunityOption = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="End every link and every open page instead.")] = False,
    json: JsonOption = False,
) -> None:
    """Make a link to the page with the texts, and print it, this once.

    It works once, in one browser, for four days; the page then stays open for twelve hours. No account is needed, so
    give it to nobody but a moderator.
    """
    from sync.outbox import links
    from sync.outbox.places import link_url, one_place, places_of

    configuration = configuration_of(context)
    places = places_of(configuration, communities_of(configuration, community))
    if revoke:
        with store_of(configuration) as store:
            ended = links.revoke(store, [one for one in places if channel in (None, one.channel)], now())
        if json:
            print_json({"revoked": ended})
        else:
            out().print(f"{count(ended, 'link')} ended. `copsync outbox link` makes a new one.")
        return
    place = one_place(places, channel)
    with store_of(configuration) as store:
        url = link_url(configuration, links.make(store, place, moderator, now()))
    if json:
        until = now() + links.LIFE
        print_json({"community": place.community, "channel": place.channel, "url": url, "until": until.isoformat()})
        return
    out().print(url, markup=False, soft_wrap=True)
    err().print("This link is shown once and opens once. `copsync outbox serve` must be running.", style="dim")
    if configuration.settings.outbox.base_url is None:
        hint = (
            "It leads to this machine alone: set base_url under \\[outbox] to the public address, then make it again."
        )
        err().print(hint, style="yellow")


def serve(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0 takes a free one.")] = 8766,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; other than this machine, mind the HTTPS.")
    ] = "127.0.0.1",
    json: JsonOption = False,
) -> None:
    """Answer those who open such links, until Ctrl-C.

    Listens on this machine alone. A proxy in front of it speaks HTTPS; docs/connectors/linkedin.md shows how.
    """
    from cli.server import answer
    from sync.outbox.places import no_place, places_of

    configuration = configuration_of(context)
    if not places_of(configuration, configuration.settings.communities):
        raise no_place()
    with store_of(configuration):
        pass

    def tell(url: str) -> None:
        if json:
            print_json({"url": url, "base_url": configuration.settings.outbox.base_url})
        else:
            out().print(f"The outbox is answered at {line(url)}/outbox/…", soft_wrap=True)
            err().print("Ctrl-C stops it.", style="dim")

    answer(config_path(context), host, port, "web.outbox:app", tell)
