"""Reports as people read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

Json = Mapping[str, Any]
SHOWN_STEPS = 40

WORDS = {
    "done": "[green]in step[/]",
    "planned": "[cyan]a plan; nothing was changed[/]",
    "partial": "[yellow]some items failed, the rest went through[/]",
    "held": "[yellow]a person is needed[/]",
    "failed": "[red]failed[/]",
    "locked": "[yellow]another run holds the community[/]",
}


def show_report(console: Console, report: Json) -> None:
    """Print a run or a plan."""
    console.print(
        f"[bold]{escape(report['community'])}[/]  run {report['run']}  {WORDS.get(report['state'], report['state'])}"
    )
    if report.get("message"):
        console.print(escape(str(report["message"])))
    console.print(_spaces(report["spaces"]))
    for space in report["spaces"]:
        if space["message"]:
            console.print(f"[yellow]{escape(space['space'])}[/]: {escape(space['message'])}")
    _show_steps(console, report["steps"])
    _show_conflicts(console, report["conflicts"])
    _show_waiting(console, report)
    for note in report.get("notes", ()):
        console.print(f"[dim]note:[/] {escape(note)}")


def _spaces(spaces: Iterable[Json]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("space", "state", "read", "requests", "created", "updated", "deleted", "failed", "held"):
        table.add_column(name, justify="left" if name in ("space", "state") else "right")
    for space in spaces:
        colour = "green" if space["state"] == "ok" else "red"
        figures = [str(space[name]) for name in ("read", "requests", "created", "updated", "deleted", "failed", "held")]
        table.add_row(escape(space["space"]), f"[{colour}]{space['state']}[/]", *figures)
    return table


def _show_steps(console: Console, steps: list[Json]) -> None:
    shown = [step for step in steps if step["state"] != "held"]
    for step in shown[:SHOWN_STEPS]:
        _show_step(console, step)
    if len(shown) > SHOWN_STEPS:
        rest = Counter(f"{step['verb']} in {step['space']}" for step in shown[SHOWN_STEPS:])
        counted = ", ".join(f"{count} × {name}" for name, count in sorted(rest.items()))
        console.print(f"  … and {len(shown) - SHOWN_STEPS} more ({counted}); --json shows all")


def _show_step(console: Console, step: Json) -> None:
    mark = {"done": "[green]✓[/]", "failed": "[red]✗[/]", "planned": "[cyan]·[/]"}.get(step["state"], " ")
    told = f" [yellow](the tool tells {step['notifies']})[/]" if step.get("notifies") else ""
    console.print(
        f"  {mark} {escape(step['space'])}: {step['verb']} {step['kind']} “{escape(step['title'])}”"
        f" [dim]— {escape(step['reason'])}[/]{told}"
    )
    if step["verb"] != "create":
        for name, change in step["fields"].items():
            console.print(f"      {name}: {_short(change['old'])} → {_short(change['new'])}")
    if step["state"] == "failed" and step.get("message"):
        console.print(f"      [red]{escape(step['message'])}[/]")


def _short(value: object) -> str:
    text = "–" if value in (None, "", []) else ", ".join(value) if isinstance(value, list) else str(value)
    text = " ".join(text.split())
    return escape(text if len(text) <= 60 else text[:59] + "…")


def _show_conflicts(console: Console, conflicts: list[Json]) -> None:
    for conflict in conflicts:
        kept, lost = conflict["kept"], conflict["lost"]
        word = "undecided" if conflict["undecided"] else f"kept {_short(kept['value'])} from {escape(kept['space'])}"
        losers = "; ".join(f"{_short(one['value'])} in {escape(one['space'])}" for one in lost)
        console.print(f"  [magenta]≠[/] {conflict['record']} {conflict['field']}: {word}; the other: {losers}")


def _show_waiting(console: Console, report: Json) -> None:
    for held in report.get("held", ()):
        console.print(
            f"  [yellow]held[/] {escape(held['space'])}: “{escape(held['title'])}” — {escape(held['reason'])}"
        )
    for question in report.get("questions", ()):
        what = f"{escape(question['space'])}: “{escape(question['title'])}”"
        console.print(f"  [yellow]?[/] {what} may be work that is already known. {escape(question['mend'])}")
