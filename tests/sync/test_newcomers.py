"""Who is in a place and who is a member: told, and nobody added."""

from __future__ import annotations

from config.models import MemberSettings
from connectors.contract import Person
from sync.newcomers import newcomers


def test_newcomers_are_proposed_by_name_and_address() -> None:
    members = [
        MemberSettings.model_validate({"email": "ada@example.org", "name": "Ada"}),
        MemberSettings.model_validate({"email": "b@home.example", "name": "Ben", "microsoft365": "id-ben"}),
        MemberSettings.model_validate({"email": "cy@example.org", "name": "Cy"}),
    ]
    people = [
        Person("id-ada", "Ada L.", "ADA@example.org"),
        Person("ID-BEN", "Ben", "ben@work.example"),
        Person("id-dee", "Dee", "dee@example.org"),
        Person("id-eve", "Eve"),
    ]
    found = list(newcomers(people, members, "microsoft365"))
    assert [one.level for one in found] == ["ok", "warning", "ok"]
    assert found[0].message.startswith("2 of the 4")
    assert "Dee <dee@example.org>, Eve (id-eve)" in found[1].message
    assert "nobody is added" in found[1].mend
    assert found[2].message == "Members who are not here: Cy."


def test_a_big_team_is_told_in_short() -> None:
    people = [Person(f"id-{number}", f"P{number:03}") for number in range(500)]
    told = list(newcomers(people, [], "microsoft365"))
    assert "and 480 more" in told[1].message
    assert len(told) == 2
