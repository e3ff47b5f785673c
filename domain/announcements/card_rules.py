"""The rules that copsync's Adaptive Cards must keep, after the published schema (adaptivecards.io, version 1.4).

Only what is used here is allowed: a card with anything else is refused before it is sent. Text stands in text runs,
which know no Markdown (learn.microsoft.com, "Text features"); a text block would take a title for markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain.errors import SetAside
from domain.privacy import is_link

SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
VERSION = "1.4"
MOST_BYTES = 28_000
"""Teams refuses larger messages (learn.microsoft.com, incoming webhooks: about 28 KB)."""
MOST_ACTIONS = 6
"""Teams shows no more than six (learn.microsoft.com, "Types of cards")."""

Size = Literal["default", "small", "medium", "large", "extraLarge"]
Weight = Literal["default", "lighter", "bolder"]
Spacing = Literal["default", "none", "small", "medium", "large", "extraLarge", "padding"]


def _website(url: str) -> str:
    if not is_link(url):
        raise ValueError("is no address of a website")
    return url


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class OpenUrl(_Strict):
    """An action that opens a website: the only one that works for cards posted without a bot."""

    type: Literal["Action.OpenUrl"]
    url: Annotated[str, AfterValidator(_website)]
    title: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class TextRun(_Strict):
    """A piece of text, shown as it is."""

    type: Literal["TextRun"]
    text: Annotated[str, Field(min_length=1)]
    size: Size = "default"
    weight: Weight = "default"
    isSubtle: bool = False  # noqa: N815 - the schema's name
    italic: bool = False
    strikethrough: bool = False
    fontType: Literal["default", "monospace"] = "default"  # noqa: N815
    selectAction: OpenUrl | None = None  # noqa: N815


class RichTextBlock(_Strict):
    """A paragraph of text runs."""

    type: Literal["RichTextBlock"]
    inlines: Annotated[list[TextRun], Field(min_length=1)]
    spacing: Spacing = "default"
    separator: bool = False


class Card(_Strict):
    """A whole card."""

    schema_: Literal["http://adaptivecards.io/schemas/adaptive-card.json"] = Field(alias="$schema")
    type: Literal["AdaptiveCard"]
    version: Literal["1.4"]
    fallbackText: Annotated[str, Field(min_length=1)]  # noqa: N815
    body: Annotated[list[RichTextBlock], Field(min_length=1)]
    actions: Annotated[list[OpenUrl], Field(max_length=MOST_ACTIONS)] = []
    lang: str = "en"


def check_card(card: Mapping[str, Any], most_bytes: int = MOST_BYTES) -> None:
    """Refuse a card that does not keep the rules.

    Raises:
        SetAside: it does not; the first place is named.
    """
    try:
        Card.model_validate(card)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SetAside(f"The card breaks a rule of Adaptive Cards at {place}: {first['msg']}.", mend=_MEND) from None
    size = size_of(card)
    if size > most_bytes:
        raise SetAside(f"The card has {size} bytes; no more than {most_bytes} are taken.", mend=_MEND)


_MEND = "Shorten or correct the template of this message; `copsync check` tries it."


def size_of(card: Mapping[str, Any]) -> int:
    """Return how many bytes a card has when it is sent."""
    return len(json.dumps(card, ensure_ascii=True, separators=(",", ":")))


def actions_of(named: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """Return buttons that open addresses."""
    return [{"type": "Action.OpenUrl", "title": title, "url": url} for title, url in named][:MOST_ACTIONS]
