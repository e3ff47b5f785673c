"""Writes messages as files, whole or not at all."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from connectors.channel import ChannelSetup, Outgoing, Receipt, must_be_ours
from connectors.contract import Finding
from domain.announcements.channel import Abilities, Form
from domain.errors import Retriable, SetAside

_ENDINGS = {Form.TEXT: "txt", Form.HTML: "html", Form.CARD: "json", Form.MARKDOWN: "md"}
_OURS = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]+\.(?:txt|html|json|md)")
_MEND = "Make the folder, and let the user that runs copsync write there."


class FolderOptions(BaseModel):
    """`folder` is where the files go, counted from the configuration; `form` is what is written into them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    folder: str = Field(min_length=1)
    form: Literal["text", "html", "card", "markdown"] = "markdown"


def abilities(options: BaseModel) -> Abilities:
    """Return what a folder can do: a file can be written anew, and it can be seen whether it is there."""
    form = Form(cast("FolderOptions", options).form)
    return Abilities(form, max_length=1_000_000, edits=True, finds=True)


class FolderSender:
    """One folder. The name of a file is the day of its message and its key, so the same message is the same file."""

    def __init__(self, setup: ChannelSetup) -> None:
        self._options = cast("FolderOptions", setup.options)
        self._folder = setup.folder / Path(self._options.folder).expanduser()
        self.requests = 0

    async def check(self) -> Sequence[Finding]:
        """Look whether the folder is there and can be written."""
        if not self._folder.is_dir():
            return [Finding("error", f"There is no folder {self._folder}.", _MEND)]
        if not os.access(self._folder, os.W_OK | os.X_OK):
            return [Finding("error", f"The folder {self._folder} cannot be written.", _MEND)]
        return [Finding("ok", f"Messages are written into {self._folder}.")]

    async def post(self, outgoing: Outgoing) -> Receipt:
        """Write a message as a file."""
        name = self._name(outgoing)
        self._write(name, outgoing)
        return Receipt(name)

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        """Write the file of a message anew."""
        if not _OURS.fullmatch(remote) or not (self._folder / remote).exists():
            raise SetAside(f"The file {remote} is gone.", mend="Nothing to do, if somebody took it away on purpose.")
        must_be_ours(outgoing, self._read(remote), remote)
        self._write(remote, outgoing)
        return Receipt(remote)

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        """Look whether the file is there."""
        name = self._name(outgoing)
        return Receipt(name) if (self._folder / name).exists() else None

    async def aclose(self) -> None:
        """Nothing is open."""

    def _name(self, outgoing: Outgoing) -> str:
        return f"{outgoing.planned_at:%Y-%m-%d}-{outgoing.key}.{_ENDINGS[Form(self._options.form)]}"

    def _read(self, name: str) -> str | dict[str, Any]:
        """Return what a file holds, a card as one; as text where it is no card any more."""
        try:
            content = (self._folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError as refused:
            raise Retriable(f"{self._folder / name} cannot be read: {refused.strerror}.", mend=_MEND) from refused
        if Form(self._options.form) is not Form.CARD:
            return content
        try:
            found = json.loads(content)
        except ValueError:
            return content
        return found if isinstance(found, dict) else content

    def _write(self, name: str, outgoing: Outgoing) -> None:
        part = self._folder / f"{name}.part"
        card = Form(self._options.form) is Form.CARD
        content = json.dumps(outgoing.card, ensure_ascii=False, indent=2) if card else outgoing.body
        try:
            part.write_text(content + "\n", encoding="utf-8")
            part.replace(self._folder / name)
        except OSError as refused:
            raise Retriable(f"{self._folder / name} cannot be written: {refused.strerror}.", mend=_MEND) from refused
