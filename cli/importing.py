"""import: bring a calendar that exists already into the community."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import err, out
from cli.context import JsonOption, communities_of, configuration_of, now, print_json, store_of

if TYPE_CHECKING:
    from config.loader import Configuration
    from config.models import CommunitySettings
    from store.store import Store
    from sync.importing import CalendarFile
    from sync.report import Report

_YES = ("y", "yes")
_STANDARD_INPUT = "-"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "import",
        epilog="""\b
Examples:
  copsync import gatherings.ics --community data-practice --dry-run    (what would be taken in, what not, and why)
  copsync import gatherings.ics --community data-practice              (shows that; asks, if somebody can answer)
  copsync import https://calendar.example.org/team.ics -c data-practice --yes
  copsync import gatherings.ics -c data-practice --json | jq '.import.refused[] | {line, what, reason}'

\b
Gatherings and series are taken in by their UID: what the community has already is matched, and importing a newer
version of the file changes what changed in it. What is no longer in the file is listed and stays. Nobody's address is
taken. The import itself sends nothing: `copsync sync` brings the gatherings into every tool, and `copsync undo RUN`
takes the import back.

\b
Exit status:
  0  everything in the file is taken in
  1  some entries are refused, each with its line and reason; the rest is taken in
  2  nothing in it is usable, or it cannot be read
  3  a person is needed (a conflict to decide)
  4  another run holds the community""",
    )(import_)


def import_(
    context: typer.Context,
    source: Annotated[
        str, typer.Argument(metavar="FILE|URL", help="A calendar file (.ics), - for standard input, or its address.")
    ],
    community: Annotated[
        str | None,
        typer.Option("--community", "-c", metavar="ID", help="Into which community; the only one by default."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show it; nothing is kept.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take it in without asking.")] = False,
    json: JsonOption = False,
) -> None:
    """Bring a calendar file into the community.

    It is shown first what would become of each entry. On a terminal copsync then asks; a script is not asked.
    """
    import asyncio

    _must_know_what_to_do(yes=yes, dry_run=dry_run)
    configuration = configuration_of(context)
    settings = _one(configuration, community)
    file = _file(source)
    with store_of(configuration) as store:
        if dry_run or _somebody_is_there(yes=yes, as_json=json):
            report = asyncio.run(_carry_out(configuration, settings, store, file, dry=True))
            _tell(report, as_json=json)
            if dry_run or report.broken:
                raise typer.Exit(int(report.exit))
            if not _asked():
                err().print("Nothing was taken in.")
                return
        report = asyncio.run(_carry_out(configuration, settings, store, file, dry=False))
    _tell(report, as_json=json)
    if report.exit:
        raise typer.Exit(int(report.exit))


def _must_know_what_to_do(*, yes: bool, dry_run: bool) -> None:
    from domain.errors import ConfigProblem

    if yes and dry_run:
        raise ConfigProblem("--yes does it and --dry-run does not.", mend="Use one of them.")


def _somebody_is_there(*, yes: bool, as_json: bool) -> bool:
    return not (yes or as_json) and sys.stdin.isatty() and sys.stderr.isatty()


def _asked() -> bool:
    err().print("Take it in like that? [y/N] ", end="", markup=False)
    return sys.stdin.readline().strip().lower() in _YES


def _one(configuration: Configuration, wanted: str | None) -> CommunitySettings:
    from domain.errors import ConfigProblem

    found = communities_of(configuration, wanted)
    if len(found) > 1:
        ids = ", ".join(one.id for one in found)
        raise ConfigProblem("Say into which community it is to go.", mend=f"Add --community with one of: {ids}.")
    return found[0]


def _file(source: str) -> CalendarFile:
    """Read what is to be imported.

    Raises:
        ConfigProblem: it is not there, cannot be read, or is too large.
    """
    if source == _STANDARD_INPUT:
        return _bounded("standard input", source, _read(sys.stdin.buffer.read))
    scheme, colon, rest = source.partition(":")
    if colon and (rest.startswith("//") or scheme.lower() in ("http", "https", "webcal", "webcals")):
        return _fetched(source)
    return _opened(Path(source))


def _opened(path: Path) -> CalendarFile:
    from domain.errors import ConfigProblem

    try:
        if path.is_dir():
            raise ConfigProblem(f"{path} is a folder.", mend="Name one calendar file (.ics) in it.")
        with path.open("rb") as opened:
            return _bounded(path.name, path.name, _read(opened.read))
    except OSError as odd:
        why = (odd.strerror or type(odd).__name__).lower()
        raise ConfigProblem(f"{path} cannot be read: {why}.", mend="Check its name and permissions.") from None


def _read(reading: Callable[[int], bytes]) -> bytes:
    from sync.importing import MOST_BYTES

    return reading(MOST_BYTES + 1)


def _bounded(name: str, source: str, data: bytes, remark: str = "") -> CalendarFile:
    from domain.errors import ConfigProblem
    from sync.importing import MOST_BYTES, MOST_ENTRIES, CalendarFile, entries_in

    if len(data) > MOST_BYTES:
        size = f"larger than {MOST_BYTES // 1_000_000} MB"
        raise ConfigProblem(f"{name} is {size}.", mend="Export a part of it, such as the coming year.")
    if entries_in(data) > MOST_ENTRIES:
        raise ConfigProblem(
            f"{name} holds {entries_in(data)} entries, and an import takes {MOST_ENTRIES} at most.",
            mend="Export a part of it, such as the coming year.",
        )
    return CalendarFile(name, source, data, remark)


def _fetched(address: str) -> CalendarFile:
    import asyncio
    from importlib.metadata import version

    from connectors.http import Bounds, download
    from domain.errors import ConfigProblem, Unreachable
    from sync.importing import MOST_BYTES

    try:
        found = asyncio.run(download(address, Bounds(MOST_BYTES), f"copsync/{version('copsync')}"))
    except Unreachable as silent:
        raise ConfigProblem(silent.message, mend=silent.mend) from None
    remark = f"{found.host} is within a private network; others cannot read this calendar." if found.is_private else ""
    return _bounded(found.host, address, found.content, remark)


async def _carry_out(
    configuration: Configuration, settings: CommunitySettings, store: Store, file: CalendarFile, *, dry: bool
) -> Report:
    from sync.importing import preview_import, take_in
    from sync.wiring import Wiring

    async with Wiring(configuration) as wiring:
        return await (preview_import if dry else take_in)(wiring.community(settings), store, now, file)


def _tell(report: Report, *, as_json: bool) -> None:
    from cli.intake import show_intake

    if as_json:
        print_json(report.json())
    else:
        show_intake(out(), report.json())
