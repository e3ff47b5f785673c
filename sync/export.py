"""The canonical model of a community as JSON, with every link and field."""

from __future__ import annotations

from typing import Any

from domain.fields import RecordType, shown_kind
from domain.parts import occurrence_of, whole_of
from domain.plan import Link, LinkState
from domain.records import Record
from domain.values import fields_to_json
from store import state
from store.state import Wanted
from store.store import Store

Json = dict[str, Any]


def export(store: Store, community: str) -> Json:
    """Return the documented export of a community."""
    with store.reading() as connection:
        records, links = state.load(connection, community, Wanted(everything=True))
        known_as = state.load_identities(connection, community)
    by_record: dict[str, list[Link]] = {}
    for link in links:
        by_record.setdefault(whole_of(link.record), []).append(link)
    members = [record for record in records.values() if record.type is RecordType.MEMBER]
    others = [record for record in records.values() if record.type is not RecordType.MEMBER]
    return {
        "community": community,
        "members": [_member(member, known_as) for member in sorted(members, key=_order)],
        "records": [_record(record, by_record.get(record.id, ())) for record in sorted(others, key=_order)],
    }


def _order(record: Record) -> tuple[str, str]:
    return str(record.fields.get("title") or record.fields.get("name") or "").casefold(), record.id


def _member(member: Record, known_as: dict[str, dict[str, str]]) -> Json:
    identities = [
        {"space": space, "remote_id": person}
        for space, people in sorted(known_as.items())
        for person, record in sorted(people.items())
        if record == member.id
    ]
    return {"id": member.id, **fields_to_json(member.fields), "links": identities}


def _record(record: Record, links: list[Link] | tuple[()]) -> Json:
    past = [link for link in links if link.state is not LinkState.LIVE]
    shown: Json = {
        "id": record.id,
        "kind": shown_kind(record.type, record.fields),
        "fields": {name: value for name, value in fields_to_json(record.fields).items() if name != "kind"},
        "links": [_link(link) for link in links if link not in past],
        "deleted": record.deleted,
    }
    if past:
        shown["past_links"] = [{**_link(link), "state": link.state.value} for link in past]
    return shown


def _link(link: Link) -> Json:
    """Return a link; that of one date of a series says which."""
    which = occurrence_of(link.record)
    return {"space": link.space, "remote_id": link.remote} | ({"occurrence": which} if which else {})
