"""The demo's weekly digest: in text, as HTML and as a card, in files that stay."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from cli.context import now
from cli.demo_stage import REPORT, TEAMS, NotToldError, Stage
from cli.words import count
from domain.announcements.channel import Form
from domain.announcements.render import Rendered, page
from sync.announce.look import coming_digest
from sync.announce.scene import scene_of
from sync.wiring import Wiring

Json = dict[str, Any]

FILES = {Form.TEXT: "digest.txt", Form.HTML: "digest.html", Form.CARD: "digest.card.json"}
_SHOWN = 5


def write_digest(stage: Stage) -> Json:
    """Write the coming digest of the channel in Teams in every form, as `copsync digest` prints it.

    Raises:
        NotToldError: there is nothing to say this week.
    """
    folder = Path(mkdtemp(prefix="copsync-demo-digest-"))
    found = {form: _digest(stage, form) for form in FILES}
    for form, name in FILES.items():
        (folder / name).write_text(_content(form, found[form]), encoding="utf-8")
    text = found[Form.TEXT]
    lines = [one for one in text.body.splitlines() if one.strip()]
    stage.tell("copsync digest: the week, as text, as HTML and as a card")
    stage.quote([*lines[:_SHOWN], f"… and {count(len(lines) - _SHOWN, 'line')} more"])
    for name in FILES.values():
        stage.tell(f"→ {folder / name}")
    return {"title": text.title, "text": text.body, "files": {form.value: str(folder / FILES[form]) for form in FILES}}


def _digest(stage: Stage, form: Form) -> Rendered:
    (settings,) = stage.configuration.settings.communities
    places = Wiring(stage.configuration).channels(settings)
    channel = next(one.channel for one in places if one.id == TEAMS)
    scene = scene_of(stage.configuration, settings, stage.store, now())
    found = coming_digest(scene, channel, stage.store, form)
    if found is None:
        raise NotToldError("The weekly digest says nothing.", mend=REPORT)
    return found


def _content(form: Form, found: Rendered) -> str:
    if form is Form.CARD:
        return json.dumps(found.card, ensure_ascii=False, indent=2) + "\n"
    return page(found) + "\n" if form is Form.HTML else found.body + "\n"
