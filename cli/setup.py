"""init and check: from nothing to a configuration that works."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import err, out
from cli.context import CommunityOption, JsonOption, config_path, configuration_of, print_json, store_of
from cli.exits import USAGE
from cli.words import count, line

EXAMPLES = Path(__file__).parent.parent / "config" / "examples"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="""\b
Examples:
  copsync init
  copsync --config /etc/copsync/copsync.toml init"""
    )(init)
    app.command(
        epilog="""\b
Examples:
  copsync check
  copsync check --community data-practice
  copsync check --json | jq '.findings[] | select(.level == "error")'

Exit status: 0 if everything can be reached, 2 if something is to mend."""
    )(check)


def init(
    context: typer.Context,
    json: JsonOption = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are already there.")] = False,
) -> None:
    """Write a commented copsync.toml and .env.example to begin with.

    The files are written where --config points to, else into this folder.
    """
    target = config_path(context)
    files = {target: "copsync.toml", target.parent / ".env.example": "env.example"}
    _refuse_overwriting(list(files), force=force)
    for path, name in files.items():
        _write(path, (EXAMPLES / name).read_text(encoding="utf-8"))
    if json:
        print_json({"written": [str(path) for path in files]})
        return
    console = out()
    console.print(f"Written: {', '.join(str(path) for path in files)}", markup=False)
    console.print("Next: fill them in (every line says how), copy .env.example to .env, run `copsync check`.")


def _refuse_overwriting(paths: list[Path], *, force: bool) -> None:
    from domain.errors import ConfigProblem

    present = [str(path) for path in paths if path.exists()]
    if present and not force:
        verb = "exists" if len(present) == 1 else "exist"
        raise ConfigProblem(
            f"{' and '.join(present)} {verb} already; nothing was written.",
            mend="Add --force to replace what is there.",
        )


def _write(path: Path, text: str) -> None:
    from domain.errors import ConfigProblem

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as refused:
        raise ConfigProblem(
            f"{path} cannot be written: {refused.strerror}.", mend="Choose a folder that exists and can be written."
        ) from None


def check(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Reach every connection and space, and name what is to mend.

    Sends only reads. The configuration and the store are looked at as well.
    """
    import asyncio

    found = asyncio.run(_check(context, community))
    errors = sum(one["level"] == "error" for one in found)
    if json:
        print_json({"ok": not errors, "findings": found})
    else:
        _show(found, errors)
    if errors:
        raise typer.Exit(USAGE)


async def _check(context: typer.Context, community: str | None) -> list[dict[str, Any]]:
    from sync.check import check as ask
    from sync.wiring import Wiring

    configuration = configuration_of(context)
    with store_of(configuration):
        pass
    async with Wiring(configuration) as wiring:
        found = await ask(wiring, wiring.community_settings(community))
    return [
        {"about": one.about, "level": one.finding.level, "message": one.finding.message, "mend": one.finding.mend}
        for one in found
    ]


_MARKS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}


def _show(found: list[dict[str, Any]], errors: int) -> None:
    console = out()
    for one in found:
        show_finding(console, one)
    warnings = sum(one["level"] == "warning" for one in found)
    if errors:
        err().print(f"{count(errors, 'problem')} to mend. Run `copsync check` again afterwards.", style="red")
        return
    noted = f" {count(warnings, 'warning')} may be worth a look." if warnings else ""
    err().print(f"Everything can be reached.{noted} Next: `copsync plan`.", style="green")


def show_finding(console: Any, one: Mapping[str, Any]) -> None:
    """Print what was found, and its mend."""
    console.print(f"{_MARKS[one['level']]} [bold]{line(one['about'])}[/]: {line(one['message'])}")
    if one["mend"]:
        console.print(f"    → {line(one['mend'])}")
