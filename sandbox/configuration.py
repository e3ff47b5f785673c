"""Writes the copsync.toml that fits a running world."""

import json
from collections.abc import Mapping
from datetime import date

from sandbox.channels import Channels
from sandbox.seed import Community

_TEMPLATE = """\
# copsync.toml for the community "{name}" in the stand-ins of Asana, Basecamp and Microsoft 365.

# Where copsync remembers what belongs together and what it has done.
[store]
url = {store_url}
{key}
# The account of each tool. Secrets stay outside this file: the token is read from an environment variable.
[connections.asana]
tool = "asana"
base_url = "{asana_url}"
token = {{ env = "ASANA_TOKEN" }}
limits = {{ requests = 1000, seconds = 1, at_once = 8 }}   # only for stand-ins, which need not be spared

# Basecamp's base URL ends in the account number.
[connections.basecamp]
tool = "basecamp"
base_url = "{basecamp_url}"
token = {{ env = "BASECAMP_TOKEN" }}
limits = {{ requests = 1000, seconds = 1, at_once = 8 }}

# In a real tenant: tenant, client_id and a certificate or managed identity instead of a token.
[connections.m365]
tool = "microsoft365"
base_url = "{graph_url}"
token = {{ env = "M365_TOKEN" }}
limits = {{ requests = 1000, seconds = 1, at_once = 4 }}

# The community. Days without a time of day are days of this time zone.
[[communities]]
id = "data-practice"
name = "{name}"
time_zone = "{zone}"

# What happens when two people change the same thing, and how far deletions may go without asking.
[communities.policy]
conflict = "latest"
delete = "trash"
max_deletes = {{ count = 10, share = 0.2 }}

# The Asana project; its sections are the community's lists.
[[communities.spaces]]
name = "asana"
connection = "asana"
project = "{asana_project}"

# The Basecamp project: to-do lists and schedule.
[[communities.spaces]]
name = "basecamp"
connection = "basecamp"
project = {basecamp_project}

# The default calendar of the shared mailbox.
[[communities.spaces]]
name = "calendar"
connection = "m365"
mailbox = "{mailbox}"
"""

_CHANNELS = """
# ---- where the community talks: Teams and LinkedIn --------------------------------------------------------------
# The user that writes in Teams; signs in once: copsync connect m365-user
[connections.m365-user]
tool = "microsoft365"
base_url = "{graph_url}"
authority = "{authority}"
tenant = "{tenant}"
client_id = "{client_id}"
service_user = true

# A moderator who runs the organisation's page, and lets copsync see what they posted in the group.
[connections.linkedin]
tool = "linkedin"
base_url = "{linkedin_url}"
token = {{ env = "LINKEDIN_TOKEN" }}
token_until = {token_until}

# A channel in Teams; messages are edited where they stand.
[[communities.channels]]
id = "teams"
kind = "teams-channel"
connection = "m365-user"
channel = "{channel}"
wants = ["gatherings", "digest"]
quiet = "never"                              # to try things out at any hour; usually 20:00-07:00
daily = 20                                   # more than people would like

# Another one, through a flow, whose address is a secret. What changes follows as a correction.
[[communities.channels]]
id = "news"
kind = "teams-workflow"
url = {{ env = "TEAMS_FLOW" }}
wants = ["gatherings"]
quiet = "never"
daily = 20

# A group, in which a moderator posts what copsync wrote. Only what is public is told: copsync audience RECORD public
[[communities.channels]]
id = "linkedin"
kind = "linkedin-group"
group = "{group}"
audience = "public"
wants = ["gatherings"]
quiet = "never"
connection = "linkedin"
proof = 2

# The page of the organisation.
[[communities.channels]]
id = "page"
kind = "linkedin-page"
connection = "linkedin"
page = "{page}"
audience = "public"
wants = ["gatherings"]
quiet = "never"
"""


def config_toml(
    community: Community,
    *,
    store_url: str,
    key: str | None,
    urls: Mapping[str, str],
    asana_project: str,
    basecamp_project: int,
) -> str:
    """Return a complete configuration for one community in three tools; `key` is the file that seals sign-ins."""
    return _TEMPLATE.format(
        name=community.name,
        store_url=json.dumps(store_url),
        key=f'key = {{ file = "{key}" }}   # seals the sign-in of the service user\n' if key else "",
        asana_url=urls["asana"],
        basecamp_url=urls["basecamp"],
        graph_url=urls["microsoft365"],
        zone=community.zone.key,
        asana_project=asana_project,
        basecamp_project=basecamp_project,
        mailbox=community.mailbox,
    )


def channels_toml(
    channels: Channels,
    *,
    graph_url: str,
    authority: str,
    tenant: str,
    client_id: str,
    linkedin_url: str,
    token_until: date,
) -> str:
    """Return what a community's configuration needs for Teams and LinkedIn; it goes to the end of the file."""
    return _CHANNELS.format(
        graph_url=graph_url,
        authority=authority,
        tenant=tenant,
        client_id=client_id,
        linkedin_url=linkedin_url,
        token_until=token_until,
        channel=channels.link,
        group=channels.group,
        page=channels.page,
    )
