"""History, conflicts and explanations as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.pages import HUB, WIDE, decision, show_table
from cli.words import SHORT, apart, count, difference, is_long, line, short
from domain.recurrence.words import told

Json = Mapping[str, Any]

SHOWN = 20
FIGURES = ("created", "updated", "deleted", "failed", "held", "conflicts")


def when(moment: str) -> str:
    """Return a moment on the clock of whoever reads it."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"


def show_history(console: Console, history: Json) -> None:
    """Print a list of runs."""
    if not history["runs"]:
        console.print(f"[bold]{line(history['community'])}[/]  never synced yet; run `copsync plan` first")
        return
    console.print(f"[bold]{line(history['community'])}[/]")
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("run", "what", "state", *FIGURES):
        table.add_column(name, justify="right" if name in FIGURES else "left", no_wrap=True, overflow="fold")
    for run in history["runs"]:
        table.add_row(line(run["run"]), _what(run), line(run["state"]), *(line(run[name]) for name in FIGURES))
    show_table(console, table)


def _what(run: Json) -> str:
    """Return in words what a run was for, and whether it was undone."""
    undone = f" [dim](undone by {line(run['undone_by'])})[/]" if run["undone_by"] else ""
    return f"{line(run['kind'])}{' of ' + line(run['about']) if run['about'] else ''}{undone}"


def show_conflicts(console: Console, found: Json) -> None:
    """Print the conflicts of a community: every side's value, and what became of it."""
    conflicts = found["conflicts"]
    waiting = sum(conflict["undecided"] for conflict in conflicts)
    shown = conflicts[: max(SHOWN, waiting)]  # those that wait come first
    number = count(len(conflicts), "conflict") if conflicts else "no conflicts"
    console.print(f"[bold]{line(found['community'])}[/]  {number}{f', {waiting} to decide' if waiting else ''}")
    for conflict in shown:
        _show_conflict(console, conflict)
    if len(shown) < len(conflicts):
        console.print(f"  … and {len(conflicts) - len(shown)} older; --json lists all, --open those that wait")
    if waiting:
        console.print("Decide with `copsync conflicts resolve ID --keep SPACE`, or --value TEXT for another value.")


def _show_conflict(console: Console, conflict: Json) -> None:
    colour = "yellow" if conflict["undecided"] else "magenta"
    title, became = short(conflict["title"] or conflict["record"]), line(_became(conflict))
    console.print(
        f"  [{colour}]≠[/] “{title}” {line(conflict['field'])}: {became}  [bold]{line(conflict['id'])}[/]"
        f"  [dim]{when(conflict['at'])}, {line(conflict['record'])}[/]"
    )
    sides = [side for side in (conflict["kept"], *conflict["lost"]) if side["space"] != HUB or side["at"]]
    if any(is_long(side["value"]) for side in sides):
        _show_long(console, sides)
        return
    values = [told(conflict["field"], value) for value in (*(side["value"] for side in sides), conflict["base"])]
    *shown, base = apart(values)
    for side, value in zip(sides, shown, strict=True):
        console.print(f"      {_side(side)}: {value}{_by(side)}")
    if conflict["field"] != "deleted":
        console.print(f"      [dim]before: {base}; now: {short(told(conflict['field'], conflict['now']))}[/]")


def _became(conflict: Json) -> str:
    """Return in words what became of a conflict."""
    made = conflict["decision"]
    if conflict["undecided"]:
        return "to be decided; it stays as it is in each tool until then"
    if made:
        what = f"the one of {made['keep']}" if made["keep"] else f"“{str(made['value'])[:SHORT]}”"
        return f"{made['by']} decided for {what} on {when(made['at'])}"
    if conflict["state"] == "decided":
        return "settled by people in the tools"
    if conflict["field"] == "deleted":
        return "kept, because it was edited elsewhere"
    return f"the policy kept the one of {conflict['kept']['space']}"


def _side(side: Json) -> str:
    return f"[cyan]{line('copsync' if side['space'] == HUB else side['space'])}[/]"


def _by(side: Json) -> str:
    told = ", ".join(part for part in (side.get("who"), when(side["at"]) if side["at"] else None) if part)
    return f" [dim]({line(told)})[/]" if told else ""


def _show_long(console: Console, sides: list[Json]) -> None:
    """Print how long texts differ, each from the first one."""
    first, *others = sides
    for other in others:
        console.print(f"      [red]-[/] {_side(first)}{_by(first)}   [green]+[/] {_side(other)}{_by(other)}")
        for text in difference(first["value"], other["value"]):
            console.print(f"      {text}")


def show_explanation(console: Console, story: Json) -> None:
    """Print why a record is as it is."""
    gone = " [red](deleted)[/]" if story["deleted"] else ""
    console.print(f"[bold]{short(story['title'])}[/]  {line(story['kind'])}  {line(story['record'])}{gone}")
    for space in story["spaces"]:
        console.print(f"  {line(space['space'])}: {line(space['remote_id'])}  {line(space['why'])}")
    for name, one in story["fields"].items():
        _show_field(console, name, one)
    _show_reasons(console, story.get("not_synced", []))
    for change in story["history"]:
        _show_change(console, change)
    for conflict in story["conflicts"]:
        console.print(
            f"  [magenta]≠[/] {line(conflict['field'])} on {when(conflict['at'])}: {decision(conflict)}"
            f" [dim]({line(conflict['id'])})[/]"
        )


def _show_reasons(console: Console, reasons: list[Json]) -> None:
    """Print what is not in step, and why; what is the same for several fields of a space is said once."""
    if not reasons:
        return
    console.print("  [yellow]Not synced:[/]")
    fields: dict[tuple[str, ...], list[str]] = {}
    for one in reasons:
        key = (one["space"] or "", one["why"], one["mend"])
        fields.setdefault(key, []).extend([one["field"]] if one["field"] else [])
    for (space, why, mend), names in fields.items():
        about = " ".join(part for part in (space, ", ".join(names)) if part)
        told = " ".join(part for part in (f"{about}:" if about else "", why, f"→ {mend}" if mend else "") if part)
        console.print(f"    [yellow]•[/] {line(told)}")


def _show_change(console: Console, change: Json) -> None:
    by = f" by {line(change['by'])}" if change["by"] else ""
    cause = f", {line(change['cause'])}" if change.get("cause") else ""
    console.print(
        f"  [dim]{when(change['at'])}[/] {line(change['field'])}: "
        f"{short(told(change['field'], change['before']))} → {short(told(change['field'], change['after']))} "
        f"[dim]from {line(change['space'])}{by}{cause} ({line(change['run'])})[/]"
    )


def _show_field(console: Console, name: str, one: Json) -> None:
    if one["hub"] in (None, "", []):
        return
    rule = f", {line(one['rule'])}" if one.get("rule") else ""
    by = f" ({line(one['last_writer']['by'])})" if one["last_writer"]["by"] else ""
    writer = f"last written by {line(one['last_writer']['space'])}{by}{rule}"
    console.print(f"  [cyan]{line(name)}[/] {short(told(name, one['hub']), WIDE)} [dim]{writer}[/]")
    for space, there in one["spaces"].items():
        if there["state"] != "in step":
            base = f" ({short(told(name, there['base']))})" if "base" in there else ""
            console.print(f"      {line(space)}: {line(there['state'])}{base}")
