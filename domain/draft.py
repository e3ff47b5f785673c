"""The planner's working copy of a situation: looked up fast, changed freely, never shared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from hashlib import blake2b

from domain.fields import RecordType, shown_kind
from domain.lens import Space
from domain.plan import Conflict, Delta, Held, Link, LinkState, Question, Seen, Situation
from domain.records import Edit, Record

UNFIT = "bad value"
"""The guard's name for remotes that cannot be understood or kept."""


def record_id(community: str, kind: RecordType, space: str, remote: str) -> str:
    """Return the id of the record that a remote gives rise to: the same on every run, also after a crash."""
    digest = blake2b("\0".join((community, kind, space, remote)).encode(), digest_size=10).hexdigest()
    return f"{kind}-{digest}"


@dataclass(slots=True)
class Draft:
    """A situation being worked into a plan.

    `parts` are the occurrences of series as events of their own, by series and id, as laid out last; they stand among
    the records as well, where merging may change them. `laid` are the (space, series) pairs that are shown so,
    `decided` what a person decided about their occurrences,
    `replaced` those of them where the parts have to be made before what stood for the whole can go. `missing` are
    the (space, remote) pairs whose deletion is held: nothing is sent there before it is decided.
    """

    situation: Situation
    spaces: dict[str, Space]
    order: tuple[str, ...]
    records: dict[str, Record]
    links: dict[tuple[str, str], Link]
    by_remote: dict[tuple[str, str], Link]
    touched: set[str]
    changed_links: dict[tuple[str, str], Link] = field(default_factory=dict)
    forgotten: list[Link] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reread: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)
    withheld: set[tuple[str, str, str]] = field(default_factory=set)
    waiting: set[tuple[str, str]] = field(default_factory=set)
    orphans: set[tuple[str, str]] = field(default_factory=set)
    versions: dict[tuple[str, str], str] = field(default_factory=dict)
    parts: dict[str, dict[str, Record]] = field(default_factory=dict)
    laid_from: dict[str, tuple[Record, frozenset[str]]] = field(default_factory=dict)
    laid: set[tuple[str, str]] = field(default_factory=set)
    decided: dict[str, Edit] = field(default_factory=dict)
    replaced: set[tuple[str, str]] = field(default_factory=set)
    inquire: set[tuple[str, str]] = field(default_factory=set)
    missing: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, situation: Situation) -> Draft:
        """Begin a draft."""
        return cls(
            situation=situation,
            spaces={space.name: space for space in situation.spaces},
            order=tuple(space.name for space in situation.spaces),
            records=dict(situation.records),
            links={(link.space, link.record): link for link in situation.links},
            by_remote={(link.space, link.remote): link for link in situation.links},
            touched=set(situation.consider) & set(situation.records),
        )

    def put_record(self, record: Record) -> None:
        """Keep a new or changed record."""
        self.records[record.id] = record
        self.touched.add(record.id)

    def put_link(self, link: Link) -> None:
        """Keep a new or moved link."""
        key = (link.space, link.record)
        self.links[key] = self.changed_links[key] = link
        self.by_remote[(link.space, link.remote)] = link

    def forget(self, link: Link) -> None:
        """End a link; its record may be created in that space again."""
        key = (link.space, link.record)
        del self.links[key]
        del self.by_remote[(link.space, link.remote)]
        self.changed_links.pop(key, None)
        self.forgotten.append(link)

    def hold_unfit(self, seen: Seen, record: str, title: str, why: str) -> None:
        """Leave a remote alone that holds a value no record may have; it is read again until it is set aside."""
        if (seen.space, seen.remote) in self.situation.unreadable:
            return
        self.held.append(Held(seen.space, record, title, UNFIT, why, None, seen.remote, seen.type))
        self.reread.add(seen.space)

    def links_of(self, record: str) -> list[Link]:
        """Return a record's links, in the order of the spaces."""
        return [link for name in self.order if (link := self.links.get((name, record)))]

    def is_shadow(self, space: str, kind: RecordType) -> bool:
        """Tell whether remotes of this type are only signs of the record in that space."""
        capabilities = self.spaces[space].type(kind)
        return capabilities is not None and capabilities.shadow

    def is_sign(self, link: Link) -> bool:
        """Tell whether a remote only stands for its record, so that deleting it says nothing about the record."""
        record = self.records[link.record]
        lacks = self.spaces[link.space].lacks_series(record.type, record.fields)
        return lacks or self.is_shadow(link.space, record.type)

    def is_withheld(self, link: Link) -> bool:
        """Tell whether something that a remote shows was not taken in: a guard holds it, or a person must choose."""
        return any((space, record) == (link.space, link.record) for space, record, _ in self.withheld)

    def is_missing(self, link: Link) -> bool:
        """Tell whether a remote is gone, and a person must choose what becomes of it."""
        return (link.space, link.remote) in self.missing

    def title(self, record: str) -> str:
        """Return the words by which people know a record."""
        fields = self.records[record].fields
        return str(fields.get("title") or fields.get("name") or record)

    def kind(self, record: Record) -> str:
        """Return the word for what a record is (see :func:`domain.fields.shown_kind`)."""
        return shown_kind(record.type, record.fields)

    def arrivals(self) -> dict[str, list[Seen]]:
        """Return what was seen without a link, by space."""
        found: dict[str, list[Seen]] = {name: [] for name in self.order}
        for seen in self.situation.seen:
            if (seen.space, seen.remote) not in self.by_remote:
                found[seen.space].append(seen)
        return found

    def version_of(self, seen: Seen) -> str:
        """Return the version up to which a remote is taken in: none while its parent is unknown."""
        return "" if (seen.space, seen.remote) in self.orphans else seen.version

    def resolved(self, seen: Seen) -> Seen:
        """Return what was seen with its parent as a record id; about an unknown parent it says nothing."""
        parent = seen.view.get("parent")
        if not isinstance(parent, str):
            return seen
        link = self.by_remote.get((seen.space, parent))
        if link is None:
            self.orphans.add((seen.space, seen.remote))
        others = {name: value for name, value in seen.view.items() if name != "parent"}
        return replace(seen, view={**others, "parent": link.record} if link else others)

    def is_orphaned(self, seen: Seen, link: Link) -> bool:
        """Tell whether somebody put a remote, since it was compared, below a parent that nobody knows yet."""
        return (seen.space, seen.remote) in self.orphans and "parent" in link.base

    def live_links(self, record: str) -> list[Link]:
        """Return the links whose remotes are there."""
        return [link for link in self.links_of(record) if link.state is LinkState.LIVE]
