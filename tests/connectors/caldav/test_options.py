"""Settings: what is wrong is said before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.caldav import TOOL
from connectors.caldav.connection import CaldavConnection
from connectors.caldav.options import ConnectionOptions, SpaceOptions
from connectors.contract import ConnectionSetup
from domain.errors import ConfigProblem

SECRET = SecretStr("s3cret word")


def connect(base: str = "https://dav.example.org/", token: SecretStr | None = None, **options: Any) -> Any:
    return CaldavConnection(ConnectionSetup("cloud", base, token, ConnectionOptions.model_validate(options)))


@pytest.mark.parametrize("options", [{}, {"calendar": "A", "tasks": "B"}, {"calendar": " "}, {"project": 1}])
def test_a_space_is_exactly_one_collection(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SpaceOptions.model_validate(options)


@pytest.mark.parametrize(
    ("options", "token", "where"),
    [
        ({}, None, "username"),
        ({"username": "ada"}, None, "password"),
        ({"password": SECRET}, None, "username"),
        ({"username": "ada", "password": SECRET}, SECRET, "token"),
        ({"username": "ada", "password": SecretStr("")}, None, "password"),
    ],
)
def test_exactly_one_way_to_sign_in(options: dict[str, Any], token: SecretStr | None, where: str) -> None:
    with pytest.raises(ConfigProblem) as problem:
        connect(token=token, **options)
    assert problem.value.where == where
    assert problem.value.mend


def test_a_server_on_this_machine_may_ask_for_nothing() -> None:
    assert "127.0.0.1" in repr(connect("http://127.0.0.1:5232/"))


def test_plain_http_to_another_machine_is_refused() -> None:
    with pytest.raises(ConfigProblem, match="in the clear"):
        connect("http://dav.example.org/", username="ada", password=SECRET)


@pytest.mark.parametrize("name", ["a:b", "", "a\nb"])
def test_a_user_name_that_cannot_be_sent_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        ConnectionOptions.model_validate({"username": name})


def test_the_address_has_no_default() -> None:
    assert TOOL.base_url is None
