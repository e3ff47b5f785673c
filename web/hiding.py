"""Keeps the secrets that stand in addresses out of logs."""

from __future__ import annotations

import logging
import re

SERVERS = ("uvicorn.access", "hypercorn.access")
_TOKEN = re.compile(r"/(feeds|outbox)/[^/?#\s]+")


class HideTokens(logging.Filter):
    """Keeps the tokens of addresses out of a server's access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the token in every argument of a line."""
        if isinstance(record.args, tuple):
            record.args = tuple(_TOKEN.sub(r"/\1/…", one) if isinstance(one, str) else one for one in record.args)
        return True


_HIDE_TOKENS = HideTokens()


def hide_tokens() -> None:
    """Let no access log of this process show a token."""
    for name in SERVERS:
        logging.getLogger(name).addFilter(_HIDE_TOKENS)
