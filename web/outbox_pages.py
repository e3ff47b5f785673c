"""How the pages of the outbox look: everything a person wrote is escaped, and nothing is loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.linkedin.permalink import parse
from domain.errors import CopsyncError
from domain.outbox.item import Item
from domain.outbox.states import POSTED, State
from sync.outbox.place import Place

TYPES = {"outbox.css": "text/css; charset=utf-8", "outbox.js": "text/javascript; charset=utf-8"}
"""What is served beside the pages."""
LATELY = timedelta(days=14)
MOST = 50
"""So many texts on a page; nobody posts more at a time."""

_FOLDER = Path(__file__).parent / "pages"
_SAID = {
    "claimed": "Thank you. The post is taken note of.",
    "cancelled": "It will not be posted. Whoever runs copsync can bring it back.",
}


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)


@cache
def static(name: str) -> bytes:
    """Return a file of `TYPES`."""
    return (_FOLDER / name).read_bytes()


def page(template: str, *, title: str, root: str, script: bool = False, **values: object) -> str:
    """Return a page; `root` leads from its address to that of the outbox's files."""
    return _environment().get_template(template).render(title=title, root=root, script=script, **values)


def outbox_page(
    place: Place,
    community: str,
    items: Sequence[Item],
    now: datetime,
    *,
    key: str,
    said: str,
    problem: CopsyncError | None,
    problem_of: str,
    given: str,
    root: str,
) -> str:
    """Return the page with the texts that wait and those that were posted."""
    waiting = [_waiting(place, item) for item in items if item.state is State.HANDED_OUT][:MOST]
    posted = [_posted(item) for item in items if item.state in POSTED and item.changed_at >= now - LATELY]
    return page(
        "outbox.html",
        title="Posts for your group",
        root=root,
        script=True,
        community=community,
        group_url=place.url,
        waiting=waiting,
        posted=posted[-MOST:],
        key=key,
        said=_SAID.get(said, ""),
        problem=problem,
        problem_of=problem_of if any(one["id"] == problem_of for one in waiting) else "",
        given=given[:2_000],
    )


def _waiting(place: Place, item: Item) -> Mapping[str, Any]:
    return {
        "id": item.id,
        "title": item.title,
        "text": item.text,
        "rows": min(14, item.text.count("\n") + len(item.text) // 60 + 2),
        "by": f"{item.expires_at.astimezone(place.zone):%A, %d %B %Y}",
        "replaces": item.revision > 1,
        "composer": place.composer_url(item.text),
    }


def _posted(item: Item) -> Mapping[str, Any]:
    return {"title": item.title, "url": parse(item.post or "").url, "evidence": item.evidence}
