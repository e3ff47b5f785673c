"""What moderators do with the outbox, on real databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import ConfigProblem, Stale
from domain.outbox.states import Event, State
from sync.outbox import desk, links
from sync.outbox.links import Standing
from tests.sync.outbox.bench import GROUP, NOW, Bench, bench, permalink


def test_from_ready_to_verified(here: Bench) -> None:
    item = here.hand_out(here.put())
    assert item.state is State.HANDED_OUT
    link = here.posted(item)
    done = here.claim(item, link + "?utm_source=share")
    assert (done.state, done.proof, done.post) == (State.VERIFIED, 1, link.split("/")[-2])
    assert here.item(item.id) == done
    assert done.evidence == f"posted in the group {GROUP} on 2026-11-28 12:04 UTC"
    assert [(move.event, move.by) for move in done.moves] == [
        (Event.HAND_OUT, "ada@example.org"), (Event.CLAIM, "ada@example.org"), (Event.VERIFY, "copsync"),
    ]  # fmt: skip
    assert here.claim(here.item(item.id), link) == done  # again is as once


def test_a_refused_link_changes_nothing(here: Bench) -> None:
    item = here.hand_out(here.put())
    here.now += timedelta(minutes=10)
    for link in (permalink(here.now, "999"), permalink(NOW - timedelta(days=3)), "https://lnkd.in/x", "nonsense"):
        with pytest.raises(ConfigProblem) as refused:
            here.claim(item, link)
        assert refused.value.mend
        assert here.item(item.id) == item


def test_a_post_proves_one_item_only(here: Bench) -> None:
    first, second = here.hand_out(here.put("A talk")), here.hand_out(here.put("A workshop"))
    link = here.posted(first)
    here.claim(first, link)
    with pytest.raises(ConfigProblem, match="claimed for “A talk”"):
        here.claim(second, link)
    assert here.item(second.id).state is State.HANDED_OUT
    desk.release(here.store, here.item(first.id), "ada", here.now)
    assert here.claim(here.item(second.id), link).state is State.VERIFIED
    assert here.item(first.id).state is State.HANDED_OUT


def test_a_post_proves_nothing_in_another_community_either(here: Bench) -> None:
    item = here.hand_out(here.put("A secret of ours"))
    link = here.posted(item)
    here.claim(item, link)
    elsewhere = replace(here.place, community="another")
    other = replace(here.item(item.id), id="out-other", community="another", state=State.READY, post=None, moves=())
    assert desk.put(here.store, elsewhere, [other], here.now) == 1
    (handed,) = desk.hand_out(here.store, [other], "ben", here.now - timedelta(minutes=4))
    with pytest.raises(ConfigProblem, match="claimed for another item already") as refused:
        desk.claim(here.store, elsewhere, handed, link, "ben", here.now)
    assert "secret" not in str(refused.value)  # what other communities do is not told


def test_of_two_who_claim_at_once_one_wins(here: Bench) -> None:
    item = here.hand_out(here.put())
    posts = [here.posted(item) for _ in range(4)]

    def try_one(link: str) -> str:
        try:
            return here.claim(item, link).post or ""
        except Stale:
            return ""

    with ThreadPoolExecutor(4) as pool:
        won = [post for post in pool.map(try_one, posts) if post]
    assert [here.item(item.id).post] == won


def test_two_who_take_a_text_at_once_both_have_it(here: Bench) -> None:
    item = here.put()
    with ThreadPoolExecutor(4) as pool:
        given = list(pool.map(lambda _: here.hand_out(item), range(4)))
    assert {one.state for one in given} == {State.HANDED_OUT}
    assert len(here.item(item.id).moves) == 1


def test_what_was_never_handed_out_cannot_be_claimed(here: Bench) -> None:
    item = here.put()
    with pytest.raises(ConfigProblem, match="never handed out"):
        here.claim(item, permalink(NOW))
    draft = here.put(state=State.DRAFT)
    assert here.hand_out(draft) == draft


def test_a_newer_revision_takes_the_place_of_what_waits(here: Bench) -> None:
    old = here.hand_out(here.put(thing="event-1"))
    new = here.put(thing="event-1", revision=2)
    assert (here.item(old.id).state, here.item(new.id).state) == (State.SUPERSEDED, State.READY)
    link = here.posted(old)  # somebody was faster, or slower
    assert here.claim(here.item(old.id), link).state is State.VERIFIED
    assert desk.put(here.store, here.place, [new], here.now) == 0
    assert here.item(new.id).state is State.READY


def test_cancelled_and_brought_back(here: Bench) -> None:
    item = here.put()
    cancelled = desk.move(here.store, item, Event.CANCEL, "ada", here.now, here.place)
    here.now += timedelta(days=20)
    back = desk.move(here.store, cancelled, Event.REINSTATE, "ben", here.now, here.place)
    assert (back.state, back.expires_at) == (State.READY, here.now + here.place.term)
    with pytest.raises(Stale):
        desk.move(here.store, item, Event.CANCEL, "ada", here.now, here.place)


def test_names_are_found_by_their_beginning(here: Bench) -> None:
    item = here.put()
    here.put()
    assert here.item("00000001") == here.item("out-00000001") == item
    with pytest.raises(ConfigProblem, match="several items"):
        here.item("0000")
    for wrong in ("out-9", "%", "out-_"):
        with pytest.raises(ConfigProblem, match="no item"):
            here.item(wrong)


def test_proof_two_waits_for_linkedin(tmp_path: Path) -> None:
    with bench(tmp_path, channel="proof = 2") as here:
        item = here.hand_out(here.put())
        done = here.claim(item, here.posted(item))
        assert (done.state, done.proof) == (State.CLAIMED, 1)


def test_a_link_opens_once_and_not_for_ever(here: Bench) -> None:
    token = links.make(here.store, here.place, "ada@example.org", here.now)
    assert links.standing(here.store, token, here.now) is Standing.GOOD
    session = links.open_once(here.store, token, here.now)
    assert session is not None
    assert links.open_once(here.store, token, here.now) is None
    assert links.standing(here.store, token, here.now) is Standing.OPENED
    visit = links.visit(here.store, session, here.now)
    assert visit is not None
    assert (visit.channel, visit.moderator) == ("linkedin", "ada@example.org")
    assert links.visit(here.store, session, here.now + links.SESSION) is None
    late = links.make(here.store, here.place, "ada@example.org", here.now)
    assert links.standing(here.store, late, here.now + links.LIFE) is Standing.EXPIRED
    assert links.open_once(here.store, late, here.now + links.LIFE) is None
    for wrong in (token[:-1] + "x", token + "x", "", "ü" * 43, "a" * 5_000):
        assert links.standing(here.store, wrong, here.now) is Standing.UNKNOWN
        assert links.visit(here.store, wrong, here.now) is None


def test_of_two_who_open_a_link_one_is_let_in(here: Bench) -> None:
    token = links.make(here.store, here.place, "ada@example.org", here.now)
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: links.open_once(here.store, token, here.now), range(4)))
    assert sum(one is not None for one in opened) == 1


def test_the_store_knows_no_link(tmp_path: Path) -> None:
    with bench(tmp_path) as here:
        token = links.make(here.store, here.place, "ada@example.org", here.now)
        session = links.open_once(here.store, token, here.now) or ""
        assert session
        held = b"".join(path.read_bytes() for path in tmp_path.glob("copsync.db*"))
        assert token.encode() not in held
        assert session.encode() not in held


def test_revoked_links_and_sessions_end(here: Bench) -> None:
    token, other = (links.make(here.store, here.place, "ada@example.org", here.now) for _ in range(2))
    session = links.open_once(here.store, token, here.now) or ""
    assert links.revoke(here.store, [here.place], here.now) == 2
    assert links.visit(here.store, session, here.now) is None
    assert links.open_once(here.store, other, here.now) is None
    assert links.revoke(here.store, [here.place], here.now) == 0


def test_a_form_belongs_to_its_session() -> None:
    assert links.is_own_form("a" * 43, links.form_key("a" * 43))
    for key in ("", links.form_key("b" * 43), "ü"):
        assert not links.is_own_form("a" * 43, key)
