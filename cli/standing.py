"""The status of a community as people read it: spaces, channels, sign-ins, and what waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from cli.stories import SHOWN, when
from cli.words import count, line, short
from sync.status import needs_person

Json = Mapping[str, Any]


def show_status(console: Console, status: Json) -> None:
    """Print where a community stands."""
    console.print(f"[bold]{line(status['community'])}[/]  {_last(status)}")
    for space in status["spaces"]:
        colour = "green" if space["state"] == "ok" else "yellow"
        read = f"read {when(space['read_at'])}" if space["read_at"] else "never read"
        console.print(
            f"  [{colour}]{space['state']:>7}[/]  {line(space['space'])}: {count(space['items'], 'item')}, {read}"
        )
        if space["message"]:
            console.print(f"           {line(space['message'])}")
    for channel in status["channels"]:
        _show_channel(console, channel)
    for sign_in in status["sign_ins"]:
        _show_sign_in(console, sign_in)
    _show_waiting(console, status)
    if status["running"]:
        running = status["running"]
        console.print(f"  running now: {line(running['holder'])}, since {when(running['since'])}")


def _last(status: Json) -> str:
    last = status["last_run"]
    if last is None:
        return "never synced yet; run `copsync plan` first"
    interrupted = "interrupted; the next run looks up what was under way"
    return f"last run {line(last['run'])}: {interrupted if last['state'] == 'interrupted' else line(last['state'])}"


def _show_channel(console: Console, channel: Json) -> None:
    """Print how a channel stands; where a person posts, it is never simply in order, for nobody can read it."""
    is_fine = channel["state"] == "ok" and not channel["unclear"]
    state = f"[{'green' if is_fine else 'yellow'}]{line(channel['state']):>7}[/]"
    said = (
        f"last said “{short(channel['said'])}” {when(channel['said_at'])}" if channel["said_at"] else "nothing said yet"
    )
    console.print(f"  {state} {line(channel['channel'])} ({line(channel['kind'])}): {said}{_waits(channel)}")
    if channel["problem"]:
        problem = channel["problem"]
        console.print(f"           {line(problem['message'])} → {line(problem['mend'])}")
    for word, some in (("unclear", channel["unclear"]), ("set aside", channel["set_aside"])):
        for one in some[:SHOWN]:
            _show_message(console, word, one)


def _waits(channel: Json) -> str:
    if not channel["waiting"]:
        return ""
    if channel["state"] != "assisted":
        return f"; {count(channel['waiting'], 'message waits', 'messages wait')} since {when(channel['waits_since'])}"
    until = f" until {when(channel['until'])}" if channel["until"] else "; `copsync outbox tend` hands them on"
    return f"; {count(channel['waiting'], 'text waits', 'texts wait')} for a moderator{until}"


def _show_message(console: Console, word: str, one: Json) -> None:
    reason = f": {line(one['reason'])}" if one["reason"] else ""
    console.print(f"           [yellow]{word}[/] “{short(one['title'])}”{reason} [dim]{line(one['message'])}[/]")


def _show_sign_in(console: Console, one: Json) -> None:
    if not one["message"]:
        until = f" until {one['ends_on']}" if one["ends_on"] else ""
        console.print(f"  [dim]connection {line(one['connection'])}: signed in{until}[/]")
        return
    console.print(f"  [yellow]•[/] connection {line(one['connection'])}: {line(one['message'])} → {line(one['mend'])}")


def _show_waiting(console: Console, status: Json) -> None:
    waiting, channels = status["waiting"], status["channels"]
    to_post = sum(one["waiting"] for one in channels if one["state"] == "assisted")
    to_look_up = sum(len(one["unclear"]) for one in channels)
    run = waiting["run"] or "RUN"
    unfit = sum(held["guard"] == "bad value" for held in waiting["held"])
    held, questions = len(waiting["held"]) - unfit, len(waiting["questions"])
    undecided, unclear = waiting["undecided_conflicts"], waiting["unclear_writes"]
    released, aside = len(waiting["released"]), waiting["set_aside"]
    lines = (
        (waiting["behind"], f"{count(waiting['behind'], 'record')} still to be sent; the next run does it"),
        (held, f"{count(held, 'change')} held; see `copsync show {run}`, then `copsync sync --approve {run}`"),
        (released, f"{count(released, 'change')} released and not yet carried out; the next run does it"),
        (unfit, f"{count(unfit, 'item')} to be corrected in the tool; see `copsync show {run}`"),
        (questions, f"{count(questions, 'item')} may be work that is already known; see `copsync show {run}`"),
        (undecided, f"{count(undecided, 'conflict')} to decide; see `copsync conflicts`"),
        (unclear, f"{count(unclear, 'write')} of an interrupted run to be looked up; the next run does it"),
        (to_post, f"{count(to_post, 'text')} to be posted by a moderator; see `copsync outbox`"),
        (to_look_up, f"{count(to_look_up, 'message')} may have arrived; look, then `copsync announce settle`"),
        (len(aside), f"{count(len(aside), 'item')} set aside after failing again and again; the others go on:"),
    )
    for number, text in lines:
        if number:
            console.print(f"  [yellow]•[/] {line(text)}")
    if run != "RUN" and not any(number for number, _ in lines) and not needs_person(status):
        console.print("  [green]•[/] nothing waits")
    for one in aside[:SHOWN]:
        _show_aside(console, one)
    if len(aside) > SHOWN:
        console.print(f"      … and {len(aside) - SHOWN} more; --json shows all")


def _show_aside(console: Console, one: Json) -> None:
    way = "not written into" if one["side"] == "write" else "not taken in from"
    console.print(
        f"      “{short(one['title'])}” {way} {line(one['space'])} since {when(one['since'])}: {line(one['reason'])} "
        f"[dim]Tried again after {when(one['retry_at'])}; `copsync explain {line(one['item'])}`.[/]"
    )
