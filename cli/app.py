"""The command line; every command's code is imported when it is used."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import (
    agenda,
    announce,
    audience,
    backup,
    conflicts,
    connect,
    digest,
    feed,
    importing,
    key,
    look,
    outbox,
    runs,
    setup,
    stand_ins,
    undo,
)

ORDER = (
    *("init", "check", "connect", "key", "plan", "sync", "status", "history", "show", "conflicts", "undo", "explain"),
    *("import", "export", "backup", "restore", "sandbox", "demo"),
)


class _InOrder(TyperGroup):
    """Lists the commands in the order in which they are met."""

    def list_commands(self, ctx: Any) -> list[str]:
        del ctx
        known = [name for name in ORDER if name in self.commands]
        return known + [name for name in self.commands if name not in ORDER]


app = typer.Typer(
    name="copsync",
    cls=_InOrder,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes and colours would double the time that --help takes
    help="Keep a community of practice in step across the tools its members already use.",
    epilog="""\b
Begin with:
  copsync demo     see it at work, on stand-ins of the tools
  copsync init     write a configuration for your own tools
  copsync check    is everything reachable?
  copsync plan     what would a sync do?
  copsync sync     do it

\b
Exit status:
  0  done, in step
  1  some record or space failed, the rest went through
  2  usage or configuration
  3  a person is needed (held, conflict to decide, connect again)
  4  another run holds the community

Every command has --json: one JSON document on standard output and nothing else there.""",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"copsync {version('copsync')}")
        raise typer.Exit


@app.callback()
def _common(
    config: Annotated[
        str | None,
        typer.Option(
            "--config",
            metavar="PATH",
            envvar="COPSYNC_CONFIG",
            show_envvar=False,
            help="The configuration; else what COPSYNC_CONFIG names, else ./copsync.toml.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    del config, version


setup.register(app)
connect.register(app)
key.register(app)
runs.register(app)
look.register(app)
conflicts.register(app)
undo.register(app)
backup.register(app)
agenda.register(app)
importing.register(app)
feed.register(app)
digest.register(app)
announce.register(app)
audience.register(app)
outbox.register(app)
stand_ins.register(app)
