"""Writes the cards of the documentation, as JSON and as pictures."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.pictures.cards import cards
from tests.pictures.renderer import RendererMissingError, draw, renderer
from tests.web.chromium import browser

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "docs" / "connectors" / "cards"
CACHE = ROOT / ".venv" / "renderer"


def main() -> int:
    """Draw everything; return the exit status."""
    TARGET.mkdir(parents=True, exist_ok=True)
    try:
        script = renderer(CACHE)
        with browser() as opened:
            for name, card in cards().items():
                text = json.dumps(card, ensure_ascii=False, indent=1)
                (TARGET / f"{name}.json").write_text(text + "\n", encoding="utf-8")
                draw(opened, script, card, TARGET / f"{name}.png")
                print(f"{name}: {(TARGET / f'{name}.png').stat().st_size / 1000:.0f} kB")  # noqa: T201
    except (RendererMissingError, pytest.skip.Exception) as missing:
        print(missing, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
