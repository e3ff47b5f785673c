"""Texts from the tools, made fit for a terminal: titles and notes are written by anyone, and terminals obey codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import unified_diff

_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡", 0x2028: " ", 0x2029: " "}
_PLAIN = str.maketrans({code: picture for code, picture in _PICTURES.items() if chr(code) not in "\n\t"})
_OBEYED = re.compile(r"[\x80-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_IN_JSON = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")

SHORT = 60
_BEFORE = 15
_COMPARED = 2000
_SHOWN = 40
_WIDE = 160
_COLOURS = {"-": "red", "+": "green", "@": "dim"}


def plain(text: object) -> str:
    """Return a text in which nothing is left that a terminal would obey instead of showing it."""
    return _OBEYED.sub("�", str(text).translate(_PLAIN))


def visible(document: str) -> str:
    r"""Return a JSON text in which such characters are written as \u…; it means the same."""
    return _IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", document)


def line(text: object) -> str:
    """Return a text on one line, for a terminal, safe in Rich markup."""
    from rich.markup import escape

    return escape(_flat(text))


def short(value: object, most: int = SHORT) -> str:
    """Return a value on one line of limited length, for a terminal, safe in Rich markup."""
    from rich.markup import escape

    return escape(_cut(_flat(value), most))


def apart(values: Sequence[object]) -> list[str]:
    """Return values on one line each, for a terminal, safe in Rich markup; long ones from where they differ."""
    from rich.markup import escape

    texts = [_flat(value) for value in values]
    start = 0
    if any(len(text) > SHORT for text in texts):
        same = next((at for at, letters in enumerate(zip(*texts, strict=False)) if len(set(letters)) > 1), None)
        start = max(0, (min(map(len, texts)) if same is None else same) - _BEFORE)
    return [escape(_cut(f"…{text[start:]}" if start else text, SHORT)) for text in texts]


def change(old: object, new: object) -> str:
    """Return what changed, old → new, on one line, for a terminal, safe in Rich markup."""
    if _flat(old) == _flat(new):
        return "only spaces, line breaks or invisible characters change"
    before, after = apart([old, new])
    return f"{before} → {after}"


def is_long(value: object) -> bool:
    """Tell whether a value does not fit on a line of limited length."""
    return isinstance(value, str) and ("\n" in value.strip() or len(value) > SHORT)


def difference(one: object, other: object) -> list[str]:
    """Return the lines in which two long texts differ, as in a unified diff, safe in Rich markup."""
    from rich.markup import escape

    texts = [str(text or "").splitlines()[:_COMPARED] for text in (one, other)]
    lines = list(unified_diff(texts[0], texts[1], n=1, lineterm=""))[2:]
    shown = [f"[{_COLOURS.get(text[:1], 'dim')}]{escape(_cut(plain(text), _WIDE))}[/]" for text in lines[:_SHOWN]]
    return shown + ([f"[dim]… and {len(lines) - _SHOWN} more lines[/]"] if len(lines) > _SHOWN else [])


def count(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def _flat(value: object) -> str:
    if value in (None, "", []):
        return "–"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return plain(" ".join(text.split()))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
