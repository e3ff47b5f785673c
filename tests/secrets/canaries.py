"""Secrets that are easy to recognise, and a search for them in every spelling that a leak could have."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, quote_plus

_PART = 16
"""So many letters in a row are a leak; a token that is cut for a message is shorter than that, or no longer one."""


def canary(odd: str = "") -> str:
    """Return a secret, all of it random; `odd` are letters at its end."""
    return secrets.token_hex(24) + odd


ODD = '/+="\\&'
"""Letters that every encoding changes, for those secrets that may hold them."""


def spellings(secret: str) -> dict[str, bytes]:
    """Return what to look for: every stretch of the secret, and the whole of it as texts and files encode it."""
    raw = secret.encode("utf-8")
    stretches = {
        f"letters {at}-{at + _PART}": raw[at : at + _PART] for at in range(0, len(raw) - _PART + 1, _PART // 2)
    }
    return {
        **stretches,
        "URL": quote(secret, safe="").encode(),
        "form": quote_plus(secret).encode(),
        "JSON": json.dumps(secret)[1:-1].encode(),
        "hex": binascii.hexlify(raw)[: 2 * _PART],
        "UTF-16": secret[:_PART].encode("utf-16-le"),
        **{f"base64 from {at}": _base64(raw, at) for at in range(3)},
        **{f"URL-safe base64 from {at}": _base64(raw, at).translate(_URL_SAFE) for at in range(3)},
    }


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def _base64(raw: bytes, at: int) -> bytes:
    """Return the middle of the base64 text that holds a secret which begins `at` bytes into a group of three."""
    text = base64.b64encode(b"\0" * at + raw).rstrip(b"=")
    return text[4 if at else 0 : -4][:32]


@dataclass
class Aviary:
    """The canaries that are out, by name."""

    known: dict[str, str] = field(default_factory=dict)

    def plant(self, name: str, secret: str) -> str:
        """Remember a secret and return it."""
        assert len(secret) >= 2 * _PART, f"{name} is too short to be recognised"
        self.known[name] = secret
        return secret

    def found_in(self, content: bytes | str) -> list[str]:
        """Return which secrets a text or file holds, and in which spelling."""
        body = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        found = []
        for name, secret in self.known.items():
            found += [f"{name} ({how})" for how, piece in spellings(secret).items() if piece in body]
        return found

    def found_below(self, folder: Path) -> dict[str, list[str]]:
        """Return what the files below a folder hold, their names included."""
        found = {}
        for path in sorted(folder.rglob("*")):
            inside = self.found_in(str(path)) + (self.found_in(path.read_bytes()) if path.is_file() else [])
            if inside:
                found[str(path.relative_to(folder))] = inside
        return found


class Processes:
    """What the process list shows to everybody on the machine, while it is watched."""

    def __init__(self, aviary: Aviary) -> None:
        self._aviary = aviary
        self._stop = threading.Event()
        self.found: list[str] = []
        self.looks = 0
        self.seen: set[bytes] = set()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look again and again for the length of a block."""
        thread = threading.Thread(target=self._watch, name="processes", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.looks += 1
            fresh = set(_command_lines()) - self.seen
            self.seen |= fresh
            for line in fresh:
                self.found += self._aviary.found_in(line)


def _command_lines() -> Iterable[bytes]:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except OSError:  # it has just ended
            continue
