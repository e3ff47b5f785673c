"""Keeps secrets out of logs: what is known to be a secret is masked wherever it turns up.

The HTTP libraries and the vendors' SDKs log headers, URLs and (at DEBUG) bodies. A filter on a logger sees nothing
of that logger's children, and SDKs make theirs late; so :func:`guard_logs` hooks the place where records are born.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import traceback
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "[secret]"
FAMILIES = (
    "httpx", "httpcore", "h11", "h2", "hpack", "urllib3", "requests", "asana", "kiota", "microsoft_kiota",
    "msgraph", "azure", "msal", "connectors",
)  # fmt: skip
"""Loggers (with their children) whose records are cleaned at birth."""

_SHORTEST = 6  # masking shorter values would riddle every text with masks and hide nothing
_MOST = 256
_CREDENTIALS = (
    (re.compile(r"(?i)\b(bearer|basic)(\s+)[\w.~+/=-]{6,}"), rf"\1\2{MASK}"),
    (
        re.compile(
            r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(b?['\"]?\s*+[:=,]\s*+(?:b?+['\"])?+)"
            r"(?!bearer |basic )[^'\"\r\n\])}]+"
        ),
        rf"\1\2{MASK}",
    ),
    (
        re.compile(
            r"(?i)\b((?:access|refresh|id)_?token|client_(?:secret|assertion)|assertion|password)"
            r"(['\"]?\s*+[:=]\s*+(?:b?+['\"])?+)[^&\s'\",})]+"
        ),
        rf"\1\2{MASK}",
    ),
)
_QUERY = re.compile(r"(?<=[\w/.%()=-])\?[^\s\"'<>\])]+")


class Vault:
    """Remembers which values are secret, so that any text can be cleaned of them. Bounded: the oldest go first."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<Vault of {len(self._known)}>"

    def learn(self, *secrets: str) -> None:
        """Remember secrets, also in the spellings they have inside of URLs and of JSON."""
        fresh = [secret for secret in secrets if len(secret) >= _SHORTEST and secret not in self._known]
        if not fresh:
            return
        with self._lock:
            for secret in fresh:
                spellings = (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
                self._known.update(dict.fromkeys(spellings))
            while len(self._known) > _MOST:
                self._known.pop(next(iter(self._known)))
            self._pattern = None

    def mask(self, text: str) -> str:
        """Return a text without the secrets that are known."""
        with self._lock:
            if self._pattern is None:
                longest_first = sorted(self._known, key=len, reverse=True)
                self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")
        return self._pattern.sub(MASK, text)


VAULT = Vault()
"""The secrets of this process."""


def scrub(text: str, *, queries: bool = False) -> str:
    """Return a text without known secrets and without what looks like credentials; `queries` also go if asked."""
    text = VAULT.mask(text)
    for pattern, replacement in _CREDENTIALS:
        text = pattern.sub(replacement, text)
    return _QUERY.sub("?…", text) if queries else text


class RedactSecrets(logging.Filter):
    """Cleans the records that pass: message, arguments and traceback. Fits any logger or handler; drops nothing.

    Records of the HTTP libraries and SDKs also lose the query strings of URLs.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean a record in place."""
        queries = record.name.startswith(FAMILIES)
        message = _rendered(record)
        if message is not None and (clean := scrub(message, queries=queries)) != message:
            record.msg, record.args = clean, None
        if record.exc_info and record.exc_info[1] is not None:
            text = "".join(traceback.format_exception(record.exc_info[1])).rstrip("\n")
            if (clean := scrub(text, queries=queries)) != text:
                record.exc_text, record.exc_info = clean, None
        return True


def _rendered(record: logging.LogRecord) -> str | None:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return None  # a wrong format string is logging's to report


class _Cleaning:
    """A record factory that cleans the records of the families and leaves all others alone."""

    def __init__(self, make: Any) -> None:
        self._make = make
        self._filter = RedactSecrets()

    def __call__(self, name: str, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self._make(name, *args, **kwargs)
        if name.startswith(FAMILIES):
            self._filter.filter(record)
        return record


_INSTALLING = threading.Lock()


def guard_logs() -> None:
    """Clean every log record of the HTTP libraries and SDKs from now on, whichever handler shows it. Repeatable."""
    with _INSTALLING:
        make = logging.getLogRecordFactory()
        if not isinstance(make, _Cleaning):
            logging.setLogRecordFactory(_Cleaning(make))
