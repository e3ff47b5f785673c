"""Asana's official SDK, kept from everything but building requests; the shared HTTP layer sends them.

The SDK knows every path, parameter and body. What it does by itself is switched off, because it would harm a sync:

- its own urllib3 knows no time-outs and sleeps through retries; here `Http` sends, with its pace and its errors;
- it turns every no-break space of an answer into a space, so that texts never compare equal;
- it writes its paging into the caller's dict of options, so that a second list starts where the first ended;
- its event iterator swallows 412, loses the new sync token and never gets past the second page;
- it starts a pool of threads per client, and adds handlers to the loggers of `asana` and `urllib3`.

Importing this module imports the SDK (0.4 s, 30 MB); only `connect` does.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, Protocol
from urllib.parse import urlencode

import asana
import httpx

from connectors.http import json_of
from domain.errors import SetAside

USER_AGENT = "copsync (Asana connector)"

_LOG = logging.getLogger(__name__)
_LOGGERS = ("asana", "urllib3")
_SAME_TWICE = re.compile(r"/(?:addTag|removeTag|setParent|addTask)$")
_LOCK = threading.Lock()


class Send(Protocol):
    """Sends a request from a worker thread, as `connectors.http.ThreadBridge.request` does."""

    def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        repeatable: bool | None,
    ) -> httpx.Response:
        """Block until the answer is there."""


class Sdk(asana.ApiClient):  # type: ignore[misc]  # the SDK has no types
    """The SDK's client, for use from worker threads only. Its calls return the whole JSON of the answer.

    Calls raise the errors of `connectors.http.Http.request`. Every call must get a fresh dict of options.

    Args:
        base_url: where the API is.
        send: the way out.
    """

    def __init__(self, base_url: str, send: Send) -> None:
        super().__init__(_configuration(base_url))
        self.pool.close()
        self.pool.join()
        del self.pool  # its finalizer looks for it
        self.rest_client = None
        self.user_agent = USER_AGENT
        self._send = send
        self._announced: set[str] = set()

    def __repr__(self) -> str:
        return f"<Sdk {self.configuration.host}>"

    def call_api(self, resource_path: str, method: str, path_params: Any = None, query_params: Any = None, *more: Any,
                 **named: Any) -> Any:  # fmt: skip
        """Build and send one request; a body that the SDK also puts into the query stays out of it."""
        query = {name: value for name, value in (query_params or {}).items() if name != "body"}
        return super().call_api(resource_path, method, path_params, query, *more, **named)

    def update_params_for_auth(self, headers: Any, querys: Any, auth_settings: Any) -> None:
        """Add no credentials: the HTTP layer signs the request, anew for every attempt."""

    def request(
        self,
        method: str,
        url: str,
        query_params: Iterable[tuple[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,  # noqa: FBT001, FBT002 - the signature is the SDK's
        _request_timeout: Any = None,
    ) -> httpx.Response:
        """Hand a finished request to the HTTP layer, which has its own time-outs; DELETE and GET carry no body."""
        if post_params:
            raise NotImplementedError("copsync sends no forms to Asana")
        query = urlencode([(name, _word(value)) for name, value in query_params or ()])
        response = self._send(
            method,
            f"{url}?{query}" if query else url,
            headers=headers or {},
            body=None if body is None else _encoded(body),
            repeatable=True if method == "POST" and _SAME_TWICE.search(url) else None,
        )
        self._announce(response.headers.get_list("asana-change"))
        return response

    def _announce(self, changes: Iterable[str]) -> None:
        """Log once what Asana says it will change for callers like us (Asana: Deprecations)."""
        for change in changes:
            if "affected=true" in change and change not in self._announced:
                self._announced.add(change)
                _LOG.warning("Asana announces a change that concerns copsync; look for a newer release: %s", change)

    def deserialize(self, response: httpx.Response, response_type: Any) -> Any:
        """Return the JSON of an answer as it was sent.

        Raises:
            Retriable: a read was answered with something else, such as a web page.
            Uncertain: so was a write.
        """
        return json_of(response)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _encoded(body: Any) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except ValueError:
        pass
    raise SetAside(
        "This task cannot be written down for Asana.",
        mend="Look for broken emoji or control characters in its texts and type them again.",
    )


def _configuration(base_url: str) -> Any:
    with _LOCK, _logging_untouched():
        configuration = asana.Configuration()
    configuration.host = base_url.rstrip("/")
    configuration.return_page_iterator = False
    return configuration


@contextmanager
def _logging_untouched() -> Iterator[None]:
    """Undo what the SDK does to logging when it is configured, which it does once per process."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger, logger.level, list(logger.handlers)) for logger in loggers]
    debug = HTTPConnection.debuglevel
    try:
        yield
    finally:
        for logger, level, handlers in before:
            logger.setLevel(level)
            logger.handlers[:] = handlers
        HTTPConnection.debuglevel = debug


Call = Callable[..., Any]
"""A method of one of the SDK's API classes."""
