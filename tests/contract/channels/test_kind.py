"""How a kind declares itself, and what `copsync check` is told; nothing is posted to find out."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.channel import Sender, channel_kind, channel_kinds
from domain.announcements.channel import Abilities, Form
from sync.announce.look import coming_digest, outlook
from sync.announce.scene import scene_of
from sync.wiring import Wiring
from tests.contract.channels.subjects import SUBJECTS
from tests.contract.channels.town import Town, talking


async def findings(town: Town) -> list[tuple[str, str, str]]:
    async with Wiring(town.here.configuration) as wiring:
        (place,) = wiring.channels(town.here.settings)
        sender: Sender = place.open()
        found: list[tuple[str, str, str]] = [(one.level, one.message, one.mend) for one in await sender.check()]
        await sender.aclose()
        await sender.aclose()
    return found


async def test_a_kind_is_registered_and_says_what_it_can_do_without_being_opened(town: Town) -> None:
    kind = channel_kind(town.subject.kind)
    assert (kind.name, kind.name in channel_kinds(), bool(kind.title)) == (town.subject.kind, True, True)
    asked = town.subject.wire.asked if town.subject.wire else 0
    assert isinstance(town.abilities, Abilities)
    assert town.abilities.max_length >= 200
    assert (town.subject.wire.asked if town.subject.wire else 0) == asked
    with pytest.raises(ValidationError):
        kind.options.model_validate({"no_such_key": 1})


async def test_check_posts_nothing_and_says_that_all_is_well(town: Town) -> None:
    written = town.subject.wire.written if town.subject.wire else 0
    found = await findings(town)
    assert [level for level, *_ in found] == ["ok"]
    assert (town.subject.wire.written if town.subject.wire else 0) == written
    assert town.said() == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 426, 429, 500, 503])
async def test_check_never_raises_and_names_the_mend(wired: Town, status: int) -> None:
    wired.wire.break_reads("status", status=status, times=None)
    for level, message, mend in await findings(wired):
        assert message
        assert level == "ok" or mend
    for kind in ("cut", "html", "truncated_json"):
        wired.wire.mend()
        wired.wire.break_reads(kind, times=None)
        for level, message, mend in await findings(wired):
            assert message
            assert level == "ok" or mend


async def test_check_says_that_a_sign_in_has_ended(wired: Town) -> None:
    wired.wire.revoke()
    found = await findings(wired)
    assert found
    if wired.abilities.finds:  # what cannot be asked without posting is not asked
        assert [level for level, *_ in found] == ["error"]
        assert all(mend for *_, mend in found)


@pytest.mark.parametrize("name", list(SUBJECTS))
async def test_a_look_at_what_would_be_said_asks_nothing(tmp_path: Path, name: str) -> None:
    with talking(tmp_path, SUBJECTS[name]) as town:
        await town.say()
        town.gather("Meetup")
        asked = town.subject.wire.asked if town.subject.wire else 0
        here = town.here
        (place,) = Wiring(here.configuration).channels(here.settings)
        scene = scene_of(here.configuration, here.settings, here.store, here.now)
        assert [one.title for one in outlook(scene, place, here.store).coming] == ["Meetup"]
        for form in Form:
            assert coming_digest(scene, place.channel, here.store, form) is not None
        assert (town.subject.wire.asked if town.subject.wire else 0) == asked
        assert town.journal() == []
