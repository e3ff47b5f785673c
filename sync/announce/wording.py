"""Reads templates: those shipped with copsync, and those of a community that replace them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from config.loader import Configuration
from config.models import CommunitySettings
from domain.announcements.templates import ENDING, Templates

SHIPPED = Path(__file__).parent / "templates"
MOST_BYTES = 100_000
_MEND = "Correct the path under `templates`, or make the folder."


@cache
def shipped() -> dict[str, str]:
    """Return the templates that come with copsync, by file name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(SHIPPED.glob(f"*{ENDING}"))}


def templates_of(configuration: Configuration, settings: CommunitySettings) -> Templates:
    """Return the templates of a community.

    Raises:
        ConfigProblem: its folder or a file in it cannot be read.
    """
    if settings.templates is None:
        return Templates(shipped())
    folder = configuration.folder / Path(settings.templates).expanduser()
    key = ("communities", configuration.settings.communities.index(settings), "templates")
    if not folder.is_dir():
        raise configuration.problem(key, f"There is no folder {folder}.", _MEND)
    own: dict[str, str] = {}
    for file in sorted(folder.glob("*.j2")):
        own[file.name] = _read(configuration, file, key)
    return Templates(shipped(), own, {name: str(folder / name) for name in own})


def _read(configuration: Configuration, file: Path, key: tuple[str | int, ...]) -> str:
    try:
        if file.stat().st_size > MOST_BYTES:
            raise configuration.problem(
                key, f"{file} is too long for a template.", f"Keep it below {MOST_BYTES} bytes."
            )
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as unreadable:
        reason = getattr(unreadable, "strerror", None) or "it is not UTF-8 text"
        raise configuration.problem(
            key, f"The template {file} cannot be read: {reason}.", "Save it as UTF-8 text and check its permissions."
        ) from None
