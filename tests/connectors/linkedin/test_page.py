"""Posts of a page against the stand-in: escaped and read back, never twice, and quiet when LinkedIn says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.linkedin import version
from connectors.linkedin.little import RESERVED, escape, unescape
from domain.announcements.message import digest_of
from domain.errors import ConfigProblem, ConnectAgain, Paused, Retriable, SetAside, Uncertain
from sandbox.faults import Fault
from sandbox.linkedin import LinkedInState, create_app, sign_in
from sandbox.linkedin.state import Account, shown
from sandbox.server import serve
from sandbox.sign_in import REDIRECT, WithSignIn
from tests.connectors.linkedin.conftest import PAGE, TOKEN, Town, outgoing


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(RESERVED + " #a"), max_size=200))
def test_little_text_is_never_cut_and_comes_back(text: str) -> None:
    assert shown(escape(text)) == escape(text)
    assert unescape(escape(text)) == text


def test_unescaped_text_would_be_cut() -> None:
    assert shown("A talk (by Ada)") == "A talk "
    assert escape("#dataviz (x) a#b") == "{hashtag|\\#|dataviz} \\(x\\) a\\#b"


async def test_a_post_is_published_whole_and_its_name_kept(town: Town) -> None:
    receipt = await town.page().post(outgoing())
    ((urn, post),) = town.state.posts.items()
    assert (receipt.remote, receipt.url) == (urn, f"https://www.linkedin.com/feed/update/{urn}/")
    assert unescape(post["commentary"]) == outgoing().text
    assert {one[2] for one in town.state.requests} == {"202610"}
    assert town.calls("GET") == 1


async def test_a_text_that_was_cut_is_told(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.linkedin.page.escape", lambda text: text)
    with pytest.raises(SetAside, match="shows 7 of"):
        await town.page().post(outgoing())


@pytest.mark.parametrize("kind", ["502 behind a success", "lost answer"])
async def test_h13_a_create_whose_answer_is_lost_is_found_and_not_sent_again(town: Town, kind: str) -> None:
    if kind == "lost answer":
        town.faults.add(Fault("POST", "/rest/posts", "lost_answer"))
    else:
        town.state.lost = 1
    page = town.page()
    with pytest.raises(Uncertain):
        await page.post(outgoing())
    assert town.calls() == 1
    found = await page.find(outgoing())
    assert found is not None
    assert [found.remote] == list(town.state.posts)


async def test_h13_what_is_not_listed_may_have_been_made_and_is_not_sent_again(town: Town) -> None:
    page = town.page()
    town.faults.add(Fault("POST", "/rest/posts", "cut"))
    with pytest.raises(Uncertain):
        await page.post(outgoing())
    assert town.calls() == 0
    await page.post(outgoing("Another text"))
    with pytest.raises(Uncertain, match="may have been made") as untold:
        await page.find(outgoing())
    assert "not sent again" in untold.value.mend
    town.now += timedelta(days=30)  # the same words a month later are another message
    with pytest.raises(Uncertain):
        await page.find(replace(outgoing("Another text"), planned_at=town.now))


async def test_h13_a_post_is_found_by_the_words_that_were_sent_also_when_they_would_be_others_now(town: Town) -> None:
    page = town.page()
    receipt = await page.post(outgoing("The week: one meetup"))
    now = replace(outgoing("The week: two meetups"), before=frozenset({digest_of("The week: one meetup")}))
    assert await page.find(now) == receipt


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_h13_a_post_that_cannot_be_read_back_just_now_is_taken_as_made(town: Town, status: int) -> None:
    town.faults.add(Fault("GET", "/rest/posts/", "status", status=status, times=None))
    assert (await town.page().post(outgoing())).remote in town.state.posts


async def test_h06_what_somebody_wrote_at_linkedin_is_not_overwritten(town: Town) -> None:
    page = town.page()
    receipt = await page.post(outgoing("Room 4"))
    moved = replace(outgoing("Room 5"), before=frozenset({digest_of("Room  4"), digest_of("Room 5")}))
    await page.edit(moved, receipt.remote or "")
    town.state.posts[receipt.remote or ""]["commentary"] = "Room 6, says Ada"
    with pytest.raises(SetAside, match="not overwritten") as kept:
        await page.edit(moved, receipt.remote or "")
    assert "Room 5" in kept.value.mend
    assert town.state.posts[receipt.remote or ""]["commentary"] == "Room 6, says Ada"


async def test_h04_an_edit_that_failed_can_be_done_again(town: Town) -> None:
    page = town.page()
    receipt = await page.post(outgoing())
    town.faults.add(Fault("POST", "/rest/posts/", "status", status=400))
    with pytest.raises(SetAside):
        await page.edit(outgoing("Moved (again)"), receipt.remote or "")
    assert unescape(town.state.posts[receipt.remote or ""]["commentary"]) == outgoing().text
    await page.edit(outgoing("Moved (again)"), receipt.remote or "")
    assert unescape(town.state.posts[receipt.remote or ""]["commentary"]) == "Moved (again)"
    with pytest.raises(SetAside):
        await page.edit(outgoing("x"), "urn:li:share:1")


async def test_h29_a_spent_quota_rests_until_midnight_utc(town: Town) -> None:
    town.state.spend("posts")
    page = town.page()
    with pytest.raises(Retriable) as refused:
        await page.post(outgoing())
    assert refused.value.retry_after == 12 * 3600
    for _ in range(3):
        with pytest.raises(Retriable, match="2026-11-29 00:00 UTC"):
            await page.post(outgoing())
    assert len(town.state.requests) == 1  # no storm
    town.now = datetime(2026, 11, 29, 0, 0, 1, tzinfo=UTC)
    assert (await page.post(outgoing())).remote in town.state.posts
    assert len(town.state.posts) == 1


async def test_h30_a_revoked_token_asks_for_a_person_once(town: Town) -> None:
    page = town.page()
    await page.post(outgoing())
    del town.state.accounts[TOKEN]
    before = len(town.state.requests)
    with pytest.raises(ConnectAgain):
        await page.post(outgoing("Another"))
    assert len(town.state.requests) == before + 1
    assert len(town.state.posts) == 1


@pytest.mark.parametrize("text", ["x" * 3_001, "𝕏" * 3_001])
async def test_h28_a_post_that_is_refused_says_why_and_the_next_goes(town: Town, text: str) -> None:
    page = town.page()
    with pytest.raises(SetAside, match="exceeds the maximum length"):
        await page.post(outgoing(text))
    await page.post(outgoing("‮ RTL, emoji 🎉 and \u0007 bell"))
    assert len(town.state.posts) == 1


async def test_roles_and_versions(town: Town) -> None:
    town.state.accounts[TOKEN].pages = frozenset()
    with pytest.raises(Paused):
        await town.page().post(outgoing())
    assert [one.level for one in await town.page().check()] == ["error"]
    town.state.accounts[TOKEN].pages = frozenset({PAGE})
    town.state.versions = lambda _: False
    with pytest.raises(ConfigProblem, match="no longer knows the API version 202610"):
        await town.page().post(outgoing())
    asked = len(town.state.requests)
    with pytest.raises(ConfigProblem, match="12 months old"):
        await town.page(version="202511").post(outgoing())
    assert len(town.state.requests) == asked  # nothing left


@pytest.mark.parametrize(
    ("named", "level"),
    [("202610", None), ("202603", None), ("202602", "warning"), ("202512", "warning"), ("202511", "error")],
)
def test_a_version_is_told_before_it_ends(named: str, level: str | None) -> None:
    found = version.finding(named, date(2026, 11, 28))
    assert (found.level if found else None) == level
    assert found is None or "202610" in found.mend


def test_an_image_is_uploaded_without_a_token(town: Town) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "LinkedIn-Version": "202610", "X-Restli-Protocol-Version": "2.0.0"}
    asked = {"initializeUploadRequest": {"owner": PAGE}}
    with httpx.Client(base_url=town.url) as client:
        given = client.post("/rest/images?action=initializeUpload", json=asked, headers=headers).json()["value"]
        assert client.put(given["uploadUrl"], content=b"png", headers=headers).status_code == 400
        assert client.put(given["uploadUrl"], content=b"png").status_code == 201
    assert given["image"].startswith("urn:li:image:")


def test_a_person_lets_an_app_in_for_sixty_days_and_no_longer() -> None:
    state = LinkedInState()
    clock = [datetime(2026, 11, 28, 12, tzinfo=UTC)]
    state.now = lambda: clock[0]
    ada = Account("urn:li:person:ada", frozenset({PAGE}))
    service = sign_in(state, lambda: {ada: "Ada"})
    app = {"client_id": service.client_id, "redirect_uri": REDIRECT}
    headers = {"LinkedIn-Version": "202610", "X-Restli-Protocol-Version": "2.0.0"}
    with (
        serve({"linkedin": WithSignIn(create_app(state), service)}) as urls,
        httpx.Client(base_url=urls["linkedin"]) as web,
    ):
        asked = {**app, "response_type": "code", "state": "s"}
        sent = web.post("/oauth/v2/authorization", params=asked, data={"person": str(ada)}).headers["location"]
        code = httpx.URL(sent).params["code"]
        form = {**app, "grant_type": "authorization_code", "code": code, "client_secret": service.client_secret}
        given = web.post("/oauth/v2/accessToken", data=form).json()
        assert (given["expires_in"], "refresh_token" in given) == (5_184_000, False)
        assert web.post("/oauth/v2/accessToken", data=form).status_code == 400  # a code works once
        headers["Authorization"] = f"Bearer {given['access_token']}"
        finder = {"q": "author", "author": PAGE}
        assert web.get("/rest/posts", params=finder, headers=headers).status_code == 200
        clock[0] += timedelta(days=61)
        assert web.get("/rest/posts", params=finder, headers=headers).status_code == 401
