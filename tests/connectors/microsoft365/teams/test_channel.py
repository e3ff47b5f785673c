"""Messages of a channel by a service user: posted once, edited where they stand, found by their mark."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from connectors.microsoft365.options import ConnectionOptions
from connectors.microsoft365.teams import posting
from domain.errors import ConfigProblem, ConnectAgain, Paused, Retriable, SetAside, Uncertain
from sandbox.faults import Fault, Kind
from tests.connectors.microsoft365.teams.conftest import ADA, ROBOT, Tenant, outgoing

MESSAGES = "/v1.0/teams/"


async def test_a_card_is_posted_and_its_link_kept(tenant: Tenant) -> None:
    receipt = await tenant.sender().post(outgoing())
    (message,) = tenant.channel.messages
    assert (receipt.remote, message.author) == (message.id, ROBOT)
    assert receipt.url is not None
    assert f"/{message.id}?groupId={tenant.team.id}" in receipt.url
    assert message.summary == "Gathering: A talk on **Friday**"
    assert tenant.card()["actions"][0]["url"] == "https://example.org/join"
    assert [one[0] for one in tenant.graph.requests] == ["POST"]


async def test_an_edit_changes_the_message_where_it_stands(tenant: Tenant) -> None:
    sender = tenant.sender()
    first = await sender.post(outgoing())
    edited = await sender.edit(outgoing("Moved to Monday", "77aa"), first.remote or "")
    (message,) = tenant.channel.messages
    assert (edited.remote, message.edited is not None) == (first.remote, True)
    assert "Moved to Monday" in str(tenant.card())
    found = await sender.find(outgoing("Moved to Monday", "77aa"))
    assert found is not None
    assert (found.remote, found.url) == (first.remote, first.url)


async def test_h04_an_edit_that_fails_can_be_done_again(tenant: Tenant) -> None:
    sender = tenant.sender()
    first = await sender.post(outgoing())
    tenant.faults.add(Fault("PATCH", MESSAGES, "status", status=503, times=9))
    with pytest.raises(Retriable):
        await sender.edit(outgoing("Moved"), first.remote or "")
    tenant.faults.clear()
    await sender.edit(outgoing("Moved"), first.remote or "")
    assert "Moved" in str(tenant.card())
    tenant.channel.messages[0].delete(tenant.now)
    with pytest.raises(SetAside, match="no longer in the channel"):
        await sender.edit(outgoing("Moved again"), first.remote or "")


@pytest.mark.parametrize("fault", ["lost_answer", "502 behind a success"])
async def test_h13_a_post_whose_answer_is_lost_is_found_and_not_sent_again(tenant: Tenant, fault: str) -> None:
    sender = tenant.sender()
    kind: Kind = "lost_answer" if fault == "lost_answer" else "status"
    tenant.faults.add(Fault("POST", MESSAGES, kind, status=502, processed=True))
    with pytest.raises(Uncertain):
        await sender.post(outgoing())
    assert tenant.calls("POST") == 1
    for number in range(120):  # a talkative channel
        tenant.now += timedelta(minutes=1)
        tenant.says(f"Message {number}")
    found = await sender.find(outgoing())
    assert found is not None
    assert found.remote == tenant.channel.messages[0].id


async def test_h13_what_never_arrived_is_not_found_even_when_it_settles(tenant: Tenant) -> None:
    sender = tenant.sender()
    tenant.faults.add(Fault("POST", MESSAGES, "cut"))
    with pytest.raises(Uncertain):
        await sender.post(outgoing())
    tenant.says("Something else")
    assert await sender.find(outgoing()) is None
    assert posting.SETTLES_S in tenant.slept


async def test_h13_a_message_that_listings_do_not_show_yet_is_found(tenant: Tenant) -> None:
    sender = tenant.sender()
    await sender.post(outgoing())
    tenant.graph.teams.hidden = 1
    assert await sender.find(outgoing()) is not None


async def test_h13_a_deleted_message_may_have_been_ours(tenant: Tenant) -> None:
    sender = tenant.sender()
    await sender.post(outgoing())
    tenant.now += timedelta(minutes=1)
    tenant.channel.messages[0].delete(tenant.now)
    with pytest.raises(Uncertain, match="may have been"):
        await sender.find(outgoing())


async def test_h13_a_channel_too_busy_to_tell_is_said(tenant: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "MOST_PAGES", 2)
    for number in range(120):
        tenant.says(f"Message {number}")
    with pytest.raises(Uncertain, match="not looked for in all"):
        await tenant.sender().find(outgoing())


@pytest.mark.parametrize("text", ["x" * 40_000, "‮ RTL, 🎉 and \u0007 bell" + "y" * 30_000])
async def test_h28_a_message_that_is_refused_says_why_and_the_next_goes(tenant: Tenant, text: str) -> None:
    sender = tenant.sender()
    with pytest.raises(SetAside, match="413"):
        await sender.post(outgoing(text))
    await sender.post(outgoing("<b>&amp; “quotes” \\ </attachment>"))
    assert len(tenant.channel.messages) == 1
    assert "<b>&amp;" in str(tenant.card())


async def test_h29_a_limit_hit_in_the_middle_waits_and_nothing_is_doubled(tenant: Tenant) -> None:
    sender = tenant.sender()
    tenant.graph.teams.posts_left, tenant.graph.teams.retry_after = 1, 60
    await sender.post(outgoing())
    with pytest.raises(Retriable) as refused:
        await sender.post(outgoing("Second", "2"))
    assert refused.value.retry_after == 60
    assert tenant.calls("POST") == 2
    tenant.graph.teams.posts_left = None
    await tenant.sender().post(outgoing("Second", "2"))
    assert len(tenant.channel.messages) == 2


async def test_h30_a_revoked_sign_in_asks_for_a_person_once(tenant: Tenant) -> None:
    sender = tenant.sender()
    await sender.post(outgoing())
    tenant.entra.revoke()
    with pytest.raises(ConnectAgain, match="copsync connect m365-user"):
        await sender.post(outgoing("Second", "2"))
    asked = len(tenant.entra.requests)
    with pytest.raises(ConnectAgain):
        await sender.post(outgoing("Second", "2"))
    assert len(tenant.entra.requests) == asked
    assert len(tenant.channel.messages) == 1


async def test_tokens_renew_and_are_kept_before_they_are_used(tenant: Tenant) -> None:
    tenant.entra.rotates = True
    sender = tenant.sender()
    await sender.post(outgoing())
    for number in range(3):
        tenant.now += timedelta(hours=2)
        await sender.post(outgoing(key=str(number)))
    assert tenant.entra.renewals == 4
    await tenant.sender(tenant.connection()).post(outgoing(key="z"))  # another process, with what was kept
    assert len(tenant.channel.messages) == 5


async def test_apps_cannot_post_and_it_is_said_before_anything_is_sent(tenant: Tenant) -> None:
    tenant.graph.add_token("app")
    app = ConnectionOptions(tenant="example.org", client_id=tenant.entra.client_id, client_secret=SecretStr("s"))
    for connection in (tenant.connection(app), tenant.connection(ConnectionOptions(), token="app")):
        with pytest.raises(ConfigProblem, match="Microsoft lets no app post in Teams") as refused:
            tenant.sender(connection)
        assert "teams-workflow" in refused.value.mend
    assert tenant.graph.requests == []


async def test_the_stand_in_refuses_apps_as_graph_does(tenant: Tenant) -> None:
    tenant.graph.add_token("app")
    connection = tenant.connection(ConnectionOptions(), token="app")
    connection.is_user = True
    with pytest.raises(Paused, match="Forbidden"):
        await tenant.sender(connection).post(outgoing())


async def test_h17_who_is_no_member_pauses_the_channel(tenant: Tenant) -> None:
    del tenant.team.members[ROBOT]
    with pytest.raises(Paused) as refused:
        await tenant.sender().post(outgoing())
    assert "member of the team" in refused.value.mend
    (finding,) = await tenant.sender().check()
    assert finding.level == "error"


async def test_check_reads_and_posts_nothing(tenant: Tenant) -> None:
    (finding,) = await tenant.sender().check()
    assert (finding.level, "General" in finding.message) == ("ok", True)
    assert tenant.calls("POST") == 0
    (only,) = await tenant.sender(tenant.connection(tenant.options.model_copy(update={"uses": ("members",)}))).check()
    assert (only.level, "uses" in only.mend) == ("error", True)


async def test_a_connection_asks_for_no_more_than_it_uses(tenant: Tenant) -> None:
    await tenant.sender().post(outgoing())
    (token,) = [one for one in tenant.entra.given if one.startswith("access-")]
    found = tenant.graph.token(token)
    assert found is not None
    assert set(found.scopes or ()) == {
        "offline_access",
        "Channel.ReadBasic.All",
        "ChannelMessage.Read.All",
        "ChannelMessage.ReadWrite",
        "ChannelMessage.Send",
    }


async def test_replies_are_counted_without_those_that_were_deleted(tenant: Tenant) -> None:
    sender = tenant.sender()
    await sender.post(outgoing())
    await sender.post(outgoing("Nobody answers", "2"))
    answered, quiet = tenant.channel.messages
    tenant.now += timedelta(days=2)
    for text in ("I come", "Me too", "Oops"):
        tenant.graph.teams.write(answered.replies, ADA, {"body": {"contentType": "text", "content": text}})
    answered.replies[-1].delete(tenant.now)
    before = len(tenant.graph.requests)
    assert await sender.replies(tenant.now - timedelta(days=1)) == {answered.id: 2}
    assert len(tenant.graph.requests) == before + 1
    assert (await sender.replies(tenant.now - timedelta(days=9)))[quiet.id] == 0


async def test_people_of_the_team_are_read_where_that_was_asked_for(tenant: Tenant) -> None:
    assert await tenant.sender().people() is None
    for number in range(150):
        tenant.team.members[f"m{number}@example.org"] = f"Member {number}"
    tenant.team.members["guest@elsewhere.example"] = "Guest"
    more = tenant.options.model_copy(update={"uses": ("channels", "members")})
    tenant.sign_in(more)
    people = await tenant.sender(tenant.connection(more)).people()
    assert people is not None
    assert len(people) == 153
    assert {one.email for one in people} == set(tenant.team.members)
