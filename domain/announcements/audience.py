"""For whom a record is, and who may hear of it: nothing internal reaches a public place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.fields import RecordType
from domain.values import Fields


class Audience(StrEnum):
    """For whom something is; each may also see what is for everybody after it."""

    INTERNAL = "internal"  # those who run the community
    COMMUNITY = "community"  # its members
    PUBLIC = "public"  # everybody


_RANK = {audience: rank for rank, audience in enumerate(Audience)}


@dataclass(frozen=True, slots=True)
class Audiences:
    """For whom records are that do not say so themselves, by what they are. `members` are the names of people."""

    gatherings: Audience = Audience.COMMUNITY
    deadlines: Audience = Audience.INTERNAL
    tasks: Audience = Audience.INTERNAL
    documents: Audience = Audience.INTERNAL
    posts: Audience = Audience.INTERNAL
    members: Audience = Audience.COMMUNITY

    def of(self, kind: RecordType, fields: Fields) -> Audience:
        """Return for whom a record is. What it says itself counts; a word that is none counts as internal."""
        said = fields.get("audience")
        if isinstance(said, str) and said:
            return Audience(said) if said in _KNOWN else Audience.INTERNAL
        return self._by_kind(kind, fields)

    def _by_kind(self, kind: RecordType, fields: Fields) -> Audience:
        match kind:
            case RecordType.EVENT:
                return self.gatherings
            case RecordType.TASK:
                return self.deadlines if fields.get("kind") == "milestone" else self.tasks
            case RecordType.DOCUMENT:
                return self.documents
            case RecordType.POST:
                return self.posts
            case RecordType.MEMBER:
                return self.members


_KNOWN = frozenset(Audience)


def may_hear(place: Audience, of: Audience) -> bool:
    """Tell whether those who read a place may hear of something that is for `of`."""
    return _RANK[of] >= _RANK[place]


def stricter(one: Audience, other: Audience) -> Audience:
    """Return the narrower of two audiences: for whom something is that tells of both."""
    return min(one, other, key=_RANK.__getitem__)
