"""A channel by the address of a flow: one card out, nothing back, and an address that is kept secret."""

from __future__ import annotations

import logging
from urllib.parse import quote

import pytest
from pydantic import SecretStr, ValidationError

from connectors.microsoft365.teams.options import ChannelOptions, WorkflowOptions
from domain.errors import ConnectAgain, Retriable, SetAside, Uncertain
from sandbox.faults import Fault
from sandbox.microsoft365.workflows import PATH, SIGNATURE
from tests.connectors.microsoft365.teams.conftest import Tenant, outgoing

TEAM = "fbe2bf47-16c8-47cf-b4a5-4b9b187c508b"
CHANNEL = "19:4a95f7d8db4c4e7fae857bcebe0623e6@thread.tacv2"
FLOW = "https://prod-12.westeurope.logic.azure.com:443/workflows/ab/triggers/manual/paths/invoke?api-version=1&sig=s3c"


async def test_a_card_goes_out_and_nothing_comes_back(tenant: Tenant) -> None:
    receipt = await tenant.flow_sender().post(outgoing())
    assert (receipt.remote, receipt.url) == (None, None)
    (card,) = tenant.flow.posted
    assert card == outgoing().card


@pytest.mark.parametrize("fault", ["lost_answer", "502"])
async def test_h13_an_answer_that_is_lost_is_uncertain_and_sent_once(tenant: Tenant, fault: str) -> None:
    if fault == "502":
        tenant.flow.lost = 1
    else:
        tenant.flow_faults.add(Fault("POST", PATH, "lost_answer"))
    with pytest.raises(Uncertain):
        await tenant.flow_sender().post(outgoing())
    assert len(tenant.flow.posted) == 1
    assert len(tenant.flow_faults.seen) == 1


async def test_h28_a_card_that_is_refused_is_set_aside(tenant: Tenant) -> None:
    sender = tenant.flow_sender()
    bad = outgoing()
    bad.card["body"].clear()  # type: ignore[index]
    with pytest.raises(SetAside, match="400"):
        await sender.post(bad)
    await sender.post(outgoing())
    assert len(tenant.flow.posted) == 1


async def test_h29_a_flow_that_is_too_busy_is_left_for_later(tenant: Tenant) -> None:
    tenant.flow_faults.add(Fault("POST", PATH, "throttle", retry_after=90, times=9))
    with pytest.raises(Retriable) as refused:
        await tenant.flow_sender().post(outgoing())
    assert refused.value.retry_after == 90
    assert (tenant.flow.posted, len(tenant.flow_faults.seen)) == ([], 1)


@pytest.mark.parametrize("how", ["off", "another signature"])
async def test_h30_a_flow_that_is_off_or_has_moved_asks_for_a_person(tenant: Tenant, how: str) -> None:
    tenant.flow.is_on = how != "off"
    sender = tenant.flow_sender(tenant.address("wrong") if how != "off" else None)
    with pytest.raises(ConnectAgain, match="Workflows app"):
        await sender.post(outgoing())
    assert len(tenant.flow_faults.seen) == 1


async def test_the_address_shows_nowhere(tenant: Tenant, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sender = tenant.flow_sender()
    findings = await sender.check()
    tenant.flow.is_on = False
    with pytest.raises(ConnectAgain) as refused:
        await sender.post(outgoing())
    told = f"{findings} {refused.value} {refused.value!r} {caplog.text} {sender!r}"
    assert SIGNATURE not in told
    assert "s4ndb0x" not in told


@pytest.mark.parametrize(
    "address",
    [
        FLOW,
        "https://abc.12.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/x?sig=s3c",
        "http://127.0.0.1:8080/workflows/x",
    ],
)
def test_addresses_of_flows_are_taken(address: str) -> None:
    assert WorkflowOptions(url=SecretStr(address)).url.get_secret_value() == address


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("https://contoso.webhook.office.com/webhookb2/s3c@t/IncomingWebhook/1/2", "Send webhook alerts"),
        ("https://outlook.office.com/webhook/s3c/IncomingWebhook/1/2", "switched off"),
        ("http://prod-12.westeurope.logic.azure.com/workflows/s3c?sig=x", "https alone"),
        ("https://prod-12.westeurope.logic.azure.com/workflows/s3c", "after the question mark"),
        ("https://logic.azure.com.evil.example/workflows/s3c?sig=x", "no address of a flow"),
        ("https://evil.example/.logic.azure.com?sig=s3c", "no address of a flow"),
        ("https://user@prod-12.westeurope.logic.azure.com/workflows/s3c?sig=x", "no address"),
        ("https://prod-12.westeurope.logic.azure.com:99999/workflows/s3c?sig=x", "no address"),
        ("s3c", "https alone"),
    ],
)
def test_other_addresses_are_refused_with_the_mend_and_not_repeated(address: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        WorkflowOptions(url=SecretStr(address))
    (error,) = refused.value.errors(include_url=False, include_input=False)
    assert why in error["msg"]
    assert "s3c" not in error["msg"]


def test_an_address_does_not_stand_in_the_file() -> None:
    with pytest.raises(ValidationError):
        WorkflowOptions.model_validate({"url": FLOW})


def test_a_channel_is_named_by_its_link() -> None:
    link = f"https://teams.microsoft.com/l/channel/{quote(CHANNEL, safe='')}/General?groupId={TEAM}&tenantId=x"
    named = ChannelOptions.model_validate({"channel": link})
    assert (named.team, named.channel) == (TEAM, CHANNEL)
    assert ChannelOptions(team=TEAM.upper(), channel=CHANNEL) == named


@pytest.mark.parametrize(
    "given",
    [
        {"channel": CHANNEL},
        {"team": "Data Practice", "channel": CHANNEL},
        {"team": TEAM, "channel": "General"},
        {"team": TEAM, "channel": f"{CHANNEL}/../messages"},
        {"channel": "https://teams.microsoft.com/l/channel/General?groupId=" + TEAM},
        {"channel": "https://teams.microsoft.com/l/message/19%3Ax"},
        {
            "team": TEAM.replace("f", "0"),
            "channel": f"https://teams.microsoft.com/l/channel/{CHANNEL}/G?groupId={TEAM}",
        },
    ],
)
def test_h17_what_names_no_channel_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        ChannelOptions.model_validate(given)
