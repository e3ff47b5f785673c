"""digest: the coming weekly digest, in any form; nothing is sent."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import err
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
from cli.words import visible

if TYPE_CHECKING:
    from config.loader import Configuration
    from config.models import CommunitySettings
    from domain.announcements.channel import Form
    from domain.announcements.render import Rendered
    from store.store import Store

Json = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="""\b
Examples:
  copsync digest
  copsync digest --as html > digest.html
  copsync digest --channel intranet --as card
  copsync digest --json | jq -r .text"""
    )(digest)


class As(StrEnum):
    """In which form a digest is printed."""

    TEXT = "text"
    HTML = "html"
    CARD = "card"
    MARKDOWN = "markdown"


def digest(
    context: typer.Context,
    form: Annotated[As, typer.Option("--as", help="The form in which it is printed.")] = As.TEXT,
    channel: Annotated[
        str | None,
        typer.Option("--channel", metavar="ID", help="As that channel gets it; else the first that wants it."),
    ] = None,
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Print the coming weekly digest; nothing is sent.

    It is as of the last sync, and holds what the channel's readers may know. Without a channel it is that for all
    members.
    """
    from domain.announcements.channel import Form

    configuration = configuration_of(context)
    with store_of(configuration) as store:
        documents = [
            _document(settings.id, form, *_digest(configuration, settings, store, channel, Form(form.value)))
            for settings in communities_of(configuration, community)
        ]
    if json:
        print_json(together(documents))
    else:
        for one in documents:
            _print(one)


def _document(community: str, form: As, channel: str | None, found: Rendered | None) -> Json:
    from domain.announcements.render import page

    body = "" if found is None else page(found) if form is As.HTML else found.body
    return {
        "community": community,
        "channel": channel,
        "as": form.value,
        "title": found.title if found else None,
        "text": found.text if found else None,
        "body": body or None,
        "card": found.card if found else None,
    }


def _digest(
    configuration: Configuration, settings: CommunitySettings, store: Store, wanted: str | None, form: Form
) -> tuple[str | None, Rendered | None]:
    """Return the channel whose digest it is, and the digest; a channel is only needed if one is named."""
    from domain.announcements.channel import Topic
    from domain.errors import ConfigProblem
    from sync.announce.look import coming_digest, everybody
    from sync.announce.scene import scene_of
    from sync.wiring import Wiring

    scene = scene_of(configuration, settings, store, now())
    places = Wiring(configuration).channels(settings)
    found = [one for one in places if one.id == wanted or (wanted is None and Topic.DIGEST in one.channel.wants)]
    if wanted is not None and not found:
        known = ", ".join(one.id for one in places) or "none yet"
        raise ConfigProblem(f"{settings.id} has no channel '{wanted}'.", mend=f"There are: {known}.")
    chosen = found[0].channel if found else everybody(scene)
    return (found[0].id if found else None), coming_digest(scene, chosen, store, form)


def _print(document: Json) -> None:
    import json as written

    if document["body"] is None:
        err().print(f"{document['community']}: there is nothing to say this week.", markup=False)
    elif document["card"] is not None:
        typer.echo(written.dumps(document["card"], ensure_ascii=False, indent=2))
    else:
        typer.echo(visible(document["body"]))
