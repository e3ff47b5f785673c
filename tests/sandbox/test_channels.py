"""Where the sample community talks: a team in Teams, a flow, a LinkedIn group and a page, over HTTP."""

import json
import tomllib
from collections.abc import Iterator
from datetime import date

import httpx
import pytest

from sandbox.linkedin.state import Account
from sandbox.microsoft365.teams import CARD
from sandbox.persons import PersonRefusedError
from sandbox.world import ENV, World

TODAY = date(2026, 11, 21)
CARDS = {"type": "AdaptiveCard", "version": "1.4", "body": [{"type": "RichTextBlock", "inlines": [{"text": "A talk"}]}]}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World.start(today=TODAY, populated=False) as world:
        yield world


def test_the_configuration_names_every_channel_and_no_secret(world: World) -> None:
    text = world.config_toml("sqlite:///copsync.db", key="copsync.key") + world.channels_toml()
    loaded = tomllib.loads(text)
    assert loaded["store"]["key"] == {"file": "copsync.key"}
    (community,) = loaded["communities"]
    kinds = {channel["id"]: channel["kind"] for channel in community["channels"]}
    assert kinds == {
        "teams": "teams-channel",
        "news": "teams-workflow",
        "linkedin": "linkedin-group",
        "page": "linkedin-page",
    }
    assert loaded["connections"]["linkedin"]["token_until"] == date(2027, 1, 20)
    assert loaded["connections"]["linkedin"]["base_url"] == world.urls["linkedin"]
    assert not any(secret in text for secret in world.env().values())
    assert set(world.env()) == {*ENV.values(), "TEAMS_FLOW"}


def test_who_enters_the_code_lets_the_service_user_write(world: World) -> None:
    page = world.sign_in_page()
    base = page.removesuffix("/devicelogin") + f"/{world.entra.tenant}/oauth2/v2.0"
    scope = "offline_access https://graph.microsoft.com/ChannelMessage.Send"
    asked = httpx.post(f"{base}/devicecode", data={"client_id": world.entra.client_id, "scope": scope}).json()
    assert asked["verification_uri"] == page
    assert 'name="code"' in httpx.get(page).text
    world.enter_code(asked["user_code"])
    with pytest.raises(httpx.HTTPStatusError):
        world.enter_code("NOTHING1")
    grant = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": world.entra.client_id}
    given = httpx.post(f"{base}/token", data={**grant, "device_code": asked["device_code"]}).json()
    card = {"id": "1", "contentType": CARD, "content": json.dumps(CARDS)}
    body = {"body": {"contentType": "html", "content": '<attachment id="1"></attachment>'}, "attachments": [card]}
    headers = {"Authorization": f"Bearer {given['access_token']}"}
    assert httpx.post(world.channel_url(), json=body, headers=headers).status_code == 201
    (message,) = world.teams_messages("mei")
    assert (message["title"], message["edited"]) == ("A talk", False)
    with pytest.raises(PersonRefusedError, match="403"):
        world.send("microsoft365", None, "GET", world.channel_url())  # the app itself is in no team


def test_the_flow_writes_into_the_other_channel(world: World) -> None:
    body = {"type": "message", "attachments": [{"contentType": CARD, "content": CARDS}]}
    assert httpx.post(world.env()["TEAMS_FLOW"], json=body).status_code == 202
    assert [message["title"] for message in world.teams_messages("mei", news=True)] == ["A talk"]
    assert httpx.post(world.urls["workflows"], json=body).status_code == 404  # whoever lacks the address


def test_a_post_in_the_group_has_a_link_and_its_author_s_record_shows_it(world: World) -> None:
    link = world.linkedin_post("amara", "A <b>talk</b>")
    assert link.startswith(f"https://www.linkedin.com/feed/update/urn:li:groupPost:{world.channels.group}-")
    page = httpx.get(world.group_page()).text
    assert "<pre>A &lt;b&gt;talk&lt;/b&gt;</pre>" in page
    assert link.replace("&", "&amp;") in page
    headers = {
        "Authorization": f"Bearer {world.env()['LINKEDIN_TOKEN']}",
        "LinkedIn-Version": "202312",
        "X-Restli-Protocol-Version": "2.0.0",
    }
    record = httpx.get(f"{world.urls['linkedin']}/rest/memberChangeLogs?q=memberAndApplication", headers=headers).json()
    assert [event["resourceId"] in link for event in record["elements"]] == [True]
    world.linkedin_post("jonas", "He consented to nothing")
    again = httpx.get(f"{world.urls['linkedin']}/rest/memberChangeLogs?q=memberAndApplication", headers=headers).json()
    assert again == record


@pytest.mark.parametrize(("person", "text"), [("mei", "Not a moderator"), ("amara", "  ")])
def test_only_people_of_the_group_post_and_only_words(world: World, person: str, text: str) -> None:
    before = httpx.get(world.group_page()).text
    with pytest.raises(PersonRefusedError, match="400"):
        world.linkedin_post(person, text)
    assert httpx.get(world.group_page()).text == before


def test_one_moderator_runs_the_page_and_lets_their_record_be_read(world: World) -> None:
    accounts = world.linkedin.accounts
    mine: Account = accounts[world.env()["LINKEDIN_TOKEN"]]
    assert (mine.person, sorted(mine.pages), mine.consents) == ("urn:li:person:amara", [world.channels.page], True)
    asked = {
        "response_type": "code",
        "client_id": world.linkedin_sign_in.client_id,
        "redirect_uri": next(iter(world.linkedin_sign_in.redirects)),
        "state": "1",
    }
    page = httpx.get(f"{world.urls['linkedin']}/oauth/v2/authorization", params=asked)
    assert (page.status_code, "urn:li:person:jonas" in page.text) == (200, True)
