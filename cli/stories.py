"""Status, history and explanations as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = Mapping[str, Any]


def show_status(console: Console, status: Json) -> None:
    """Print where a community stands."""
    last = status["last_run"]
    words = f"last run {last['run']}: {last['state']}" if last else "never synced yet; run `copsync plan` first"
    console.print(f"[bold]{escape(status['community'])}[/]  {words}")
    for space in status["spaces"]:
        colour = "green" if space["state"] == "ok" else "yellow"
        console.print(
            f"  [{colour}]{space['state']:>7}[/]  {escape(space['space'])}: {space['items']} items, "
            f"read {space['read_at'] or 'never'}"
        )
        if space["message"]:
            console.print(f"           {escape(space['message'])}")
    _show_waiting(console, status["waiting"], last)
    if status["running"]:
        console.print(f"  running now: {escape(status['running']['holder'])}, since {status['running']['since']}")


def _show_waiting(console: Console, waiting: Json, last: Json | None) -> None:
    lines = {
        "behind": f"{waiting['behind']} records wait to be sent; the next run sends them",
        "held": f"{len(waiting['held'])} changes are held; `copsync sync --approve {last['run'] if last else 'RUN'}`",
        "questions": f"{len(waiting['questions'])} items may be the same work; `copsync show RUN` lists them",
        "undecided_conflicts": f"{waiting['undecided_conflicts']} conflicts wait for a decision",
        "unclear_writes": f"{waiting['unclear_writes']} writes of an interrupted run are looked up by the next run",
    }
    for name, line in lines.items():
        if waiting[name]:
            console.print(f"  [yellow]•[/] {escape(line)}")


def show_history(console: Console, history: Json) -> None:
    """Print a list of runs."""
    table = Table(
        box=None, pad_edge=False, header_style="dim", title=escape(history["community"]), title_justify="left"
    )
    for name in ("run", "state", "started_at", "created", "updated", "deleted", "failed", "held", "conflicts"):
        table.add_column(name)
    for run in history["runs"]:
        table.add_row(*(str(run[str(column.header)]) for column in table.columns))
    console.print(table)


def show_explanation(console: Console, story: Json) -> None:
    """Print why a record is as it is."""
    gone = " [red](deleted)[/]" if story["deleted"] else ""
    console.print(f"[bold]{escape(str(story['title']))}[/]  {story['kind']}  {story['record']}{gone}")
    for space in story["spaces"]:
        console.print(f"  {escape(space['space'])}: {space['remote_id'] or '–'}  {escape(space['why'])}")
    for name, one in story["fields"].items():
        _show_field(console, name, one)
    for change in story["history"]:
        console.print(
            f"  [dim]{change['at']}[/] {change['field']}: {_short(change['before'])} → {_short(change['after'])} "
            f"[dim]from {escape(change['space'])}{' by ' + escape(change['by']) if change['by'] else ''}[/]"
        )
    for conflict in story["conflicts"]:
        losers = ", ".join(f"{_short(lost['value'])} in {escape(lost['space'])}" for lost in conflict["lost"])
        what, kept = f"{conflict['field']} on {conflict['at']}", _short(conflict["kept"]["value"])
        console.print(f"  [magenta]≠[/] {what}: kept {kept}; {losers}")


def _show_field(console: Console, name: str, one: Json) -> None:
    if one["hub"] in (None, "", []):
        return
    console.print(
        f"  [cyan]{name}[/] {_short(one['hub'])} [dim]last written by {escape(one['last_writer']['space'])}[/]"
    )
    for space, there in one["spaces"].items():
        if there["state"] != "in step":
            base = f" ({_short(there['base'])})" if "base" in there else ""
            console.print(f"      {escape(space)}: {there['state']}{base}")


def _short(value: object) -> str:
    text = "–" if value in (None, "", []) else ", ".join(value) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return escape(text if len(text) <= 70 else text[:69] + "…")
