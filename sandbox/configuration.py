"""Writes the copsync.toml that fits a running world."""

import json
from collections.abc import Mapping

from sandbox.seed import Community

_TEMPLATE = """\
# copsync.toml for the community "{name}" in the stand-ins of Asana, Basecamp and Microsoft 365.

# Where copsync remembers what belongs together and what it has done.
[store]
url = {store_url}

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


def config_toml(
    community: Community,
    *,
    store_url: str,
    urls: Mapping[str, str],
    asana_project: str,
    basecamp_project: int,
) -> str:
    """Return a complete configuration for one community in three tools."""
    return _TEMPLATE.format(
        name=community.name,
        store_url=json.dumps(store_url),
        asana_url=urls["asana"],
        basecamp_url=urls["basecamp"],
        graph_url=urls["microsoft365"],
        zone=community.zone.key,
        asana_project=asana_project,
        basecamp_project=basecamp_project,
        mailbox=community.mailbox,
    )
