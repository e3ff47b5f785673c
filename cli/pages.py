"""Reports as people read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.intake import show_intake
from cli.words import apart, change, line, short
from domain.recurrence.words import told

Json = Mapping[str, Any]
SHOWN_STEPS = 40
SHOWN_DIFFERENCES = 20
HUB = "hub"
RECURRENCE = ("rrule", "rdates", "exdates", "overrides")
WIDE = 400

WORDS = {
    "done": "[green]in step[/]",
    "planned": "[cyan]a plan; nothing was changed[/]",
    "partial": "[yellow]some items or spaces failed, the rest went through[/]",
    "held": "[yellow]a person is needed[/]",
    "failed": "[red]failed[/]",
    "locked": "[yellow]another run holds the community[/]",
}


def show_report(console: Console, report: Json) -> None:
    """Print a run or a plan."""
    if "import" in report:
        show_intake(console, report)
        return
    state = _in_words(report)
    console.print(f"[bold]{line(report['community'])}[/]  run {line(report['run'])}  {state}{_undoing(report)}")
    if report.get("message"):
        console.print(line(report["message"]))
    _show_differences(console, report.get("differences", []))
    if report["spaces"]:
        show_table(console, _spaces(report["spaces"]))
    for space in report["spaces"]:
        if space["message"]:
            console.print(f"[yellow]{line(space['space'])}[/]: {line(space['message'])}")
    _show_steps(console, report["steps"])
    _show_conflicts(console, report["conflicts"])
    _show_left(console, report.get("left", []))
    _show_waiting(console, report)
    for note in report.get("notes", ()):
        console.print(f"[dim]note:[/] {line(note)}")


def _undoing(report: Json) -> str:
    """Return in words how a run stands to others."""
    undoes = f"  undoes run {line(report['undoes'])}" if report.get("undoes") else ""
    return undoes + (f"  [yellow]undone by run {line(report['undone_by'])}[/]" if report.get("undone_by") else "")


def _show_left(console: Console, left: list[Json]) -> None:
    """Print what an undoing does not take back, and why."""
    for one in left[:SHOWN_STEPS]:
        about = " ".join(line(one[name]) for name in ("field",) if one.get(name))
        where = f" in {line(one['space'])}" if one.get("space") else ""
        console.print(
            f"  [yellow]left[/] “{short(one['title'])}”{' ' + about if about else ''}{where}: {line(one['why'])}"
        )
    if len(left) > SHOWN_STEPS:
        console.print(f"  … and {len(left) - SHOWN_STEPS} more are left as they are; --json shows all")


def _show_differences(console: Console, differences: list[str]) -> None:
    """Print how the tools moved on since a plan was saved."""
    for difference in differences[:SHOWN_DIFFERENCES]:
        console.print(f"  [yellow]≠[/] {line(difference)}")
    if len(differences) > SHOWN_DIFFERENCES:
        console.print(f"  … and {len(differences) - SHOWN_DIFFERENCES} more; --json shows all")


def _in_words(report: Json) -> str:
    """Return how a run ended; spaces that wait for a person are more than a failure that passes."""
    state = report["state"]
    if state in ("partial", "failed") and any(space["state"] == "paused" for space in report["spaces"]):
        rest = ", the others went through" if state == "partial" else ""
        return f"[yellow]a person is needed for the spaces that are paused{rest}[/]"
    return WORDS.get(state, line(state))


def show_table(console: Console, table: Table) -> None:
    """Print a table: as wide as it needs to be where no terminal limits it, so that no cell is cut."""
    before = console.width
    if not console.is_terminal:
        console.width = WIDE
    console.print(table)
    console.width = before


def _spaces(spaces: Iterable[Json]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("space", "state", "read", "requests", "created", "updated", "deleted", "failed", "held"):
        table.add_column(name, justify="left" if name in ("space", "state") else "right", no_wrap=True)
    for space in spaces:
        colour = "green" if space["state"] == "ok" else "red"
        figures = [str(space[name]) for name in ("read", "requests", "created", "updated", "deleted", "failed", "held")]
        table.add_row(line(space["space"]), f"[{colour}]{space['state']}[/]", *figures)
    return table


def _show_steps(console: Console, steps: list[Json]) -> None:
    shown = [step for step in steps if step["state"] != "held"]
    shown.sort(key=lambda step: step["state"] != "failed")  # what failed comes first, lest it be cut off
    for step in shown[:SHOWN_STEPS]:
        _show_step(console, step)
    if len(shown) > SHOWN_STEPS:
        rest = Counter(f"{step['verb']} in {step['space']}" for step in shown[SHOWN_STEPS:])
        counted = ", ".join(f"{count} × {line(name)}" for name, count in sorted(rest.items()))
        console.print(f"  … and {len(shown) - SHOWN_STEPS} more ({counted}); --json shows all")


def _show_step(console: Console, step: Json) -> None:
    mark = {"done": "[green]✓[/]", "failed": "[red]✗[/]", "planned": "[cyan]·[/]"}.get(step["state"], " ")
    notified = f" [yellow](the tool tells {step['notifies']})[/]" if step.get("notifies") else ""
    console.print(
        f"  {mark} {line(step['space'])}: {step['verb']} {step['kind']} “{short(step['title'])}”"
        f" [dim]— {line(step['reason'])}[/]{notified}"
    )
    if step["verb"] != "create":
        for name, values in step["fields"].items():
            console.print(f"      {line(name)}: {change(told(name, values['old']), told(name, values['new']))}")
    for name in RECURRENCE if step["verb"] == "create" else ():
        if name in step["fields"]:
            console.print(f"      {line(name)}: {short(told(name, step['fields'][name]['new']), WIDE)}")
    if step["state"] == "failed" and step.get("message"):
        console.print(f"      [red]{line(step['message'])}[/]")


def _show_conflicts(console: Console, conflicts: list[Json]) -> None:
    for conflict in conflicts:
        name = f"“{short(conflict['title'])}”" if conflict.get("title") else line(conflict["record"])
        console.print(f"  [magenta]≠[/] {name} {line(conflict['field'])}: {decision(conflict)}")
        if conflict["undecided"] and "id" in conflict:
            console.print(f"      → copsync conflicts resolve {conflict['id']} --keep SPACE, or --value TEXT")


def decision(conflict: Json) -> str:
    """Return what was kept and what was not, in one line of markup."""
    kept, lost = conflict["kept"], conflict["lost"]
    value, *others = apart([told(conflict["field"], one["value"]) for one in (kept, *lost)])
    losers = "; ".join(f"{other} in {line(one['space'])}" for other, one in zip(others, lost, strict=True))
    if conflict["undecided"]:
        return f"to be decided, {value} until then: {losers}"
    if kept["space"] == HUB:
        return f"a person decided between {losers}"
    return f"kept {value} from {line(kept['space'])}; the other: {losers}"


def _show_waiting(console: Console, report: Json) -> None:
    for held in report.get("held", ()):
        reason = line(held["reason"])
        if report["state"] != "planned":  # a plan is not kept, so it cannot be approved by its id
            reason = reason.replace("--approve RUN", f"--approve {line(report['run'])}")
        console.print(f"  [yellow]held[/] {line(held['space'])}: “{short(held['title'])}” — {reason}")
    for question in report.get("questions", ()):
        what = f"{line(question['space'])}: “{short(question['title'])}”"
        console.print(f"  [yellow]?[/] {what} may be work that is already known. {line(question['mend'])}")
