"""Brings discussions of a group into the community, given by a person: pasted, as a table, or from their own data.

A discussion becomes a post of the community, known by LinkedIn's own name for it: given again, it is the same post.
Its moment is the one in that name. What is written becomes plain text, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from sqlalchemy.engine import Connection

from connectors.linkedin.archive import Share
from connectors.linkedin.permalink import GroupPost, parse
from domain.draft import record_id
from domain.errors import ConfigProblem, SetAside
from domain.fields import RecordType, complete
from domain.intake import IMPORT
from domain.plan import Delta
from domain.records import Record, Writer, check
from domain.richtext.characters import clean
from domain.richtext.plain import from_plain
from domain.values import Fields, instant
from store import posts, runs
from store.store import Store
from sync.outbox import sheets
from sync.outbox.place import Place
from sync.report import Report
from sync.stages import new_run_id

NEEDED = ("post_url",)
LONGEST_TITLE = 200
CHUNK = 5_000

POST = RecordType.POST


@dataclass(frozen=True, slots=True)
class Discussion:
    """One post of a group as a person gave it."""

    post: GroupPost
    title: str = ""
    text: str = ""
    author: str = ""
    link: str = ""


@dataclass(slots=True)
class Brought:
    """What came of an import; `refused` names rows and what is wrong with them."""

    run: str
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: list[tuple[int, ConfigProblem | SetAside]] = field(default_factory=list)


def of_share(share: Share) -> Discussion:
    """Return one of a member's own posts as a discussion; LinkedIn's export does not name its owner."""
    return Discussion(share.post, text=share.text, link=share.link)


def of_rows(rows: Iterable[sheets.Row], group: str, brought: Brought) -> Iterator[Discussion]:
    """Yield the discussions of a table; rows that are none go to `brought.refused`."""
    for row in rows:
        try:
            yield in_group(
                Discussion(
                    parse(row.get("post_url")),
                    row.get("title"),
                    row.get("text"),
                    row.get("author_name"),
                    row.get("link"),
                ),
                group,
            )
        except ConfigProblem as problem:
            brought.refused.append((row.number, problem))


def in_group(discussion: Discussion, group: str) -> Discussion:
    """Return a discussion that stands in the community's group.

    Raises:
        ConfigProblem: it stands in another.
    """
    if discussion.post.group != group:
        raise ConfigProblem(
            f"This is a post in the group {discussion.post.group}, and the community's group is {group}.",
            mend="Leave it out, or correct `group` under [[communities.channels]].",
        )
    return discussion


def begin(now: datetime) -> Brought:
    """Return an empty account of a new import."""
    return Brought(new_run_id(now))


def bring_in(store: Store, place: Place, given: Iterable[Discussion], brought: Brought, now: datetime) -> Brought:
    """Keep discussions as posts of the community, all or none.

    Raises:
        Locked: a run holds the community; nothing was kept.
        ConfigProblem: what is given cannot be read; nothing was kept.
    """
    lease = store.acquire(place.community, f"import {brought.run}", now)
    try:
        with store.writing(lease, now) as connection:
            runs.begin(connection, brought.run, place.community, now, runs.Purpose("import"))
            source = iter(given)
            while part := list(islice(source, CHUNK)):
                _keep(connection, place, part, brought, now)
            runs.end(connection, brought.run, "done", _report(place, brought), now)
    finally:
        store.release(lease)
    return brought


def _keep(connection: Connection, place: Place, part: Sequence[Discussion], brought: Brought, now: datetime) -> None:
    wanted = {record_id(place.community, POST, place.channel, one.post.urn): one for one in part}
    there = posts.present(connection, place.community, wanted)
    brought.same += len(part) - len(wanted)
    records: list[Record] = []
    deltas: list[Delta] = []
    for identity, discussion in wanted.items():
        try:
            record, changes = _record(place, identity, discussion, there.get(identity), now)
        except SetAside as problem:
            brought.refused.append((0, problem))
            continue
        if not changes:
            brought.same += 1
            continue
        is_there = identity in there and not there[identity].deleted
        brought.changed += is_there
        brought.new += not is_there
        records.append(record)
        deltas += changes
    posts.save(connection, place.community, brought.run, records, deltas, now)


def _record(
    place: Place, identity: str, discussion: Discussion, before: Record | None, now: datetime
) -> tuple[Record, list[Delta]]:
    told = {name: value for name, value in _fields(discussion).items() if value or before is None}
    check(POST, complete(POST, told))
    if before is None:
        origin = Writer(IMPORT, now, discussion.author or None)
        delta = Delta(identity, "created", None, told["title"], place.channel, cause="brought in by hand")
        return Record(identity, POST, complete(POST, told), origin=origin), [delta]
    moved = {name: value for name, value in told.items() if before.fields.get(name) != value}
    deltas = [
        Delta(identity, name, before.fields.get(name), value, place.channel, cause="brought in by hand")
        for name, value in moved.items()
    ]
    if before.deleted:  # somebody gave it up, and somebody brings it again
        deltas.append(Delta(identity, "deleted", "true", None, place.channel, cause="brought in by hand"))
    return replace(before, fields={**before.fields, **moved}, deleted=False), deltas


def _fields(discussion: Discussion) -> Fields:
    body = from_plain(clean(discussion.text))
    link = f"<{discussion.link}>" if discussion.link.startswith(("https://", "http://")) else ""
    shown = "\n\n".join(filter(None, (body, link if discussion.link not in discussion.text else "")))
    return {
        "title": _title(discussion),
        "body": shown,
        "author": _line(discussion.author),
        "published_at": instant(discussion.post.made_at),
        "url": discussion.post.url,
    }


def _title(discussion: Discussion) -> str:
    said = _line(discussion.title) or _line(discussion.text.strip().partition("\n")[0])
    return said if len(said) <= LONGEST_TITLE else f"{said[: LONGEST_TITLE - 1]}…"


def _line(text: str) -> str:
    return " ".join(clean(text).split())


def _report(place: Place, brought: Brought) -> dict[str, object]:
    told = f"{brought.new} discussions brought in, {brought.changed} changed, {brought.same} already there."
    return Report(brought.run, place.community, {}, notes=[told]).json()
