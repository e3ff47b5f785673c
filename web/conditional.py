"""What a client has already and what it can read (RFC 9110, sections 12 and 13)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

ZIPPED = "-gzip"
"""Compressed bytes are another representation and have a tag of their own."""


def is_known(headers: Mapping[str, str], tag: str, modified: datetime) -> bool:
    """Tell whether the client holds this content already; tags go before dates, and proxies may have weakened them."""
    wanted = headers.get("if-none-match")
    if wanted is not None:
        found = {one.strip().removeprefix("W/").strip('"') for one in wanted.split(",")}
        return bool(found & {"*", tag, tag + ZIPPED})
    since = _date(headers.get("if-modified-since"))
    return since is not None and modified <= since


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def takes_gzip(headers: Mapping[str, str]) -> bool:
    """Tell whether the client reads gzip."""
    offered = dict(_coding(one) for one in headers.get("accept-encoding", "").lower().split(","))
    return offered.get("gzip", offered.get("*", False))


def _coding(text: str) -> tuple[str, bool]:
    name, _, weight = text.partition(";")
    return name.strip(), weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
