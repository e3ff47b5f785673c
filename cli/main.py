"""The command line; every command's code is imported when it is used."""

from __future__ import annotations

from typing import Annotated

import typer

from cli import look, runs, setup, stand_ins

app = typer.Typer(
    name="copsync",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Keep a community of practice in step across the tools its members already use.",
    epilog="Begin with `copsync demo`, then `copsync init`. Exit status: 0 in step, 1 something failed, "
    "2 usage or configuration, 3 a person is needed, 4 another run holds the community.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"copsync {version('copsync')}")
        raise typer.Exit


@app.callback()
def _common(
    config: Annotated[
        str | None, typer.Option("--config", metavar="PATH", help="The configuration; ./copsync.toml by default.")
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del config, version


setup.register(app)
runs.register(app)
look.register(app)
stand_ins.register(app)


def main() -> None:
    """Run the command."""
    app()


if __name__ == "__main__":
    main()
