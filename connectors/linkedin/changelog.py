"""A consenting member's own record at LinkedIn: which posts they made in the community's group, and nothing else.

Only members in the EEA or Switzerland can consent (the Digital Markets Act); LinkedIn keeps 28 days and asks to be read
hourly at most ("Member Changelog API", version 202312). The next read begins at the moment of the last event, which
then comes again. A post in a group is expected to name it in `containerEntity`, as posts in events do; the published
samples show no group, so its text is compared too. Whatever else the record holds is dropped unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.http import Param
from connectors.linkedin.client import Client
from connectors.linkedin.version import CHANGELOG

EVERY = timedelta(hours=1)
KEPT = timedelta(days=28)
PAGE = 50
MOST_PAGES = 200
ENDPOINT = "memberChangeLogs"


@dataclass(frozen=True, slots=True)
class Seen:
    """A post that its author's own record shows in the group: its name there, its text, and when it was made."""

    urn: str
    text: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next read begins: the moment of the last event (ms since 1970), and when the record was read last."""

    since: int
    read_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Tell whether it may be read again."""
        return self.read_at is None or now - self.read_at >= EVERY


async def read(client: Client, group: str, cursor: Cursor | None) -> tuple[list[Seen], Cursor]:
    """Return the posts in a group since the cursor, and the next cursor; not due, or nothing new, is an empty list.

    Raises:
        HttpRefused, ConnectAgain, Retriable, ConfigProblem: as the client says; the cursor stays as it was.
    """
    now = client.now()
    oldest = int((now - KEPT).timestamp() * 1000)
    start = cursor or Cursor(oldest)
    if not start.is_due(now):
        return [], start
    found: dict[str, Seen] = {}
    since = max(start.since, oldest)
    async for event in _events(client, since):
        since = max(since, int(event.get("processedAt") or 0))
        found |= {seen.urn: seen for seen in _in_group(event, group)}
    return list(found.values()), replace(start, since=since, read_at=now)


async def _events(client: Client, since: int) -> Any:
    known: set[object] = set()
    for _ in range(MOST_PAGES):
        asked: dict[str, Param] = {"q": "memberAndApplication", "startTime": since, "count": PAGE}
        page = await client.get(ENDPOINT, asked, version=CHANGELOG)
        events = [event for event in _elements(page) if event.get("id") not in known]
        for event in events:
            yield event
        known |= {event.get("id") for event in events}
        newest = max((int(event.get("processedAt") or 0) for event in events), default=since)
        if len(_elements(page)) < PAGE or newest <= since:
            return
        since = newest


def _elements(page: Any) -> list[Mapping[str, Any]]:
    found = page.get("elements") if isinstance(page, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _in_group(event: Mapping[str, Any], group: str) -> Iterator[Seen]:
    activity = event.get("activity")
    if event.get("resourceName") != "ugcPosts" or event.get("method") != "CREATE" or not isinstance(activity, dict):
        return
    if (
        event.get("activityStatus", "SUCCESS") == "FAILURE"
        or activity.get("containerEntity") != f"urn:li:group:{group}"
    ):
        return
    moment = activity.get("firstPublishedAt") or event.get("capturedAt")
    if isinstance(moment, int):
        yield Seen(str(event.get("resourceId", "")), _text(activity), datetime.fromtimestamp(moment / 1000, UTC))


def _text(activity: Mapping[str, Any]) -> str:
    content = activity.get("specificContent")
    share = content.get("com.linkedin.ugc.ShareContent") if isinstance(content, dict) else activity
    commentary = share.get("shareCommentary") if isinstance(share, dict) else None
    said = commentary.get("text") if isinstance(commentary, dict) else None
    return said if isinstance(said, str) else ""


def likeness(one: str, other: str) -> float:
    """Return which share of a text's words stands in another, from 0 to 1."""
    words, others = _words(one), set(_words(other))
    return sum(word in others for word in words) / len(words) if words else 0.0


def _words(text: str) -> list[str]:
    return [word for word in (part.strip(".,;:!?()\"'“”") for part in text.casefold().split()) if word]


def matching(text: str, seen: Iterable[Seen], since: datetime, least: float = 0.9) -> Seen | None:
    """Return the one post that was made from a text since it was handed out; None where there is none, or several."""
    found = [one for one in seen if one.made_at >= since and likeness(text, one.text) >= least]
    return found[0] if len(found) == 1 else None
