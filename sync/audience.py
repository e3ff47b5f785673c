"""For whom a record is: a person says so in the hub, because no tool has a place for it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from config.models import CommunitySettings
from domain.announcements.audience import Audience, Audiences
from domain.changes import HUB
from domain.errors import ConfigProblem
from domain.fields import RecordType, shown_kind
from domain.plan import Delta
from domain.records import Record, Writer
from store import runs, state
from store.absorb import save_history
from store.codec import record_row
from store.sql import upsert
from store.state import Wanted
from store.store import Store
from store.tables import records
from sync.apply import Clock
from sync.hold import hold
from sync.stages import new_run_id


@dataclass(frozen=True, slots=True)
class ForWhom:
    """A record and for whom it is; `said` tells whether that was said of it, or follows from what it is."""

    record: str
    kind: str
    title: str
    audience: Audience
    said: bool


def audiences_of(settings: CommunitySettings) -> Audiences:
    """Return for whom records of a community are that do not say so themselves."""
    return Audiences(**{name: Audience(one) for name, one in settings.audience.model_dump().items()})


def for_whom(store: Store, settings: CommunitySettings, name: str) -> ForWhom:
    """Return for whom a record is.

    Raises:
        ConfigProblem: there is no such record, or several are meant.
    """
    return _told(settings, _record(store, settings.id, name))


async def say_for_whom(
    store: Store, settings: CommunitySettings, clock: Clock, name: str, audience: Audience | None, by: str
) -> ForWhom:
    """Say for whom a record is; None leaves it to what the record is. It is written into its history.

    Raises:
        ConfigProblem: there is no such record, several are meant, or it is a person.
        Locked: another run holds the community; nothing was changed.
    """
    record = _record(store, settings.id, name)
    if record.type is RecordType.MEMBER:
        raise ConfigProblem(
            "People are for nobody.", mend="Write named = false under [[communities.members]] to keep a name out."
        )
    async with hold(store, settings.id, clock, "audience") as lease:
        now, before = clock(), record.fields.get("audience")
        after = audience.value if audience else None
        with store.writing(lease, now) as connection:
            found, _ = state.load(connection, settings.id, Wanted(records=[record.id]))
            record = found[record.id]
            writers = {**record.writers, "audience": Writer(HUB, now, by)}
            record = replace(record, fields={**record.fields, "audience": after}, writers=writers)
            behind = record.id in state.behind(connection, settings.id)
            upsert(connection, records, [record_row(settings.id, record, behind=behind)])
            delta = Delta(record.id, "audience", before, after, HUB, by, "said by a person")
            save_history(connection, settings.id, new_run_id(now), [delta] if before != after else [], now)
    return _told(settings, record)


def _record(store: Store, community: str, name: str) -> Record:
    with store.reading() as connection:
        ids = runs.find_record(connection, community, name)
        found, _ = state.load(connection, community, Wanted(records=ids))
    if not found:
        raise ConfigProblem(
            f"There is no record '{name}'.",
            mend="`copsync export` lists them; give an id, or an item's id in its tool.",
        )
    if len(found) > 1 and name not in found:
        raise ConfigProblem(f"'{name}' may be any of: {', '.join(sorted(found)[:5])}.", mend="Give more of the id.")
    return found.get(name) or next(iter(found.values()))


def _told(settings: CommunitySettings, record: Record) -> ForWhom:
    title = str(record.fields.get("title") or record.fields.get("name") or "")
    audience = audiences_of(settings).of(record.type, record.fields)
    return ForWhom(
        record.id, shown_kind(record.type, record.fields), title, audience, bool(record.fields.get("audience"))
    )
