"""Draws the states of the outbox for the documentation, from the table that the program obeys.

`python -m connectors.linkedin.drawing` writes docs/connectors/linkedin-outbox.svg; a test fails when it is out of date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from domain.outbox.states import ENDED, TRANSITIONS, WAITING, Event, State

TARGET = Path(__file__).parent.parent.parent / "docs" / "connectors" / "linkedin-outbox.svg"

_WIDTH, _HEIGHT = 920, 420
_BOX = (112, 44)
_PLACES = {
    State.DRAFT: (100, 130),
    State.READY: (300, 130),
    State.HANDED_OUT: (500, 130),
    State.CLAIMED: (680, 130),
    State.VERIFIED: (840, 130),
    State.EXPIRED: (100, 340),
    State.SUPERSEDED: (300, 340),
    State.CANCELLED: (500, 340),
}
_FRAMES = {WAITING: (24, 84, 552, 92), ENDED: (24, 294, 552, 92)}
_STYLE = """
  .back { fill: #ffffff; } .frame { fill: none; stroke: #9aa5b1; stroke-dasharray: 5 4; }
  .box { fill: #eef3f8; stroke: #32506d; stroke-width: 1.5; } .end { fill: #f3f0ee; stroke: #7a6a60; }
  .good { fill: #e7f4ea; stroke: #2f6b3c; }
  .line { fill: none; stroke: #32506d; stroke-width: 1.4; marker-end: url(#tip); } .tip { fill: #32506d; }
  text { font: 14px system-ui, sans-serif; fill: #17222d; text-anchor: middle; }
  .label { font-size: 12.5px; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
  @media (prefers-color-scheme: dark) {
    .back { fill: #10161c; } text { fill: #e6ecf2; } .label { stroke: #10161c; } .frame { stroke: #66737f; }
    .box { fill: #1b2a38; stroke: #8fb4d9; } .end { fill: #2b2522; stroke: #b7a396; }
    .good { fill: #1b3122; stroke: #86c495; }
    .line { stroke: #8fb4d9; } .tip { fill: #8fb4d9; }
  }"""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An event from any state of `sources` to one state; a whole frame is drawn as one arrow."""

    sources: frozenset[State]
    event: Event
    target: State


def arrows() -> list[Arrow]:
    """Return what is drawn: one arrow for each event and target, from a frame where all of its states have it."""
    found: list[Arrow] = []
    for event, target in dict.fromkeys((event, target) for (_, event), target in TRANSITIONS.items()):
        left = {state for (state, name), to in TRANSITIONS.items() if name is event and to is target}
        for frame in _FRAMES:
            if frame <= left:
                found.append(Arrow(frame, event, target))
                left -= frame
        found += [Arrow(frozenset({state}), event, target) for state in State if state in left]
    return found


def svg() -> str:
    """Return the drawing."""
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
            f'width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="An item of the outbox: states and moves">'
        ),
        f"<style>{_STYLE}\n</style>",
        (
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" '
            'orient="auto"><path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>'
        ),
        f'<rect class="back" width="{_WIDTH}" height="{_HEIGHT}"/>',
        *_frames(),
        *(_line(arrow) for arrow in arrows()),
        *map(_box, State),
        *(_label(arrow) for arrow in arrows()),
    ]
    return "\n".join(parts) + "\n</svg>\n"


def _frames() -> Iterable[str]:
    for states, (x, y, width, height) in _FRAMES.items():
        words = "waiting" if states == WAITING else "ended"
        yield f'<rect class="frame" x="{x}" y="{y}" width="{width}" height="{height}" rx="10"/>'
        yield f'<text x="{x + 34}" y="{y + height - 6}" class="label">{words}</text>'


def _box(state: State) -> str:
    (x, y), (width, height) = _PLACES[state], _BOX
    left, top = x - width / 2, y - height / 2
    kind = "end" if state in ENDED else "good" if state is State.VERIFIED else ""
    box = f'<rect class="box {kind}" x="{left:g}" y="{top:g}" width="{width}" height="{height}" rx="8"/>'
    return f'{box}<text x="{x}" y="{y + 5}">{escape(state.value)}</text>'


def _path(arrow: Arrow) -> tuple[str, tuple[float, float]]:
    """Return the line of an arrow and where its label stands."""
    (x, y), half_width, half = _PLACES[arrow.target], _BOX[0] / 2, _BOX[1] / 2
    if arrow.sources == WAITING:
        return f"M{x} 176 V{y - half:g}", (x, 262)
    if arrow.sources == ENDED:
        return f"M576 340 H{x} V{y + half:g}", (x - 40, 332)
    (source,) = arrow.sources
    (a, b) = _PLACES[source]
    if source is arrow.target:
        return f"M{a - 16} {b - half:g} C{a - 30} {b - 76} {a + 30} {b - 76} {a + 16} {b - half:g}", (a, b - 66)
    if b > y:  # back from what has ended
        aside = 26 if a < x else -26
        return f"M{a + aside} {b - half:g} L{x - aside * 1.2:g} {y + half:g}", ((a + x) / 2, 222)
    if a < x:
        return f"M{a + half_width:g} {y} H{x - half_width:g}", ((a + x) / 2, y - 8)
    height = 54 if a - x < 200 else 84
    return f"M{a} {b - half:g} C{a} {b - height - 40} {x + 30} {b - height - 40} {x + 26} {y - half:g}", (
        (a + x) / 2 + 24,
        b - height - 4,
    )


def _line(arrow: Arrow) -> str:
    return f'<path class="line" d="{_path(arrow)[0]}"/>'


def _label(arrow: Arrow) -> str:
    _, (x, y) = _path(arrow)
    return f'<text class="label" x="{x:g}" y="{y:g}">{escape(arrow.event.value)}</text>'


def main() -> None:
    """Write the drawing."""
    TARGET.write_text(svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
