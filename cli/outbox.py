"""outbox: what a moderator posts in a LinkedIn group - what waits, handing it out, and proving that it was posted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import outbox_import, outbox_page, outbox_tend
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
from cli.outbox_words import item_json, show_item, show_items, show_text
from cli.words import count, line

if TYPE_CHECKING:
    from collections.abc import Callable

    from domain.outbox.item import Item
    from store.store import Store
    from sync.outbox.place import Place

Json = dict[str, Any]

ItemArgument = Annotated[str, typer.Argument(metavar="ITEM", help="An item's id, or its beginning.")]
ByOption = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does it, for the record.")]

outbox_app = typer.Typer(
    invoke_without_command=True,
    epilog="""\b
Examples:
  copsync outbox                                what waits, and what to do next
  copsync outbox hand-out out-1a2b              print a text to copy, and where to post it
  copsync outbox claim out-1a2b LINK            the link of the post: it is proved and done
  copsync outbox link --for ada@example.org     a page instead of a terminal, opened by a link that works once
  copsync outbox --json | jq '.items[] | select(.state == "ready") | .id'""",
)

_EXAMPLES = {
    "show": """\b
Examples:
  copsync outbox show out-1a2b
  copsync outbox show 1a2b --json | jq .history""",
    "hand-out": """\b
Examples:
  copsync outbox hand-out out-1a2b
  copsync outbox hand-out out-1a2b --json | jq -r .text""",
    "claim": """\b
Examples:
  copsync outbox claim out-1a2b https://www.linkedin.com/feed/update/urn:li:groupPost:8472911-7264851234567890123/
  copsync outbox claim --file posted.csv        (columns outbox_id and post_url; `copsync outbox sheet` writes one)""",
    "release": """\b
Examples:
  copsync outbox release out-1a2b               (then claim it with the right link)""",
    "approve": """\b
Examples:
  copsync outbox approve out-1a2b""",
    "cancel": """\b
Examples:
  copsync outbox cancel out-1a2b                (`copsync outbox reinstate out-1a2b` brings it back)""",
    "reinstate": """\b
Examples:
  copsync outbox reinstate out-1a2b""",
    "sheet": """\b
