"""How long a sign-in still lasts, and from when on that is said: 14 days before its end, and more urgently after."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

SAID_DAYS, PRESSING_DAYS = 14, 7


class Lasting(StrEnum):
    """How much time a person has to sign in again."""

    FINE = "fine"
    SOON = "soon"  # said wherever the connection is told of
    PRESSING = "pressing"  # a person is needed
    OVER = "over"


def lasting(until: date, today: date) -> Lasting:
    """Return how much time is left until a day."""
    left = (until - today).days
    if left <= 0:
        return Lasting.OVER
    if left <= PRESSING_DAYS:
        return Lasting.PRESSING
    return Lasting.SOON if left <= SAID_DAYS else Lasting.FINE


def in_words(until: date, today: date) -> str:
    """Return until when a sign-in lasts, as a sentence."""
    left = (until - today).days
    day = until.isoformat()
    if left <= 0:
        return f"The sign-in ended on {day}."
    return f"The sign-in ends {'tomorrow' if left == 1 else f'in {left} days'}, on {day}."
