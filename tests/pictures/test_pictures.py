"""The pictures of the documentation are those of the cards as they are made now."""

from __future__ import annotations

import json

import pytest

from domain.announcements.card_rules import check_card
from tests.pictures.__main__ import ROOT, TARGET
from tests.pictures.cards import cards

MOST_BYTES = 60_000


@pytest.mark.parametrize(("name", "card"), cards().items(), ids=cards())
def test_the_documentation_shows_the_card_as_it_is(name: str, card: dict[str, object]) -> None:
    check_card(card)
    assert json.loads((TARGET / f"{name}.json").read_text(encoding="utf-8")) == card, "run `make pictures`"
    picture = (TARGET / f"{name}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < MOST_BYTES
    page = (ROOT / "docs" / "connectors" / "teams.md").read_text(encoding="utf-8")
    assert f"](cards/{name}.png)" in page


def test_nothing_is_shown_that_is_not_made_any_more() -> None:
    assert {file.stem for file in TARGET.iterdir()} == set(cards())
