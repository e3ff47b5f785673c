"""init and check: from nothing to a configuration that works."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.context import (
    USAGE,
    CommunityOption,
    JsonOption,
    configuration_of,
    err,
    failing_clearly,
    out,
    print_json,
    store_of,
)

EXAMPLES = Path(__file__).parent.parent / "config" / "examples"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(init)
    app.command()(check)


def init(
    context: typer.Context,
    json: JsonOption = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are already there.")] = False,
) -> None:
    """Write a commented copsync.toml and .env.example to begin with."""
    with failing_clearly(as_json=json):
        target = Path(context.find_root().params.get("config") or "copsync.toml")
        files = {target: "copsync.toml", target.parent / ".env.example": "env.example"}
        _refuse_overwriting(list(files), force=force)
        for path, name in files.items():
            _write(path, (EXAMPLES / name).read_text(encoding="utf-8"))
        if json:
            print_json({"written": [str(path) for path in files]})
        else:
            out().print(f"Written: {', '.join(str(path) for path in files)}")
            out().print("Next: fill them in (every line says how), copy .env.example to .env, run `copsync check`.")


def _refuse_overwriting(paths: list[Path], *, force: bool) -> None:
    from domain.errors import ConfigProblem

    present = [str(path) for path in paths if path.exists()]
    if present and not force:
        raise ConfigProblem(f"{', '.join(present)} exists already.", mend="Add --force to replace it.")


def _write(path: Path, text: str) -> None:
    from domain.errors import ConfigProblem

    try:
        path.write_text(text, encoding="utf-8")
    except OSError as refused:
        raise ConfigProblem(
            f"{path} cannot be written: {refused.strerror}.", mend="Choose a writable folder."
        ) from None


def check(context: typer.Context, community: CommunityOption = None, json: JsonOption = False) -> None:
    """Load the configuration, reach every connection and space, and name each problem with its mend."""
    with failing_clearly(as_json=json):
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


def _show(found: list[dict[str, Any]], errors: int) -> None:
    marks = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "error": "[red]✗[/]"}
    console = out()
    for one in found:
        console.print(f"{marks[one['level']]} [bold]{one['about']}[/]: ", end="")
        console.print(one["message"], markup=False)
        if one["mend"]:
            console.print(f"    → {one['mend']}", markup=False)
    summary = f"{errors} problems to mend." if errors else "Everything can be reached. Next: `copsync plan`."
    err().print(summary, style="red" if errors else "green")
