"""sandbox and demo: everything on stand-ins of the tools, on this machine alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.context import JsonOption


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="""\b
Examples:
  copsync sandbox --folder /tmp/try
  copsync --config /tmp/try/copsync.toml sync      (in another terminal)"""
    )(sandbox)
    app.command(
        epilog="""\b
Examples:
  copsync demo
  copsync demo --json | jq .in_step"""
    )(demo)


def sandbox(
    folder: Annotated[Path, typer.Option(help="Where to write the configuration that fits the stand-ins.")] = Path(),
    json: JsonOption = False,
) -> None:
    """Run stand-ins of the tools until Ctrl-C, to try things out.

    They hold a sample community, a channel in Teams and a LinkedIn group; a configuration that fits them is written.
    """
    from cli.playground import run_sandbox

    run_sandbox(folder, as_json=json)


def demo(json: JsonOption = False) -> None:
    """Watch one community being brought into step across its tools.

    Asana, Basecamp, Microsoft 365 and LinkedIn are stand-ins on this machine; where Radicale is installed, it keeps a
    CalDAV calendar beside them. Channels in Teams and a LinkedIn group hear of what is new; the weekly digest stays in
    a folder that is named.
    """
    from cli.demo import run_demo

    run_demo(as_json=json)
