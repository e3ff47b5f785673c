"""digest and announce: what is said where the community talks - a look, the coming digest, and saying it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import err, out
from cli.context import (
    CommunityOption,
    JsonOption,
    communities_of,
    configuration_of,
    home_of,
    now,
    print_json,
    store_of,
    together,
)
from cli.exits import FAILED, LOCKED, PERSON_NEEDED
from cli.words import count, line

if TYPE_CHECKING:
    from config.loader import Configuration
    from config.models import CommunitySettings
    from domain.announcements.message import Message
    from store.store import Store
    from sync.announce.announce import Announced
    from sync.announce.look import Outlook

Json = dict[str, Any]


class As(StrEnum):
    """In which form a digest is printed."""

    TEXT = "text"
    HTML = "html"
    CARD = "card"
    MARKDOWN = "markdown"


announce_app = typer.Typer(
    invoke_without_command=True,
    epilog="""\b
Examples:
  copsync announce                    what would be said in each channel, and what was
  copsync announce send               say what is due now; safe to run as often as you like
  copsync announce --json | jq '.channels[].coming[] | .title'
  copsync digest                           the coming weekly digest, without sending it

\b
States of a message:
  planned      waits for its turn: quiet hours, the daily maximum, or the next send
  sending      handed to the channel, no answer yet
  sent         said
  unclear      it may have arrived; never sent again unless the channel can tell
  refused      the channel will not have it; the reason says why
  superseded   something newer took its place""",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="""\b
Examples:
  copsync digest
  copsync digest --as html > digest.html
  copsync digest --channel intranet --as card
  copsync digest --json | jq -r .text"""
    )(digest)
    announce_app.command(
        epilog="""\b
Examples:
  copsync announce send
  copsync announce send --community data-practice --json

Exit status: 0 said, or nothing is due; 1 a channel failed; 3 a person is needed; 4 another run holds the community."""
    )(send)
    app.add_typer(announce_app, name="announce")
    app.command(
        epilog="""\b
Examples:
  copsync audience event-442a              for whom is it?
  copsync audience event-442a public       everybody may hear of it
  copsync audience event-442a --reset      as the configuration says for things of its kind
  copsync audience event-442a --json | jq -r .audience"""
    )(audience)


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
    from domain.announcements.render import page

    configuration = configuration_of(context)
    documents = []
    with store_of(configuration) as store:
        for settings in communities_of(configuration, community):
            name, found = _digest(configuration, settings, store, channel, Form(form.value))
            body = "" if found is None else page(found) if form is As.HTML else found.body
            documents.append(
                {
                    "community": settings.id,
                    "channel": name,
                    "as": form.value,
                    "title": found.title if found else None,
                    "text": found.text if found else None,
                    "body": body or None,
                    "card": found.card if found else None,
                }
            )
    if json:
        print_json(together(documents))
    else:
        for one in documents:
            _print_digest(one)


def _digest(
    configuration: Configuration, settings: CommunitySettings, store: Store, wanted: str | None, form: Any
) -> tuple[str | None, Any]:
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


def _print_digest(document: Json) -> None:
    import json as written

    if document["body"] is None:
        err().print(f"{document['community']}: there is nothing to say this week.", markup=False)
    elif document["card"] is not None:
        typer.echo(written.dumps(document["card"], ensure_ascii=False, indent=2))
    else:
        typer.echo(_visible(document["body"]))


def _visible(text: str) -> str:
    from cli.words import visible

    return visible(text)


@announce_app.callback()
def announce(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Show what would be said in each channel, and what was.

    Nothing is sent and nothing is kept. Channels are configured under [[communities.channels]]; docs/announcements.md
    explains when what is said.
    """
    if context.invoked_subcommand is not None:
        return
    from sync.announce.look import outlook
    from sync.announce.scene import scene_of
    from sync.wiring import Wiring

    configuration = configuration_of(context)
    documents, shown = [], []
    with store_of(configuration) as store:
        for settings in communities_of(configuration, community):
            scene = scene_of(configuration, settings, store, now())
            found = [outlook(scene, place, store) for place in Wiring(configuration).channels(settings)]
            documents.append({"community": settings.id, "channels": [one.json() for one in found]})
            shown.append((settings.id, found))
    if json:
        print_json(together(documents))
        return
    for name, outlooks in shown:
        _show(name, outlooks)


