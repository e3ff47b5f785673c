"""announce: what would be said where the community talks, what was said, and saying it."""

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
    from domain.announcements.message import Message
    from sync.announce.announce import Announced
    from sync.announce.look import Outlook

Json = dict[str, Any]

announce_app = typer.Typer(
    invoke_without_command=True,
    epilog="""\b
Examples:
  copsync announce                    what would be said in each channel, and what was
  copsync announce send               say what is due now; safe to run as often as you like
  copsync announce settle 8c1f lost   what became of an unclear message, after you looked
  copsync announce --json | jq '.channels[].coming[] | .title'
  copsync digest                           the coming weekly digest, without sending it

\b
States of a message:
  planned      waits for its turn: quiet hours, the daily maximum, or the next send
  sending      handed to the channel, no answer yet
  sent         said
  unclear      it may have arrived; never sent again unless the channel can tell, or you settle it
  refused      the channel will not have it; the reason says why
  superseded   something newer took its place""",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    announce_app.command(
        epilog="""\b
Examples:
  copsync announce send
  copsync announce send --community data-practice --json

Exit status: 0 said, or nothing is due; 1 a channel failed; 3 a person is needed; 4 another run holds the community."""
    )(send)
    announce_app.command(
        epilog="""\b
Examples:
  copsync announce settle 8c1f2ab0 arrived     it is there; nothing is sent
  copsync announce settle 8c1f2ab0 lost        it is not; the next send says it

`copsync status` names the unclear messages by their ids; the beginning of one is enough."""
    )(settle)
    app.add_typer(announce_app, name="announce")


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
        which = f" ({line(message.id)})" if message.state.value == "unclear" else ""
        console.print(f"             [dim]{line(message.reason)}{which}[/]")


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


class Became(StrEnum):
    """What a person found out about a message."""

    ARRIVED = "arrived"
    LOST = "lost"


def settle(
    context: typer.Context,
    message: Annotated[str, typer.Argument(metavar="MESSAGE", help="Its id, or the beginning of it.")],
    became: Annotated[Became, typer.Argument(metavar="arrived|lost", help="Whether it stands in the channel.")],
    community: CommunityOption = None,
    json: JsonOption = False,
) -> None:
    """Say what became of an unclear message, after you looked in the channel.

    Whatever arrived is never sent again; what was lost is said by the next `copsync announce send`.
    """
    import asyncio

    from store.messages import find
    from sync.announce.announce import message_json
    from sync.announce.settle import settle as take_word

    configuration = configuration_of(context)
    with store_of(configuration) as store:
        home = home_of(store, communities_of(configuration, community), find, message)
        found = asyncio.run(take_word(store, home.id, now, message, arrived=became is Became.ARRIVED))
    if json:
        print_json({"community": home.id, **message_json(found)})
    else:
        _show_message(found, found.state.value)


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
