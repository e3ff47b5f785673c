"""The demo's LinkedIn group: a text is handed out to a moderator, posted by hand, claimed by its link and proved."""

from __future__ import annotations

from typing import Any

from cli.context import now
from cli.demo_stage import REPORT, TITLE, NotToldError, Stage
from cli.outbox_words import item_json
from config.models import CommunitySettings
from domain.outbox.item import Item
from domain.outbox.states import State
from sync.outbox import desk
from sync.outbox.fill import fill
from sync.outbox.place import Place
from sync.outbox.places import places_of
from sync.outbox.tend import tend
from sync.wiring import Wiring

Json = dict[str, Any]


async def post_it(stage: Stage) -> Json:
    """Play a moderator's two minutes, with the commands' own steps.

    Raises:
        NotToldError: nothing was to be posted, or the post was not proved.
    """
    async with Wiring(stage.configuration) as wiring:
        (settings,) = wiring.community_settings(None)
        (place,) = places_of(stage.configuration, [settings])
        item = await _waiting(stage, wiring, settings, place)
        link = _posted(stage, place, item)
        claimed = _claim(stage, place, item, link)
        await tend(wiring, stage.store, settings, now)
    verified = _item(stage, place, item.id)
    if (verified.state, verified.proof) != (State.VERIFIED, 2):
        raise NotToldError(f"The post about “{TITLE}” is {verified.state}, not proved.", mend=REPORT)
    stage.tell("copsync outbox tend")
    stage.tell(f"→ verified: {verified.evidence} (level 2)")
    return {"link": link, "claimed": item_json(place, claimed), "verified": item_json(place, verified)}


async def _waiting(stage: Stage, wiring: Wiring, settings: CommunitySettings, place: Place) -> Item:
    """Return what waits for a moderator, laid into the outbox as `copsync outbox tend` does."""
    await fill(wiring, stage.store, settings, place, now)
    found = [one for one in desk.items(stage.store, place, [State.READY]) if one.title == TITLE]
    if len(found) != 1:
        raise NotToldError(f"“{TITLE}” waits {len(found)} times in the outbox.", mend=REPORT)
    return found[0]


def _posted(stage: Stage, place: Place, item: Item) -> str:
    """Hand a text out, and let the moderator post it; return the link that LinkedIn gives them."""
    (taken,) = desk.hand_out(stage.store, [item], "demo", now())
    stage.tell(f"copsync outbox hand-out {taken.id}: the text for the group {place.group}")
    stage.quote(taken.text.splitlines())
    moderator = stage.world.community.moderators[0]
    link = stage.world.linkedin_post(moderator, taken.text)
    stage.tell(f"{stage.world.community.people[moderator].name} posts it by hand and copies its link")
    return link


def _claim(stage: Stage, place: Place, item: Item, link: str) -> Item:
    claimed = desk.claim(stage.store, place, _item(stage, place, item.id), link, "demo", now())
    stage.tell(f"copsync outbox claim {item.id} {link}")
    stage.tell(f"→ the link alone proves: {claimed.evidence} (level 1)")
    return claimed


def _item(stage: Stage, place: Place, wanted: str) -> Item:
    return next(one for one in desk.items(stage.store, place) if one.id == wanted)