_MOST = 10


def _show(community: str, outlooks: list[Outlook]) -> None:
    console = out()
    console.print(f"[bold]{line(community)}[/]  {count(len(outlooks), 'channel')}")
    if not outlooks:
        console.print("  Nothing is said anywhere. Add \\[\\[communities.channels]]; `copsync init` shows the keys.")
    for one in outlooks:
        wants = ", ".join(sorted(one.channel.wants)) or "nothing"
        console.print(f"\n[bold cyan]{line(one.channel.id)}[/]  for {one.channel.audience.value}, wants {wants}")
        if one.note:
            console.print(f"  [yellow]{line(one.note)}[/]")
        if one.next_digest:
            console.print(
                f"  next digest {one.next_digest.astimezone(one.channel.zone):%a %d %b %H:%M} {one.channel.zone.key}"
            )
        for message in one.coming[:_MOST]:
            _show_message(message, "planned")
        _more(len(one.coming))
        for message in one.said[:_MOST]:
            _show_message(message, message.state.value)
        _more(len(one.said))


def _show_message(message: Message, state: str) -> None:
    from cli.stories import when

    console = out()
    colour = {"sent": "green", "refused": "red", "unclear": "yellow"}.get(state, "dim")
    at = when((message.sent_at or message.planned_at).isoformat())
    title = line(message.title or message.thing)
    replies = (
        f" [dim]({message.replies} {'reply' if message.replies == 1 else 'replies'})[/]" if message.replies else ""
    )
    console.print(f"  [{colour}]{state:<10}[/] {at}  {message.topic.value}: {title}{replies}")
    if message.reason:
        console.print(f"             [dim]{line(message.reason)}[/]")


def _more(found: int) -> None:
    if found > _MOST:
        out().print(f"  [dim]and {found - _MOST} more; --json has them all[/]")


def send(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Say what is due now: in time, within quiet hours and daily maximum, and nothing twice.

    The weekly digest is sent by the first call after its time. A message of which it is not known whether it arrived is
    looked up where the channel can tell, and else left to you.
    """
    import asyncio

    found = asyncio.run(_send(context, community))
    if json:
        print_json(together([one.json() for one in found]))
    else:
        for one in found:
            _show_said(one)
    if any(one.needs_person for one in found):
        raise typer.Exit(PERSON_NEEDED)
    if any(one.failed for one in found):
        raise typer.Exit(FAILED)
    if any(one.locked for one in found):
        raise typer.Exit(LOCKED)


async def _send(context: typer.Context, community: str | None) -> list[Announced]:
    from domain.errors import Locked
    from sync.announce.announce import Announced
    from sync.announce.announce import announce as say
    from sync.wiring import Wiring

    configuration = configuration_of(context)
    found = []
    with store_of(configuration) as store:
        for settings in communities_of(configuration, community):
            async with Wiring(configuration) as wiring:
                try:
                    found.append(await say(configuration, settings, wiring.channels(settings), store, now))
                except Locked as locked:
                    found.append(Announced(settings.id, waits=str(locked), locked=True))
    return found


def _show_said(found: Announced) -> None:
    console = out()
    console.print(f"[bold]{line(found.community)}[/]  {count(len(found.said), 'message')}")
    if found.waits:
        console.print(f"  [yellow]{line(found.waits)}[/]")
    for one in found.channels:
        known = f", {count(one.known, 'thing')} known already" if one.known else ""
        console.print(f"\n[bold cyan]{line(one.channel)}[/]  {count(len(one.said), 'message')}{known}")
        for message in one.said:
            _show_message(message, message.state.value)
        if one.problem:
            err().print(f"  {line(one.problem.message)}\n    → {line(one.problem.mend)}", style="red")


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
    if json:
        print_json(
            {
                "community": settings.id,
                "record": found.record,
                "kind": found.kind,
                "title": found.title,
                "audience": found.audience.value,
                "said": found.said,
            }
        )
        return
    why = "said of it" if found.said else f"as every {found.kind}"
    out().print(f"{found.kind} {line(found.title)}: [bold]{found.audience.value}[/] [dim]({why})[/]")
