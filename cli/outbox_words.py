"""Items of the outbox as JSON and as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.words import count, line

if TYPE_CHECKING:
    from domain.outbox.item import Item
    from sync.outbox.place import Place

Json = dict[str, Any]


def item_json(place: Place, item: Item, *, whole: bool = False) -> Json:
    """Return an item; `whole` with its text and history."""
    post = _post(item)
    found: Json = {
        "id": item.id,
        "community": item.community,
        "channel": item.channel,
        "state": item.state.value,
        "title": item.title,
        "thing": item.thing,
        "revision": item.revision,
        "created_at": item.created_at.isoformat(),
        "handed_out_at": item.handed_out_at.isoformat() if item.handed_out_at else None,
        "expires_at": item.expires_at.isoformat(),
        "post": post,
        "proof": item.proof,
        "evidence": item.evidence,
    }
    if whole:
        found |= {"text": item.text, "group_url": place.url, "composer_url": place.composer_url(item.text)}
        found["history"] = [
            {
                "at": move.at.isoformat(),
                "event": move.event.value,
                "to": move.to.value,
                "by": move.by,
                "note": move.note,
            }
            for move in item.moves
        ]
    return found


def _post(item: Item) -> Json | None:
    from connectors.linkedin.permalink import parse

    if item.post is None:
        return None
    post = parse(item.post)
    return {"urn": post.urn, "url": post.url, "made_at": post.made_at.isoformat()}


_NEXT = {
    "draft": "copsync outbox approve {}",
    "ready": "copsync outbox hand-out {}",
    "handed out": "copsync outbox claim {} LINK",
    "claimed": "waits for LinkedIn to confirm it",
}


def show_items(documents: Sequence[Mapping[str, Any]], *, everything: bool) -> None:
    """Print what is in the outboxes, and what to do about it."""
    from cli.console import out
    from cli.pages import show_table

    console = out()
    for document in documents:
        waits = count(document["waiting"], "text")
        console.print(f"[bold]{line(document['community'])}[/]  {waits} to be posted by a moderator")
        if document["items"]:
            show_table(console, _table(document["items"]))
        elif not everything:
            console.print(
                "  Nothing waits. `copsync outbox tend` looks for what is to be told; `--all` shows what was posted."
            )


def _table(items: Sequence[Mapping[str, Any]]) -> Any:
    from rich.table import Table

    from cli.stories import when
    from cli.words import short

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("item", "state", "text", "until", "next"):
        table.add_column(name, no_wrap=True, overflow="fold")
    for one in items:
        next_step = _NEXT.get(one["state"], one["evidence"]).format(one["id"])
        table.add_row(
            line(one["id"]), line(one["state"]), short(one["title"], 40), when(one["expires_at"]), line(next_step)
        )
    return table


def show_item(item: Mapping[str, Any]) -> None:
    """Print one item with its text and everything that happened to it."""
    from cli.console import out
    from cli.stories import when

    console = out()
    console.print(f"[bold]{line(item['title'])}[/]  {line(item['id'])}, {line(item['state'])}")
    if item["evidence"]:
        console.print(f"  {line(item['evidence'])} (proof level {item['proof']})")
    for move in item["history"]:
        told = f" by {line(move['by'])}" if move["by"] else ""
        note = f": {line(move['note'])}" if move["note"] else ""
        console.print(f"  {when(move['at'])}  {line(move['event'])}{told}{note}")
    console.print()
    show_text(item["text"])


def show_text(text: str) -> None:
    """Print a text so that it can be marked and copied as it is."""
    from cli.console import out
    from cli.words import plain

    out().print(plain(text), markup=False, soft_wrap=True)
