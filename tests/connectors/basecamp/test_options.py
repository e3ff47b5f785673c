"""Settings: what is taken, and what an admin reads when it is not."""

import subprocess
import sys

import pytest
from pydantic import ValidationError

from connectors.basecamp import TOOL
from connectors.basecamp.options import ConnectionOptions, PaceOptions, SpaceOptions
from connectors.registry import tool


def test_a_project_may_be_a_number_or_its_text() -> None:
    assert SpaceOptions.model_validate({"project": 2085958499}) == SpaceOptions.model_validate(
        {"project": "2085958499"}
    )
    chosen = SpaceOptions.model_validate({"project": 1, "todoset": 2, "schedule": "3", "deadlines": " Termine "})
    assert (chosen.project, chosen.todoset, chosen.schedule, chosen.deadlines) == ("1", "2", "3", "Termine")
    assert (chosen.default_list, chosen.events) == ("Tasks", True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "Field required"),
        ({"project": "Data Practice"}, "the number that stands in the address"),
        ({"project": True}, "the number that stands in the address"),
        ({"project": -1}, "the number that stands in the address"),
        ({"project": 1, "todo_set": 2}, "Extra inputs"),
        ({"project": 1, "deadlines": " "}, "name of a to-do list"),
        ({"project": 1, "deadlines": "tasks"}, "two different"),
    ],
)
def test_a_wrong_setting_says_what_to_write(given: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        SpaceOptions.model_validate(given)


@pytest.mark.parametrize("contact", ["ops@example.org", "https://example.org/copsync", "mailto:ops@example.org"])
def test_a_contact_is_an_email_or_a_page(contact: str) -> None:
    assert ConnectionOptions(contact=contact).contact == contact


@pytest.mark.parametrize("contact", ["", "the ops team", "ops@example.org\r\nX: 1", "a) (b@example.org"])
def test_any_other_contact_is_refused(contact: str) -> None:
    with pytest.raises(ValidationError, match="e-mail address or a web address"):
        ConnectionOptions(contact=contact)


def test_the_default_pace_stays_below_basecamps_limit_in_any_ten_seconds() -> None:
    pace = PaceOptions()
    assert pace.requests + pace.requests / pace.seconds * 10 <= 50
    with pytest.raises(ValidationError):
        PaceOptions(requests=0)


def test_the_tool_is_registered_and_light_to_import() -> None:
    assert tool("basecamp") is TOOL
    code = (
        "import sys, connectors.basecamp; "
        "print([m for m in ('httpx', 'lxml', 'markdown_it', 'aiolimiter') if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
