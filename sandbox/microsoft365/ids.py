"""Ids as Exchange hands them out: long, opaque, case-sensitive, of two kinds.

The default id of an item names the mailbox and the folder entry, the immutable id (``Prefer:
IdType="ImmutableId"``) survives moves; both resolve. Ids of neighbours may differ in the case of one letter
only. The id of an occurrence holds its date, so it changes when the series is rescheduled. Calendars have one
id whatever is preferred (Graph: Obtain immutable identifiers for Outlook resources).
"""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sandbox.microsoft365.errors import GraphError

Kind = Literal["calendar", "event", "occurrence"]
_KINDS: tuple[Kind, ...] = ("calendar", "event", "occurrence")
_TAIL = "AAA="
_PAYLOAD = 16


@dataclass(frozen=True)
class Key:
    """What an id stands for inside its mailbox; ``day`` is an occurrence's original date."""

    kind: Kind
    number: int
    day: date | None = None


class IdBook:
    """Writes and reads the ids of one mailbox."""

    def __init__(self, address: str) -> None:
        digest = hashlib.sha512(address.lower().encode()).digest()
        self._default = "AAMkAG" + urlsafe_b64encode(digest).decode().rstrip("=") + "BGAAAAAA"
        self._immutable = "AAkALg" + urlsafe_b64encode(digest[::-1]).decode().rstrip("=") + "AAAAAAAA"

    def write(self, key: Key, *, immutable: bool = False) -> str:
        """Return the id of a key."""
        day = key.day.toordinal() if key.day else 0
        payload = bytes([_KINDS.index(key.kind), 0]) + day.to_bytes(4) + key.number.to_bytes(6)
        prefix = self._immutable if immutable and key.kind != "calendar" else self._default
        return prefix + urlsafe_b64encode(payload).decode() + _TAIL

    def read(self, text: str) -> Key:
        """Return what an id stands for, whichever of the two kinds it is.

        Raises:
            GraphError: 400 ErrorInvalidIdMalformed; Graph parses an id before it looks anything up, so an
                invented, cut or foreign one is malformed and not merely absent.
        """
        for prefix in (self._default, self._immutable):
            if text.startswith(prefix) and text.endswith(_TAIL):
                key = _payload(text[len(prefix) : -len(_TAIL)])
                if key is not None:
                    return key
        raise GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def _payload(text: str) -> Key | None:
    if len(text) != _PAYLOAD:
        return None
    try:
        raw = urlsafe_b64decode(text)
    except (BinasciiError, ValueError):
        return None
    if urlsafe_b64encode(raw).decode() != text or raw[0] >= len(_KINDS):
        return None
    day = int.from_bytes(raw[2:6])
    if day > date.max.toordinal():
        return None
    return Key(_KINDS[raw[0]], int.from_bytes(raw[6:]), date.fromordinal(day) if day else None)
