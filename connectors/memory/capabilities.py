"""What the memory tool holds: everything, unless a simulation narrows it down."""

from __future__ import annotations

from domain.capabilities import Capabilities, Held, Hold, TypeCapabilities
from domain.fields import FIELDS, RecordType

READ_ONLY = {"completed_at", "attendees"}


def _all_of(kind: RecordType) -> TypeCapabilities:
    return TypeCapabilities(
        fields={name: Held(Hold.READ) if name in READ_ONLY else Held() for name in FIELDS[kind]},
        conditional=True,
        restores=True,
    )


EVERYTHING = Capabilities(
    types={kind: _all_of(kind) for kind in (RecordType.TASK, RecordType.EVENT, RecordType.DOCUMENT)}
)
"""Every field of every type, with conditional writes and a trash."""
