"""An import as people read it: what becomes of each entry of the file, what is refused and why, what is sent next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from cli.words import change, count, line, short

Json = Mapping[str, Any]
SHOWN = 40

_MARKS = {
    "new": ("[green]+[/]", ""),
    "changed": ("[cyan]~[/]", ""),
    "matched": ("[dim]=[/]", " [dim]— the community has it already[/]"),
    "deleted": ("[yellow]-[/]", " [dim]— deleted since it was taken in; it stays deleted[/]"),
    "missing": ("[yellow]?[/]", " [dim]— no longer in the file; it stays. Delete it in a tool if you want that[/]"),
}


def show_intake(console: Console, report: Json) -> None:
    """Print a run or a plan of an import."""
    intake = report["import"]
    done = report["state"] not in ("planned", "locked", "failed")
    run = f"run {line(report['run'])}" if done else "[cyan]a plan; nothing was changed[/]"
    console.print(f"[bold]{line(report['community'])}[/]  import of {line(intake['file'])}  {run}")
    if report.get("message"):
        console.print(f"[yellow]{line(report['message'])}[/]")
    if "taken" not in intake:
        return
    console.print(f"  {_figures(intake)}")
    for name, (mark, why) in _MARKS.items():
        _show_entries(console, intake[name], mark, why)
    for refusal in intake["refused"][:SHOWN]:
        said = f"{line(refusal['what'])} is left out: {line(refusal['reason'])}. {line(refusal['mend'])}"
        console.print(f"  [red]✗[/] line {refusal['line']}: {said}")
    _show_rest(console, intake["refused"])
    for note in report["notes"][:SHOWN]:
        console.print(f"  [dim]note:[/] {line(note)}")
    _show_rest(console, report["notes"])
    _show_next(console, report, done=done)


def _figures(intake: Json) -> str:
    figures = (
        (len(intake["new"]), "new"),
        (len(intake["changed"]), "changed"),
        (len(intake["matched"]), "already there"),
        (intake["same"], "as they were"),
        (len(intake["deleted"]), "deleted since"),
        (intake["copies"], "copsync's own copies, left alone"),
        (len(intake["missing"]), "no longer in the file"),
        (len(intake["refused"]), "refused"),
    )
    return ", ".join(f"{number} {words}" for number, words in figures if number) or "nothing"


def _show_entries(console: Console, entries: list[Json], mark: str, why: str) -> None:
    for entry in entries[:SHOWN]:
        again = ", a series" if entry.get("recurs") else ""
        console.print(f"  {mark} “{short(entry['title'])}” [dim]{_when(entry['start'])}{again}[/]{why}")
        for name, values in entry.get("fields", {}).items():
            console.print(f"      {line(name)}: {change(values['old'], values['new'])}")
    _show_rest(console, entries)


def _when(start: str) -> str:
    """Return a day, or a moment on the clock of whoever reads it."""
    moment = datetime.fromisoformat(start)
    if len(start) == len("2027-03-02"):
        return f"{moment.day} {moment:%b %Y}"
    here = moment.astimezone()
    return f"{here.day} {here:%b %Y %H:%M}"


def _show_rest(console: Console, entries: Sequence[object]) -> None:
    if len(entries) > SHOWN:
        console.print(f"  … and {len(entries) - SHOWN} more; --json shows all")


def _show_next(console: Console, report: Json, *, done: bool) -> None:
    """Print what the next sync makes of it, in which space."""
    steps = Counter((step["space"], step["verb"]) for step in report["steps"] if step["state"] == "planned")
    if steps:
        told = ", ".join(_counted(steps))
        console.print(f"{'Now run `copsync sync`' if done else 'Then `copsync sync` would'}: {told}.")
    if done:
        console.print(f"[dim]`copsync undo {line(report['run'])}` takes this import back.[/]")


def _counted(steps: Counter[tuple[str, str]]) -> Iterable[str]:
    return (f"{verb} {count(number, 'gathering')} in {line(space)}" for (space, verb), number in sorted(steps.items()))
