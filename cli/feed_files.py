"""Calendars as files: which ones, where, and written so that nobody ever reads half of one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile

from config.models import CommunitySettings
from domain.errors import ConfigProblem
from sync.feeds.calendar import Kind

SUFFIX = ".ics"


def targets(
    target: Path, communities: Sequence[CommunitySettings], kinds: Sequence[Kind]
) -> Iterator[tuple[Path, CommunitySettings, Kind]]:
    """Yield which calendar goes into which file; with several communities each gets a folder of its own.

    Raises:
        ConfigProblem: one file is named for several calendars.
    """
    if target.suffix == SUFFIX:
        kinds = kinds or [Kind.CALENDAR]
        if len(kinds) > 1 or len(communities) > 1:
            mend = "Give a folder, or --community and one of --member EMAIL, --calendar and --deadlines."
            raise ConfigProblem(f"{target} is one file, but several calendars are meant.", mend=mend)
        yield target, communities[0], kinds[0]
        return
    for community in communities:
        folder = target / community.id if len(communities) > 1 else target
        for kind in kinds or [Kind.CALENDAR, Kind.DEADLINES]:
            yield folder / f"{kind}{SUFFIX}", community, kind


def written(path: Path, content: bytes) -> bool:
    """Write a file, whole or not at all; return False if it holds just this already.

    Raises:
        ConfigProblem: it cannot be written there.
    """
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except OSError as refused:
        raise ConfigProblem(
            f"{path} cannot be written: {refused.strerror}.", mend="Choose a folder that can be written."
        ) from None
    return True


def _replace(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        try:
            file.write(content)
            file.close()
            Path(file.name).chmod(0o644)
            os.replace(file.name, path)  # noqa: PTH105 - a plain name on both sides
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
