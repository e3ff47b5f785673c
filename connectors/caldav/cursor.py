"""Where the next read resumes: the sync token of a collection, or for servers without them its ctag and etags."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

_MOST_ETAGS = 20_000
"""Of larger collections the etags are not remembered; what changed there is found by reading everything."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """The state of a collection after a read; the token is opaque and only ever sent back."""

    token: str | None = None
    ctag: str | None = None
    etags: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str | None) -> Cursor:
        """Read what `text` wrote; anything else asks for a full read."""
        try:
            found = json.loads(text or "{}")
            return cls(found.get("token"), found.get("ctag"), dict(found.get("etags") or {}))
        except (ValueError, AttributeError, TypeError):
            return cls()

    def text(self) -> str | None:
        """Return it for the store; None asks for a full read."""
        if self.token:
            return json.dumps({"token": self.token})
        if self.ctag and self.etags and len(self.etags) <= _MOST_ETAGS:
            return json.dumps({"ctag": self.ctag, "etags": dict(self.etags)})
        return None
