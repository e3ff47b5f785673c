"""What the memory tool holds: everything, unless a simulation narrows it down."""

from __future__ import annotations

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import FIELDS, RecordType

READ_ONLY = {"completed_at", "attendees"}
SERIES = frozenset({"rrule", "rdates", "exdates", "overrides"})


def _all_of(kind: RecordType, without: frozenset[str] = frozenset()) -> TypeCapabilities:
    return TypeCapabilities(
        fields={name: Held(Hold.READ) if name in READ_ONLY else Held() for name in FIELDS[kind] if name not in without},
        conditional=True,
        restores=True,
    )


EVERYTHING = Capabilities(
    types={kind: _all_of(kind) for kind in (RecordType.TASK, RecordType.EVENT, RecordType.DOCUMENT)}
)
"""Every field of every type, with conditional writes and a trash."""

WITHOUT_SERIES = Capabilities(types={**EVERYTHING.types, RecordType.EVENT: _all_of(RecordType.EVENT, SERIES)})
"""The same, but events that recur cannot be told."""
