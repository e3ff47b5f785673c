"""What a message in a channel looks like to Graph, and how ours is told from others (v1.0, resource chatMessage)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID, uuid5

from connectors.channel import Outgoing, Receipt
from connectors.contract import Person
from domain.errors import Uncertain

Json = dict[str, Any]

CARD = "application/vnd.microsoft.card.adaptive"
_OURS = UUID("2b1f9a0e-5d5e-4c4e-9d53-7f0f0a1e7c11")
_SUMMARY = 200
_USER = "#microsoft.graph.user"


def mark_of(key: str) -> str:
    """Return the id of a message's card, by which the message is found: the same for the same key."""
    return uuid5(_OURS, key).hex


def body_of(outgoing: Outgoing) -> Json:
    """Return what is posted: a card, marked twice, with the title as what a notification shows."""
    mark = mark_of(outgoing.key)
    content = json.dumps(_marked(outgoing.card or {}, mark), ensure_ascii=False, separators=(",", ":"))
    return {
        "summary": outgoing.title[:_SUMMARY],
        "body": {"contentType": "html", "content": f'<attachment id="{mark}"></attachment>'},
        "attachments": [{"id": mark, "contentType": CARD, "content": content}],
    }


def _marked(card: Mapping[str, Any], mark: str) -> Json:
    """Put the mark on the card's first element: Graph gives an attachment's content back as it was sent."""
    first, *rest = card.get("body") or [{}]
    return {**card, "body": [{**first, "id": f"copsync-{mark}"}, *rest]}


def receipt_of(message: Mapping[str, Any]) -> Receipt:
    """Return the id and address of a message.

    Raises:
        Uncertain: there is no id.
    """
    if not isinstance(message.get("id"), str):
        raise Uncertain("Teams took a message and did not say its id.")
    url = message.get("webUrl")
    return Receipt(message["id"], url if isinstance(url, str) and url.startswith("https://") else None)


def is_marked(message: Mapping[str, Any], key: str) -> bool:
    """Tell whether a message is the one with this key."""
    mark = mark_of(key)
    return any(one.get("id") == mark or mark in str(one.get("content")) for one in _attachments(message))


def is_emptied(message: Mapping[str, Any]) -> bool:
    """Tell whether somebody deleted a message, so that it cannot be told any more whose it was."""
    return message.get("deletedDateTime") is not None and not list(_attachments(message))


def reply_count(message: Mapping[str, Any]) -> int:
    """Return how many replies of people, not deleted, a message holds."""
    replies = message.get("replies") or []
    return sum(one.get("messageType") == "message" and one.get("deletedDateTime") is None for one in replies)


def person_of(row: Mapping[str, Any]) -> Person | None:
    """Return a member of a group; None for what is no person, such as a group within it."""
    if row.get("@odata.type", _USER) != _USER or not isinstance(row.get("id"), str):
        return None
    return Person(row["id"], str(row.get("displayName") or ""), row.get("mail") or row.get("userPrincipalName"))


def _attachments(message: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (one for one in message.get("attachments") or [] if isinstance(one, dict))
