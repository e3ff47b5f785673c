"""One-line texts: how Basecamp's are shown, and when two names are the same to people."""

from __future__ import annotations

import re
from typing import Any

_BREAKS = re.compile(r"[\t\n\v\f\r]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


def line(value: Any) -> str:
    """Return a one-line text as Basecamp shows it, without control characters."""
    return _CONTROLS.sub("", _BREAKS.sub(" ", str(value or "")))


def fold(name: str) -> str:
    """Return a name as people compare names: without regard to case and white space."""
    return " ".join(name.split()).casefold()
