"""The tables and pages that runs leave behind as artifacts, as plain data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import Any

from flows.verdict import COUNTED, Verdict
from sync.report import Report

Json = dict[str, Any]
NIGHTLY_KEY = "nightly-report"
SHOWN = 100
"""How many entries of one kind a page shows; `copsync show RUN` has them all."""

_MARKDOWN = re.compile(r"([\\`*_\[\]!|~])")


def key(kind: str, community: str) -> str:
    """Return an artifact's key; Prefect allows lowercase letters, digits and dashes."""
    return f"{kind}-{slug(community)}"


def slug(name: str) -> str:
    """Return a name in lowercase letters, digits and dashes.

    A name that has to be changed for that gets a few hexadecimal digits, so that two names never become one.
    """
    plainly = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return plainly if plainly == name else f"{plainly}-{blake2b(name.encode(), digest_size=3).hexdigest()}"


def space_rows(report: Report) -> list[Json]:
    """Return what changed per space; the rows hold numbers and messages, nothing of the community's content."""
    names = ("space", "state", "read", "requests", *COUNTED, "message")
    rows = ({name: getattr(space, name) for name in names} for space in report.spaces.values())
    return [row | {"message": row["message"] or ""} for row in rows]


def night_rows(verdicts: Iterable[Verdict]) -> list[Json]:
    """Return one row per community."""
    return [
        {
            "community": verdict.community,
            "outcome": verdict.ending.value,
            **{name: verdict.counts[name] for name in COUNTED},
            "seconds": round(verdict.took_s, 1),
            "run": verdict.run,
            "message": verdict.message,
        }
        for verdict in verdicts
    ]


def waiting_page(report: Report) -> str:
    """Return what waits for a person, as Markdown; every part says what to do next."""
    blocks = [block for part in (_paused, _held, _questions, _undecided) for block in part(report)]
    if not blocks:
        blocks = ["Nothing waits for a person."]
    blocks += _decided(report)
    return "\n\n".join([f"# {plain(report.community)}: what waits for a person", f"Run `{report.run}`.", *blocks])


def _paused(report: Report) -> Iterator[str]:
    troubles = [
        f"- **{plain(one.space)}** ({one.state}): {plain(one.message)}" for one in report.spaces.values() if one.message
    ]
    if report.locked or report.broken:
        troubles.append(f"- {plain(report.locked or report.broken)}")
    if troubles:
        yield "## Spaces that could not be used\n\n" + "\n".join(troubles)


def _held(report: Report) -> Iterator[str]:
    if not report.held:
        return
    lines = [f"- **{plain(one['space'])}**: “{plain(one['title'])}” – {plain(one['reason'])}" for one in report.held]
    command = f"copsync sync --community {report.community} --approve {report.run}"
    yield f"## Held\n\nTo release it: `{command}`\n\n{_list(lines)}"


def _questions(report: Report) -> Iterator[str]:
    if not report.questions:
        return
    lines = [f"- **{plain(one['space'])}**: “{plain(one['title'])}” – {plain(one['mend'])}" for one in report.questions]
    yield f"## Is this the same work?\n\n{_list(lines)}"


def _undecided(report: Report) -> Iterator[str]:
    lines = [_conflict(one) for one in report.conflicts if one["undecided"]]
    if lines:
        yield (
            "## Conflicts to decide\n\nDecide with `copsync conflicts resolve ID --keep SPACE` (`copsync conflicts` "
            "lists them), make the values equal in the tools, or choose a `conflict` policy in the "
            f"configuration.\n\n{_list(lines)}"
        )


def _decided(report: Report) -> Iterator[str]:
    lines = [_conflict(one) for one in report.conflicts if not one["undecided"]]
    if lines:
        where = f"The other value is kept; `copsync conflicts --community {report.community}` shows it."
        yield f"## Conflicts that the policy decided\n\n{where}\n\n{_list(lines)}"


def _conflict(conflict: Json) -> str:
    sides = "; ".join(f"{plain(one['space'])}: {_value(one['value'])}" for one in (conflict["kept"], *conflict["lost"]))
    return f"- `{conflict['record']}` {plain(conflict['field'])} – {sides}"


def _value(value: object) -> str:
    text = "–" if value in (None, "", []) else ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return plain(text if len(text) <= 80 else text[:79] + "…")


def _list(lines: Sequence[str]) -> str:
    rest = [f"- … and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *rest])


def plain(text: object) -> str:
    """Return text that Markdown shows as it is: what people wrote must not become links, images or HTML."""
    flat = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN.sub(r"\\\1", flat)
