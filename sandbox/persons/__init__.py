"""What members do in their tools, over HTTP with the vendors' own APIs and each person's own token."""

from sandbox.persons.asana import AsanaPersons
from sandbox.persons.basecamp import BasecampPersons
from sandbox.persons.linkedin import LinkedInPersons
from sandbox.persons.outlook import OutlookPersons
from sandbox.persons.teams import TeamsPersons
from sandbox.persons.wire import PersonRefusedError, Places, Wire

__all__ = [
    "AsanaPersons",
    "BasecampPersons",
    "LinkedInPersons",
    "OutlookPersons",
    "PersonRefusedError",
    "Places",
    "TeamsPersons",
    "Wire",
]
