"""Draws cards as Teams does: the renderer that Microsoft publishes (npm `adaptivecards`) in a headless Chromium.

The renderer is fetched for this alone and is no part of copsync. Colours and sizes follow Teams' light theme.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

RENDERER = "adaptivecards@3.0.6"
WIDTH = 480
"""Pixels that a card has in a channel of Teams, about."""

_TEXT, _QUIET, _ACCENT, _LINE = "#242424", "#616161", "#5b5fc7", "#d1d1d1"
_COLOURS = {"default": _TEXT, "accent": _ACCENT, "good": "#237b4b", "warning": "#835c00", "attention": "#c4314b"}
_CONFIG: Mapping[str, Any] = {
    "fontFamily": "'Segoe UI', 'Liberation Sans', 'DejaVu Sans', sans-serif",
    "fontSizes": {"small": 12, "default": 14, "medium": 14, "large": 18, "extraLarge": 24},
    "fontWeights": {"lighter": 200, "default": 400, "bolder": 600},
    "spacing": {"small": 8, "default": 12, "medium": 16, "large": 20, "extraLarge": 24, "padding": 16},
    "separator": {"lineThickness": 1, "lineColor": "#e0e0e0"},
    "actions": {"maxActions": 6, "buttonSpacing": 8, "actionsOrientation": "horizontal", "actionAlignment": "left"},
    "containerStyles": {
        "default": {
            "backgroundColor": "#ffffff",
            "foregroundColors": {name: {"default": one, "subtle": _QUIET} for name, one in _COLOURS.items()},
        }
    },
}
_STYLE = f"""
body {{ margin: 0; padding: 12px; background: #f5f5f5; }}
#card {{ width: {WIDTH}px; background: #ffffff; border: 1px solid {_LINE}; border-radius: 6px; }}
#card a {{ color: {_ACCENT}; text-decoration: none; }}
.ac-pushButton {{ font: 600 14px 'Segoe UI', 'Liberation Sans', sans-serif; color: {_TEXT}; background: #ffffff;
  border: 1px solid {_LINE}; border-radius: 4px; padding: 6px 12px; }}
"""
_DRAW = """([card, config]) => {
  const drawn = new AdaptiveCards.AdaptiveCard();
  drawn.hostConfig = new AdaptiveCards.HostConfig(config);
  const context = new AdaptiveCards.SerializationContext();
  drawn.parse(card, context);
  const place = document.createElement("div");
  place.id = "card";
  place.append(drawn.render());
  document.body.replaceChildren(place);
  return Array.from({length: context.eventCount}, (_, at) => context.getEventAt(at).message);
}"""


class RendererMissingError(Exception):
    """The renderer cannot be had here; the message says what to do."""


def renderer(folder: Path) -> Path:
    """Return the renderer's script, fetched with npm if it is not there yet.

    Raises:
        RendererMissingError: there is no npm, or it cannot fetch the renderer.
    """
    script = folder / "node_modules" / "adaptivecards" / "dist" / "adaptivecards.min.js"
    if script.exists():
        return script
    npm = shutil.which("npm")
    if npm is None:
        raise RendererMissingError(f"npm is missing, which fetches {RENDERER}: install Node.js. No picture was drawn.")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(folder), RENDERER]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        raise RendererMissingError(
            f"npm did not fetch {RENDERER} within three minutes. No picture was drawn."
        ) from None
    if done.returncode or not script.exists():
        raise RendererMissingError(
            f"npm cannot fetch {RENDERER}. No picture was drawn. It says:\n{done.stderr.strip()}"
        )
    return script


def draw(browser: Browser, script: Path, card: Mapping[str, Any], target: Path) -> None:
    """Draw a card into a PNG; whatever the renderer does not understand is an error."""
    page = browser.new_page(viewport={"width": WIDTH + 24, "height": 400}, device_scale_factor=1)
    try:
        _draw(page, script, card)
        page.locator("#card").screenshot(path=target)
    finally:
        page.close()


def _draw(page: Page, script: Path, card: Mapping[str, Any]) -> None:
    page.set_content(f"<!doctype html><meta charset=utf-8><style>{_STYLE}</style><body></body>")
    page.add_script_tag(path=script)
    complaints = page.evaluate(_DRAW, [json.loads(json.dumps(card)), _CONFIG])
    if complaints:
        raise ValueError(f"the renderer complains: {'; '.join(complaints)}")
