"""Where the next read resumes: at the sync token of a collection, or for servers without them at its ctag."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cursor:
    """The moment of a read. `token` and `ctag` are opaque and only ever sent back or compared.

    `path`, kept with a token, is where the collection was, so that it need not be looked up by its name at every run.
    """

    token: str | None = None
    ctag: str | None = None
    path: str | None = None

    @classmethod
    def of(cls, text: str | None) -> Cursor:
        """Read what `text` wrote; anything else asks for a full read."""
        try:
            found = json.loads(text or "{}")
            return cls(found.get("token"), found.get("ctag"), found.get("path"))
        except (ValueError, AttributeError):
            return cls()

    def text(self) -> str | None:
        """Return it for the store; None asks for a full read.

        A token has to be a URI (RFC 6578, 4). Xandikos gives hashes of a collection's content, and its ctag is one too:
        they name a state and not a moment. What copsync made after such a token and a person removed again is in
        neither state, so no report would ever tell of it.
        """
        if self.token:
            return json.dumps({"token": self.token, "path": self.path}) if ":" in self.token else None
        return json.dumps({"ctag": self.ctag}) if self.ctag else None
