"""The drawing of the outbox shows the table that the program obeys."""

from __future__ import annotations

from html import escape
from xml.etree import ElementTree

from connectors.linkedin.drawing import TARGET, arrows, svg
from domain.outbox.states import TRANSITIONS, State


def test_the_arrows_are_the_table() -> None:
    drawn = {(state, arrow.event): arrow.target for arrow in arrows() for state in arrow.sources}
    assert drawn == TRANSITIONS
    assert sum(len(arrow.sources) for arrow in arrows()) == len(TRANSITIONS)  # none twice


def test_every_state_and_arrow_is_there_with_its_name() -> None:
    texts = [found.text for found in ElementTree.fromstring(svg()).iter("{http://www.w3.org/2000/svg}text")]
    assert all(texts.count(escape(state.value)) == 1 for state in State)
    assert sorted(arrow.event.value for arrow in arrows()) == sorted(
        text for text in texts if text in {arrow.event.value for arrow in arrows()}
    )


def test_the_documentation_shows_it_as_it_is() -> None:
    assert TARGET.read_text(encoding="utf-8") == svg(), "run `python -m connectors.linkedin.drawing`"
