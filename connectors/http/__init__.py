"""The one HTTP layer of all connectors.

A connector makes one `Http` per connection and sends everything through it::

    async with Http(base_url, auth=Bearer(token), limits=Limits(50, 10, at_once=10, share="host"),
                    user_agent="copsync (ops@example.org)", secrets=(token,)) as http:
        tasks = json_of(await http.request("GET", path("projects", project, "tasks"), params={"limit": 100}))

It keeps to the tool's pace, repeats only what may be repeated, sends credentials to one place only, and answers
failures with the errors of :mod:`domain.errors`, or with `HttpRefused` where only the connector knows the meaning.
An SDK sends through `Http.send` or, from a worker thread, through a `ThreadBridge`.
"""

import connectors.http.lean  # noqa: F401 - must come first: it decides how httpx is imported
from connectors.http.address import Address, Elsewhere, Param, Params, is_loopback, path
from connectors.http.answers import HttpRefused, json_of
from connectors.http.auth import Auth, Bearer, Renewable, Secret, Unsigned
from connectors.http.bridge import ThreadBridge
from connectors.http.client import Http
from connectors.http.clock import Timing, http_date
from connectors.http.download import Bounds, Download, download
from connectors.http.limits import Limits
from connectors.http.redact import RedactSecrets, guard_logs
from connectors.http.retry import Patience
from connectors.http.wire import Timeouts

__all__ = [
    "Address",
    "Auth",
    "Bearer",
    "Bounds",
    "Download",
    "Elsewhere",
    "Http",
    "HttpRefused",
    "Limits",
    "Param",
    "Params",
    "Patience",
    "RedactSecrets",
    "Renewable",
    "Secret",
    "ThreadBridge",
    "Timeouts",
    "Timing",
    "Unsigned",
    "download",
    "guard_logs",
    "http_date",
    "is_loopback",
    "json_of",
    "path",
]
