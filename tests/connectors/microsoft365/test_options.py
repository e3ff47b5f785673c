"""What copsync.toml may say, and what it costs to have said it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr, ValidationError

from connectors.contract import ConnectionSetup, SpaceSetup
from connectors.microsoft365 import BASE_URL, TOOL
from connectors.microsoft365.connection import Microsoft365Connection
from connectors.microsoft365.credentials import credentials_of
from connectors.microsoft365.options import ConnectionOptions, SpaceOptions, device_consent
from connectors.registry import tool
from domain.errors import ConfigProblem

APP: dict[str, Any] = {"tenant": "example.org", "client_id": "6731de76-14a6-49ae-97bc-6eba6914391e"}
GROUP, OTHER = "02bd9fd6-8f93-4758-87c3-1fb73740a315", "7d2a5f0e-3b51-4c07-8f0a-1f6b3a9f2c11"
CALENDARS = ("group-calendars",)
SECRET = {"client_secret": SecretStr("s3cret")}
CERTIFICATE = {"certificate": Path("app.pem")}


class Nothing:
    """A keeper of tokens that has none."""

    def recall(self) -> None:
        return None

    def keep(self, secret: SecretStr) -> None:
        raise AssertionError(secret)


def setup(token: str | None = None, **options: Any) -> ConnectionSetup:
    secret = None if token is None else SecretStr(token)
    return ConnectionSetup("m365", BASE_URL, secret, ConnectionOptions(**options))


def open_with(token: str | None = None, **options: Any) -> Any:
    made = setup(token, **options)
    return credentials_of(made, ConnectionOptions(**options))


@pytest.mark.parametrize(
    ("token", "options"),
    [
        ("token", {}),
        (None, {**APP, **SECRET}),
        (None, {**APP, **CERTIFICATE}),
        (None, {**APP, **CERTIFICATE, "certificate_password": SecretStr("pw")}),
        (None, {"managed_identity": True}),
        (None, {"managed_identity": True, "client_id": APP["client_id"]}),
    ],
)
def test_each_way_to_sign_in(token: str | None, options: dict[str, Any]) -> None:
    shown = repr(open_with(token, **options).secrets)
    assert "s3cret" not in shown
    assert "pw" not in shown


@pytest.mark.parametrize(
    ("token", "options", "message"),
    [
        (None, {}, "has no way to sign in"),
        (None, APP, "has no way to sign in"),
        ("token", {**APP, **SECRET}, r"names 2 ways to sign in \(token, client_secret\)"),
        (None, {**APP, **SECRET, **CERTIFICATE}, r"2 ways to sign in \(client_secret, certificate\)"),
        (None, {**APP, **SECRET, "managed_identity": True}, "2 ways"),
        (None, SECRET, "`client_secret` needs `client_id` beside it"),
        (None, {**SECRET, "client_id": APP["client_id"]}, "`client_secret` needs `tenant` beside it"),
        (None, {**CERTIFICATE, "tenant": "example.org"}, "`certificate` needs `client_id` beside it"),
        ("token", {"tenant": "example.org"}, "`tenant` has no meaning beside `token`"),
        (None, {"managed_identity": True, "tenant": "example.org"}, "`tenant` has no meaning beside"),
        (None, {**APP, **SECRET, "certificate_password": SecretStr("pw")}, "`certificate_password` has no meaning"),
        ("two words", {}, "token is empty or holds spaces"),
    ],
)
def test_exactly_one_way_to_sign_in(token: str | None, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigProblem, match=message) as wrong:
        TOOL.connect(setup(token, **options))
    assert wrong.value.mend


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"client_id": "copsync"}, "application \\(client\\) id"),
        ({"tenant": "https://example.org"}, "directory \\(tenant\\) id"),
        ({"authority": "http://login.example.org"}, "sign-in service"),
        ({"client_secret": "plain"}, "SecretStr"),
        ({"secret": "x"}, "Extra inputs"),
        ({"limits": {"at_once": 0}}, "greater than 0"),
        ({"limits": {"per_minute": 5}}, "Extra inputs"),
    ],
)
def test_wrong_connection_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ConnectionOptions(**options)


@pytest.mark.parametrize(
    "given",
    [
        GROUP,
        f" {GROUP.upper()} ",
        f"https://teams.microsoft.com/l/team/19%3Aabc%40thread.tacv2/conversations?groupId={GROUP}&tenantId={OTHER}",
        f"https://teams.microsoft.com/l/channel/19%3Aabc%40thread.tacv2/General?groupId={GROUP.upper()}",
        f"https://entra.microsoft.com/#view/Microsoft_AAD_IAM/GroupDetailsMenuBlade/~/Overview/groupId/{GROUP}/menuId/",
    ],
)
def test_a_group_by_its_id_or_its_team_s_link(given: str) -> None:
    owner = SpaceOptions(group=given).owner
    assert (owner.id, owner.is_group, SpaceOptions(group=given)) == (GROUP, True, SpaceOptions(group=GROUP))


@pytest.mark.parametrize(
    ("options", "space", "message"),
    [
        ({**APP, **SECRET}, {"group": GROUP}, "Microsoft lets no app use the calendar of a group"),
        ({**APP, **CERTIFICATE}, {"group": GROUP}, "Microsoft lets no app use the calendar of a group"),
        ({"managed_identity": True}, {"group": GROUP}, "Microsoft lets no app use the calendar of a group"),
        ({**APP, "service_user": True}, {"group": GROUP}, "is asked for other things"),
        ({**APP, "service_user": True, "uses": CALENDARS}, {"mailbox": "a@example.org"}, "channels and groups only"),
    ],
)
def test_a_sign_in_that_does_not_fit_the_calendar(options: dict[str, Any], space: dict[str, Any], message: str) -> None:
    connection = Microsoft365Connection(replace(setup(**options), keeper=Nothing))
    with pytest.raises(ConfigProblem, match=message) as wrong:
        connection.space(SpaceSetup("team", "data-practice", ZoneInfo("UTC"), SpaceOptions(**space)))
    assert (wrong.value.where, bool(wrong.value.mend)) == (next(iter(space)), True)


def test_only_what_a_service_user_is_used_for_is_asked() -> None:
    consent = device_consent(ConnectionOptions(**APP, service_user=True, uses=CALENDARS))
    assert consent is not None
    scopes = consent.scope.replace("https://graph.microsoft.com/", "").split()
    assert scopes == ["offline_access", "Group.ReadWrite.All", "User.Read"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "name one owner of the calendar: `mailbox`"),
        ({"mailbox": "Data Practice"}, "address of the mailbox"),
        ({"mailbox": "a@example.org/events"}, "address of the mailbox"),
        ({"mailbox": "a@example.org", "calendar": " "}, "calendar's name"),
        ({"mailbox": "a@example.org", "group": GROUP}, "name one owner of the calendar"),
        ({"group": GROUP, "calendar": "Events"}, "one calendar only"),
        ({"group": "data-practice@example.org"}, "object id"),
        ({"group": "Data Practice"}, "Get link to team"),
        ({"group": "https://teams.microsoft.com/l/team/19%3Ax/conversations"}, "object id"),
        ({"group": f"https://teams.microsoft.com/l/team/x?tenantId={GROUP}"}, "object id"),
        ({"group": f"https://teams.microsoft.com/l/team/x?groupId={GROUP}0"}, "object id"),
        ({"group": "https://[?groupId="}, "object id"),
        ({"mailbox": "a@example.org", "grupo": "x"}, "Extra inputs"),
    ],
)
def test_wrong_space_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SpaceOptions(**options)


def test_a_pace_of_ones_own() -> None:
    made = Microsoft365Connection(setup("token", limits={"requests": 30, "seconds": 60, "at_once": 2}))
    limits = made._http._limits
    assert (limits.requests, limits.seconds, limits.at_once) == (30, 60.0, 2)


def test_the_tool_is_registered() -> None:
    assert tool("microsoft365") is TOOL


def test_a_base_url_without_https_is_refused() -> None:
    wrong = ConnectionSetup("m365", "http://graph.example.org/v1.0", SecretStr("token"), ConnectionOptions())
    with pytest.raises(ConfigProblem, match="in the clear"):
        Microsoft365Connection(wrong)


HEAVY = ("msgraph", "kiota_abstractions", "azure", "aiohttp", "httpx", "tzlocal")
CONNECT = """
from pydantic import SecretStr
from connectors.contract import ConnectionSetup
from connectors.microsoft365 import TOOL
TOOL.connect(ConnectionSetup("m365", TOOL.base_url, SecretStr("token"), TOOL.connection_options()))
"""


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import connectors.microsoft365", []),
        (CONNECT, ["httpx", "tzlocal"]),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code: str, loaded: list[str]) -> None:
    tell = f"import json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == loaded
