"""Invented tasks of a community of practice, as many as asked for and the same every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from domain.values import Value

PEOPLE = tuple(f"{first} {last}" for last in ("Adler", "Brook", "Costa", "Dahl") for first in (
    "Ada", "Ben", "Cleo", "Dario", "Edda", "Finn", "Gita", "Hugo", "Ines", "Jonas"
))  # fmt: skip
"""Forty members."""

LISTS = ("Onboarding", "Events", "Library", "Mentoring", "Practice notes", "Newsletter", "Tools", "Governance")
TAGS = ("urgent", "writing", "review", "venue", "speakers", "budget", "survey", "slides", "recording", "outreach")
VERBS = ("Review", "Draft", "Publish", "Collect", "Prepare", "Translate", "Present", "Archive", "Plan", "Discuss")
THINGS = ("chart style guide", "welcome letter", "reading list", "workshop agenda", "mentoring pairs", "survey answers")
SENTENCES = (
    "Ask the working group for examples from last year.",
    "Two people should read this before it goes out.",
    "The template lies in the shared folder; keep its headings.",
    "Write down what we decided and who was there.",
    "Link the recording once it has been cut.",
    "Leave room for questions at the end.",
)
FIRST_DAY = date(2026, 1, 5)
NOTES_LENGTH = 200


def email(name: str) -> str:
    """Return a member's address."""
    return f"{name.replace(' ', '.').lower()}@example.org"


def tasks(count: int, persons: Sequence[str]) -> Iterator[dict[str, Value]]:
    """Yield tasks; `persons` are the ids by which the tool knows :data:`PEOPLE`, in that order."""
    chance = Random(7)
    for number in range(count):
        yield _task(number, chance, persons)


def _task(number: int, chance: Random, persons: Sequence[str]) -> dict[str, Value]:
    return {
        "kind": "milestone" if chance.random() < 0.05 else "task",
        "title": f"{chance.choice(VERBS)} the {chance.choice(THINGS)} ({number})",
        "notes": _notes(chance),
        "state": "done" if chance.random() < 0.2 else "open",
        "assignees": frozenset(chance.sample(persons, chance.choice((0, 1, 1, 2)))),
        "due": _due(chance),
        "tags": frozenset(chance.sample(TAGS, chance.choice((0, 1, 2, 3)))),
        "list": chance.choice(LISTS),
    }


def _notes(chance: Random) -> str:
    lines: list[str] = []
    while sum(map(len, lines)) < NOTES_LENGTH - 25:
        lines.append(chance.choice(SENTENCES))
    return "\n".join(lines)


def _due(chance: Random) -> Value:
    """Return a day, one time in five with a time of day."""
    day = FIRST_DAY + timedelta(days=chance.randrange(500))
    return datetime.combine(day, time(chance.randrange(8, 18)), UTC) if chance.random() < 0.2 else day
