"""sandbox and demo: everything on stand-ins of the tools, on this machine alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.context import JsonOption, failing_clearly


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(sandbox)
    app.command()(demo)


def sandbox(
    folder: Annotated[Path, typer.Option(help="Where to write the configuration that fits the stand-ins.")] = Path(),
    json: JsonOption = False,
) -> None:
    """Run stand-ins of the tools with a sample community until Ctrl-C, and write a configuration for them."""
    with failing_clearly(as_json=json):
        from cli.playground import run_sandbox

        run_sandbox(folder, as_json=json)


def demo(json: JsonOption = False) -> None:
    """Watch one community being brought into step across three tools."""
    with failing_clearly(as_json=json):
        from cli.demo import run_demo

        run_demo(as_json=json)
