"""What is said: no longer than the place takes, no markup from titles, as many links as it bears, nothing internal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domain.announcements.message import MessageState
from domain.values import Value
from tests.contract.channels.subjects import SUBJECTS
from tests.contract.channels.test_said_once import MONDAY
from tests.contract.channels.town import WANTS, Town, talking

_ADDRESS = re.compile(r"\b(?:https?|javascript|data|file)://?[^\s<>\"]+", re.IGNORECASE)
TITLES = {
    "latin": "A fair and long name ",
    "quotes": 'He said "why" and \\ ',
    "cyrillic": "Длинное имя ",
    "emoji": "🎉 ",
}
MARKUP = (
    "<b>bold</b> & <script>alert(1)</script>",
    "*starred* _lined_ ~~struck~~ `code`",
    "[Win](https://evil.example/x) ![x](y)",
    "# No heading",
    "@[Ada](urn:li:person:1) {hashtag|\\#|no}",
    "<at>Everybody</at> &lt;img src=x&gt;",
    "{{ 7*7 }} {% include 'x' %} ${HOME}",
)


@pytest.mark.parametrize("script", TITLES)
@pytest.mark.parametrize("name", list(SUBJECTS))
async def test_the_longest_digest_fits_its_place(tmp_path: Path, name: str, script: str) -> None:
    title = (TITLES[script] * 60)[:230]
    with talking(tmp_path, SUBJECTS[name], wants='"digest"') as town:
        for number in range(40):
            town.gather(f"{number} {title}", days=2.5 + number / 10, location=f"Room {number} {title}"[:200])
        await town.say()
        await town.say(**MONDAY)
        (digest,) = town.journal()
        assert digest.state is MessageState.SENT, digest.reason
        (said,) = town.said()
        assert "more" in said  # what did not fit is told by its number, not cut in the middle


@pytest.mark.parametrize("title", MARKUP)
async def test_markup_in_a_title_stays_text(town: Town, title: str) -> None:
    town.here.event("odd", *_times(town), title=title, location=f"Room {title}")
    await town.say()
    (said,) = town.said()
    assert title in said or _without_addresses(title) in said
    assert "49" not in said  # no template was made of it


def _without_addresses(text: str) -> str:
    return _ADDRESS.sub("…", text)


def _times(town: Town) -> tuple[Value, Value]:
    town.gather("pattern", days=4)
    fields = town.here.records["pattern"].fields
    town.here.delete("pattern")
    return fields["start"], fields["end"]


async def test_only_what_leads_to_a_website_is_a_link_and_no_more_than_the_place_bears(town: Town) -> None:
    town.gather("Meetup", meeting_url="https://meet.example.org/a_b", location="https://maps.example.org/1")
    town.gather("Trap", days=4, meeting_url="javascript:alert(1)")
    await town.say()
    assert len(town.said()) == 2
    found = [_ADDRESS.findall(text) for text in town.said()]
    assert any("https://meet.example.org/a_b" in address for address in found[0])
    assert not any("javascript" in text for text in town.said())
    if town.abilities.one_link:
        assert [len(set(addresses)) for addresses in found] <= [1, 1]


AUDIENCES = ("internal", "community", "public")


@pytest.mark.parametrize("heard", AUDIENCES)
@pytest.mark.parametrize("name", list(SUBJECTS))
async def test_a_place_hears_only_what_its_readers_may(tmp_path: Path, name: str, heard: str) -> None:
    with talking(tmp_path, SUBJECTS[name], more=f'audience = "{heard}"') as town:
        await town.say()
        for number, audience in enumerate(AUDIENCES):
            notes, people = f"canary of {audience}", frozenset({f"canary-{audience}@example.org"})
            town.gather(f"For {audience}", days=3 + number, audience=audience, notes=notes, attendees=people)
        await town.say()
        await town.say(**MONDAY)
        text = "\n".join(town.said())
        may = AUDIENCES[AUDIENCES.index(heard) :]
        assert {one for one in AUDIENCES if f"For {one}" in text} == set(may)
        assert "canary" not in text
        assert "@" not in text


async def test_what_becomes_internal_while_it_waits_is_not_said(town: Town) -> None:
    town.gather("Meetup", days=9)
    await town.announce_at_night()
    town.here.change("Meetup", audience="internal")
    await town.say(hours=12)
    assert town.said() == []
    assert town.states() == [MessageState.SUPERSEDED]


async def test_at_night_nothing_is_said_and_in_the_morning_it_is(town: Town) -> None:
    town.gather("Meetup", days=9)
    await town.announce_at_night()
    assert town.said() == []
    await town.say(hours=12)
    assert len(town.said()) == 1


@pytest.mark.parametrize("name", list(SUBJECTS))
async def test_who_may_not_be_named_is_not(tmp_path: Path, name: str) -> None:
    hidden = '[[communities.members]]\nemail = "ben@example.org"\nnamed = false\n'
    with talking(tmp_path, SUBJECTS[name], wants=f'{WANTS}, "welcome"', community=hidden) as town:
        await town.say()
        town.here.member("member-cy", "cy@example.org", name="Cy *the* <b>first</b>")
        town.here.member("member-ben", "ben@example.org", name="Ben")
        await town.say(hours=1)
        (said,) = town.said()
        assert "Cy *the* <b>first</b>" in said
        assert "Ben" not in said
        assert "@" not in said