Examples:
  copsync outbox sheet --out posted.csv         fill in post_url, then: copsync outbox claim --file posted.csv""",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    commands = (show, hand_out, claim, release, approve, cancel, reinstate, sheet)
    for command in commands:
        name = command.__name__.replace("_", "-")
        outbox_app.command(name, epilog=_EXAMPLES[name])(command)
    outbox_page.register(outbox_app)
    outbox_import.register(outbox_app)
    outbox_tend.register(outbox_app)
    app.add_typer(outbox_app, name="outbox")


@outbox_app.callback()
def outbox(
    context: typer.Context,
    community: CommunityOption = None,
    json: JsonOption = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what was posted, has expired or was cancelled.")
    ] = False,
) -> None:
    """Show what waits to be posted in LinkedIn groups, by a person.

    LinkedIn lets no program read or write groups. copsync writes the texts; a moderator copies one, posts it and gives
    the link of the post, which proves by itself that it stands in the right group since the right moment.
    """
    if context.invoked_subcommand is not None:
        return
    from domain.outbox.states import POSTED, WAITING, State
    from sync.outbox import desk
    from sync.outbox.places import no_place, places_of

    configuration = configuration_of(context)
    documents = []
    with store_of(configuration) as store:
        for settings in communities_of(configuration, community):
            found = [
                item_json(place, item)
                for place in places_of(configuration, [settings])
                for item in desk.items(store, place, State if everything else WAITING | (POSTED - {State.VERIFIED}))
            ]
            waiting = sum(one["state"] in WAITING for one in found)
            documents.append({"community": settings.id, "waiting": waiting, "items": found})
    if not places_of(configuration, configuration.settings.communities):
        raise no_place()
    if json:
        print_json(together(documents))
    else:
        show_items(documents, everything=everything)


def _on_item(context: typer.Context, which: str, do: Callable[[Store, Place, Item], Item]) -> tuple[Place, Item]:
    """Do something with the item that is meant, and return it as it is then."""
    from sync.outbox import desk
    from sync.outbox.places import places_of

    configuration = configuration_of(context)
    with store_of(configuration) as store:
        place, item = desk.item_of(store, places_of(configuration, configuration.settings.communities), which)
        return place, do(store, place, item)


def show(context: typer.Context, item: ItemArgument, json: JsonOption = False) -> None:
    """Show one item: its text, what happened to it, and how it is proved. Looking changes nothing."""
    place, found = _on_item(context, item, lambda _store, _place, one: one)
    document = item_json(place, found, whole=True)
    if json:
        print_json(document)
    else:
        show_item(document)


def hand_out(context: typer.Context, item: ItemArgument, by: ByOption = "terminal", json: JsonOption = False) -> None:
    """Print a text to copy, and where to post it. From now on a post can be claimed for it."""
    from domain.outbox.states import Event, State
    from sync.outbox import desk

    def do(store: Store, _place: Place, one: Item) -> Item:
        from domain.outbox.item import moved

        if one.state is not State.HANDED_OUT:
            moved(one, Event.HAND_OUT, now())  # says why not
        return desk.hand_out(store, [one], by, now())[0]

    place, found = _on_item(context, item, do)
    if json:
        print_json(item_json(place, found, whole=True))
        return
    show_text(found.text)
    console = err()
    console.print(f"\nPost it in {place.url}", style="dim", soft_wrap=True)
    console.print("Then, in your post's menu …, “Copy link to post”, and:", style="dim")
    console.print(f"  copsync outbox claim {found.id} LINK", markup=False)


def claim(
    context: typer.Context,
    item: Annotated[str | None, typer.Argument(metavar="ITEM", help="An item's id, or its beginning.")] = None,
    link: Annotated[
        str | None, typer.Argument(metavar="LINK", help="The link of the post, as LinkedIn copies it.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="CSV", help="Many at once: outbox_id, post_url.")
    ] = None,
    by: ByOption = "terminal",
    json: JsonOption = False,
) -> None:
    """Say which post was made from an item. The link alone proves the group and the time; nobody is asked.

    With --file, each row stands for itself, and the same file twice is as once. Exit status 1 if a row was refused.
    """
    from domain.errors import ConfigProblem
    from sync.outbox import desk

    if file is not None and item is None:
        _claim_file(context, file, by, as_json=json)
        return
    if file is not None or item is None or link is None:
        raise ConfigProblem("It is not clear what is claimed.", mend="Give an ITEM and its LINK, or --file CSV.")
    given = link
    place, found = _on_item(context, item, lambda store, here, one: desk.claim(store, here, one, given, by, now()))
    if json:
        print_json(item_json(place, found))
    else:
        out().print(f"“{line(found.title)}” is {found.state}: {line(found.evidence)}.")


def _claim_file(context: typer.Context, file: Path, by: str, *, as_json: bool) -> None:
    from sync.outbox.claims import claim_rows
    from sync.outbox.places import places_of
    from sync.outbox.sheets import read_file

    configuration = configuration_of(context)
    places = places_of(configuration, configuration.settings.communities)
    content = read_file(file)
    with store_of(configuration) as store:
        rows = list(claim_rows(store, places, content, str(file), by, now()))
    refused = [row for row in rows if row.problem]
    if as_json:
        told = [
            {"row": row.row, "item": row.outbox_id, "state": row.item.state.value if row.item else None}
            | ({"message": row.problem.message, "mend": row.problem.mend} if row.problem else {})
            for row in rows
        ]
        print_json({"claimed": len(rows) - len(refused), "refused": len(refused), "rows": told})
    else:
        for row in refused[:_SHOWN]:
            err().print(f"row {row.row}: {line(row.problem)}", style="yellow")
        if len(refused) > _SHOWN:
            err().print(f"… and {len(refused) - _SHOWN} more; --json shows all", style="yellow")
        out().print(f"{count(len(rows) - len(refused), 'post')} taken note of, {len(refused)} refused.")
    if refused:
        raise typer.Exit(FAILED)


_SHOWN = 20


def release(context: typer.Context, item: ItemArgument, by: ByOption = "terminal", json: JsonOption = False) -> None:
    """Take a claim back, because its link was the wrong one. The item waits again."""
    from sync.outbox import desk

    _tell(*_on_item(context, item, lambda store, _place, one: desk.release(store, one, by, now())), as_json=json)


def approve(context: typer.Context, item: ItemArgument, by: ByOption = "terminal", json: JsonOption = False) -> None:
    """Approve the text of a draft, where the channel asks for it (`approve = true`)."""
    _move(context, item, "approve", by, as_json=json)


def cancel(context: typer.Context, item: ItemArgument, by: ByOption = "terminal", json: JsonOption = False) -> None:
    """Decide that an item is not to be posted."""
    _move(context, item, "cancel", by, as_json=json)


def reinstate(context: typer.Context, item: ItemArgument, by: ByOption = "terminal", json: JsonOption = False) -> None:
    """Bring back what was cancelled or has expired, with a new term."""
    _move(context, item, "reinstate", by, as_json=json)


def _move(context: typer.Context, item: str, event: str, by: str, *, as_json: bool) -> None:
    from domain.outbox.states import Event
    from sync.outbox import desk

    def do(store: Store, place: Place, one: Item) -> Item:
        return desk.move(store, one, Event(event), by, now(), place)

    _tell(*_on_item(context, item, do), as_json=as_json)


def _tell(place: Place, item: Item, *, as_json: bool) -> None:
    if as_json:
        print_json(item_json(place, item))
    else:
        out().print(f"“{line(item.title)}” ({item.id}) is {item.state}.")


def sheet(
    context: typer.Context,
    target: Annotated[Path, typer.Option("--out", metavar="CSV", help="Where to write it.")],
    by: ByOption = "terminal",
    json: JsonOption = False,
) -> None:
    """Write what waits as a table, for moderators who like spreadsheets; what is in it counts as handed out."""
    from cli.feed_files import written
    from sync.outbox.claims import sheet as table
    from sync.outbox.places import places_of

    configuration = configuration_of(context)
    with store_of(configuration) as store:
        content = table(store, places_of(configuration, configuration.settings.communities), by, now())
    written(target, content)
    if json:
        print_json({"written": str(target)})
    else:
        out().print(f"Written: {line(target)}. Fill in post_url, then: copsync outbox claim --file {line(target)}")
