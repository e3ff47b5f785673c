"""How the channels of a community stand, for its status; nothing is sent and no place is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from config.models import ChannelSettings, CommunitySettings
from domain.announcements.message import Message
from domain.announcements.standing import NEEDS_PERSON, Rest, Resting, standing_of
from domain.errors import ConfigProblem
from store import messages, rests
from store.store import Store
from sync.sign_ins import ENDED
from sync.wiring import Wiring

Json = dict[str, Any]


def channels(
    wiring: Wiring,
    store: Store,
    settings: CommunitySettings,
    sign_ins: Sequence[Json],
    assisted: Sequence[Json],
    now: datetime,
) -> list[Json]:
    """Return every channel of a community: its kind, what was said last, what waits, and what asks for a person.

    Args:
        wiring: tells which kinds there are.
        store: holds the journals.
        settings: the community.
        sign_ins: of its connections, as :func:`sync.sign_ins.sign_ins` tells them.
        assisted: its outboxes, as :func:`sync.outbox.standing.assisted` tells them.
        now: the present moment, aware.

    Raises:
        StoreProblem: the store cannot be read.
    """
    with store.reading() as connection:
        resting = rests.load(connection, settings.id)
        journals = {one.id: messages.of_channel(connection, settings.id, one.id) for one in settings.channels}
    ended = {one["connection"]: one for one in sign_ins if one["state"] in ENDED}
    by_hand = {one["channel"]: one for one in assisted}
    found = []
    for place, one in enumerate(settings.channels):
        rest = _rest(wiring, settings, place, resting, ended, now)
        told = _by_copsync(journals[one.id], now) if one.id not in by_hand else _by_hand(by_hand[one.id])
        found.append(_json(one, told, rest))
    return found


def _rest(
    wiring: Wiring,
    settings: CommunitySettings,
    place: int,
    resting: Mapping[str, Rest],
    ended: Mapping[str, Json],
    now: datetime,
) -> Rest | None:
    """Return why a channel rests: its settings are wrong, its sign-in ended, or it did when it was looked after."""
    channel = settings.channels[place]
    try:
        wiring.channel(settings, place)
    except ConfigProblem as wrong:
        return Rest(Resting.TO_MEND, wrong.message, wrong.mend, now)
    sign_in = ended.get(channel.connection or "")
    if sign_in is not None:
        return Rest(Resting.CONNECT_AGAIN, sign_in["message"], sign_in["mend"], now)
    return resting.get(channel.id)


def _by_copsync(journal: Sequence[Message], now: datetime) -> Json:
    stands = standing_of(journal, now)
    return {
        "state": "ok",
        "said_at": stands.last.sent_at.isoformat() if stands.last and stands.last.sent_at else None,
        "said": stands.last.title if stands.last else None,
        "waiting": stands.waiting,
        "waits_since": stands.waits_since.isoformat() if stands.waits_since else None,
        "until": None,
        "unclear": [_told(one) for one in stands.unclear],
        "set_aside": [_told(one) for one in stands.refused],
    }


def _told(message: Message) -> Json:
    return {"message": message.id, "title": message.title or message.thing, "reason": message.reason}


def _by_hand(group: Json) -> Json:
    """Return how a group stands; it is assisted whatever waits, for nobody can read it."""
    return {
        "state": group["state"],
        "said_at": group["posted_at"],
        "said": group["posted"],
        "waiting": group["waiting"] + group["planned"],
        "waits_since": group["waits_since"],
        "until": group["until"],
        "unclear": [],
        "set_aside": [],
    }


def _json(settings: ChannelSettings, told: Json, rest: Rest | None) -> Json:
    is_assisted = told["state"] == "assisted"
    return {
        "channel": settings.id,
        "kind": settings.kind,
        **told,
        "state": rest.why.value if rest is not None and not is_assisted else told["state"],
        "problem": _problem(rest) if rest is not None else None,
        "needs_person": _needs_person(told, rest),
    }


def _problem(rest: Rest) -> Json:
    return {"why": rest.why.value, "message": rest.message, "mend": rest.mend, "since": rest.since.isoformat()}


def _needs_person(told: Json, rest: Rest | None) -> bool:
    waits_for_one = told["state"] == "assisted" and told["waiting"] > 0
    return bool(told["unclear"]) or waits_for_one or (rest is not None and rest.why in NEEDS_PERSON)
