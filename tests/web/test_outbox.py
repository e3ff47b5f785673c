"""The page of the outbox over real HTTP: who gets in, what a press does, and what nobody can do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from domain.outbox.states import State
from sync.outbox import links
from tests.sync.outbox.bench import GROUP, Bench, bench, permalink
from tests.web.serving import served
from web.outbox import COOKIE, create_app


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as made:
        yield made


@pytest.fixture
def client(here: Bench) -> Iterator[httpx.Client]:
    with served(create_app(here.configuration, here.clock)) as connected:
        connected.follow_redirects = True
        yield connected


def link(here: Bench) -> str:
    return f"/outbox/{links.make(here.store, here.place, 'ada@example.org', here.now)}"


def key_of(page: httpx.Response) -> str:
    found = re.search(r'name="key" value="([0-9a-f]{64})"', page.text)
    assert found
    return found[1]


def test_looking_uses_no_link_up_and_opening_does(here: Bench, client: httpx.Client) -> None:
    item, address = here.put(), link(here)
    for _ in range(3):  # as scanners of mail do
        assert client.get(address).status_code == 200
        assert client.head(address).status_code == 200
    assert here.item(item.id).state is State.READY
    page = client.post(address)
    assert (page.status_code, page.url.path) == (200, "/outbox")
    assert here.item(item.id).state is State.HANDED_OUT
    assert here.item(item.id).moves[-1].by == "ada@example.org"
    assert client.get(address).url.path == "/outbox"  # in the same browser it leads on
    client.cookies.clear()
    for again in (client.get(address), client.post(address), client.get("/outbox")):
        assert again.status_code in (403, 410)
        assert "copsync outbox link" in again.text
        assert item.title not in again.text


def test_expired_cut_and_forged_links_say_what_to_do(here: Bench, client: httpx.Client) -> None:
    address = link(here)
    here.now += links.LIFE
    assert client.get(address).status_code == client.post(address).status_code == 410
    assert "not opened in time" in client.get(address).text
    for wrong in (address[:-1], address[:-1] + "!", "/outbox/x"):
        answer = client.get(wrong)
        assert (answer.status_code, "Perhaps the link was cut" in answer.text) == (404, True)
    assert client.get("/").status_code == client.get("/outbox/static/../x").status_code == 404


def test_claimed_on_the_page(here: Bench, client: httpx.Client) -> None:
    item = here.put()
    page = client.post(link(here))
    assert f"https://www.linkedin.com/groups/{GROUP}/" in page.text
    assert "Charts that people read" in page.text
    form = {"item": item.id, "key": key_of(page)}
    wrong = client.post("/outbox/claim", data={**form, "link": "https://lnkd.in/x"})
    assert wrong.status_code == 422
    assert "Short links (lnkd.in)" in wrong.text
    assert 'value="https://lnkd.in/x"' in wrong.text  # nothing has to be typed again
    posted = here.posted(item)
    done = client.post("/outbox/claim", data={**form, "link": posted})
    assert (done.status_code, done.url.query) == (200, b"said=claimed")
    assert "Nothing waits" in done.text
    assert here.item(item.id).state is State.VERIFIED
    assert posted in done.text


def test_cancelled_on_the_page(here: Bench, client: httpx.Client) -> None:
    item = here.put()
    page = client.post(link(here))
    assert "will not be posted" in client.post("/outbox/cancel", data={"item": item.id, "key": key_of(page)}).text
    assert here.item(item.id).state is State.CANCELLED


def test_no_other_page_can_press(here: Bench, client: httpx.Client) -> None:
    item = here.put()
    page = client.post(link(here))
    form = {"item": item.id, "link": permalink(here.now)}
    for key in ("", "0" * 64, links.form_key("a" * 43)):
        assert client.post("/outbox/claim", data={**form, "key": key}).status_code == 403
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/outbox/claim", data={**form, "key": key_of(page)}, headers=elsewhere).status_code == 403
    assert here.item(item.id).state is State.HANDED_OUT
    client.cookies.clear()
    assert client.post("/outbox/claim", data={**form, "key": key_of(page)}).status_code == 403


def test_a_session_ends_and_can_be_ended(here: Bench, client: httpx.Client) -> None:
    client.post(link(here))
    assert client.get("/outbox").status_code == 200
    links.revoke(here.store, [here.place], here.now)
    assert client.get("/outbox").status_code == 403
    client.post(link(here))
    here.now += links.SESSION + timedelta(seconds=1)
    assert client.get("/outbox").status_code == 403


def test_the_cookie_is_out_of_reach(here: Bench, tmp_path: Path) -> None:
    more = '[outbox]\nbase_url = "https://copsync.example.org"'
    with bench(tmp_path / "https", more=more) as there, served(create_app(there.configuration, there.clock)) as client:
        cookie = client.post(link(there)).headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert all(word in cookie.lower() for word in ("httponly", "secure", "samesite=strict"))


def test_nothing_that_people_wrote_becomes_markup(here: Bench, client: httpx.Client) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    item = here.put(title=evil, text=f"</textarea>{evil}\n{{{{ 7*7 }}}}")
    page = client.post(link(here))
    wrong = client.post("/outbox/claim", data={"item": item.id, "key": key_of(page), "link": evil})
    for text in (page.text, wrong.text):
        assert "<script>alert" not in text
        assert "<img" not in text
        assert text.count("</textarea>") == 1
        assert "{{ 7*7 }}" in text
    assert wrong.status_code == 422


def test_every_answer_is_locked_down(here: Bench, client: httpx.Client) -> None:
    address = link(here)
    answers = [client.get(address), client.post(address), client.get("/outbox"), client.get("/nowhere")]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none';")
        assert "unsafe" not in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-frame-options"] == "DENY"
        assert not re.search(r"<style|style=|\son[a-z]+=|<script(?! src=)", answer.text)
    assert client.get("/outbox/static/outbox.css").headers["content-type"].startswith("text/css")
    assert client.get("/outbox/static/outbox.js").status_code == 200


def test_long_forms_and_odd_bodies_are_refused(here: Bench, client: httpx.Client) -> None:
    here.put()
    page = client.post(link(here))
    assert client.post("/outbox/claim", content=b"a=" + b"x" * 20_000).status_code == 413
    for body in (b"\xff\xfe=\x00", b"key", b"&&&", b"item=%ff%00&key=" + key_of(page).encode()):
        assert client.post("/outbox/claim", content=body).status_code in (403, 422)


def test_the_composer_is_shown_where_the_community_wants_it(tmp_path: Path) -> None:
    with bench(tmp_path, channel="composer = true") as here:
        here.put(text="A & B\n#x")
        with served(create_app(here.configuration, here.clock)) as client:
            client.follow_redirects = True
            page = client.post(link(here))
    assert "https://www.linkedin.com/feed/?shareActive=true&amp;text=A%20%26%20B%0A%23x" in page.text


def test_a_channel_that_is_gone_closes_its_pages(here: Bench, client: httpx.Client) -> None:
    other = links.make(
        here.store, here.place.__class__("data-practice", "gone", GROUP, here.place.zone), "ada", here.now
    )
    assert client.post(f"/outbox/{other}").status_code == 403
