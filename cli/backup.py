"""backup and restore."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import err, out
from cli.context import JsonOption, configuration_of, now, print_json, store_of
from cli.words import count, line

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from config.loader import Configuration
    from store.backup import Contents

NEXT = "Run `copsync plan`: it compares everything anew and shows what a sync would do."


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(
        epilog="""\b
Examples:
  copsync backup copsync-2026-11-28.db
  copsync backup --force /var/backups/copsync.db     (every night, over the one before)

Runs may go on meanwhile. The copy is checked before it gets its name, and only you can read it. Keep the store's key
(`copsync key`) elsewhere. A PostgreSQL store is backed up by pg_dump."""
    )(backup)
    app.command(
        epilog="""\b
Examples:
  copsync restore copsync-2026-11-28.db
  copsync restore --yes copsync-2026-11-28.db        (asks nothing)
  copsync restore --forget-bases                     (PostgreSQL: after pg_restore, before anything else)

The tools are not touched. The next run compares what they hold with what the backup knows, as at first contact: where
values differ the losing ones are kept as conflicts, and nothing is deleted without a person's word.
The store that was there is kept beside the new one."""
    )(restore)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to put the copy.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    json: JsonOption = False,
) -> None:
    """Copy the store into a file, also while a run is writing."""
    from store.backup import back_up

    store = _file_of(configuration_of(context))
    with _progress() as progress:
        found = back_up(store, file, progress, replace=force)
    if json:
        print_json({"backup": str(file), **_json(found)})
        return
    out().print(f"[green]✓[/] {line(file)}: {_words(found)}.")


def restore(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A backup made by `copsync backup`.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    forget_bases: Annotated[
        bool,
        typer.Option("--forget-bases", help="Restore nothing, but let the present store compare everything anew."),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Put a backup in the place of the store."""
    from domain.errors import ConfigProblem

    configuration = configuration_of(context)
    if (file is None) is not forget_bases:
        raise ConfigProblem(
            "Say what to do: name a backup, or use --forget-bases after another tool restored the store.",
            mend="`copsync restore FILE`, or `copsync restore --forget-bases`.",
        )
    if file is None:
        _forget(configuration, yes=yes, as_json=json)
    else:
        _restore(configuration, file, yes=yes, as_json=json)


def _restore(configuration: Configuration, file: Path, *, yes: bool, as_json: bool) -> None:
    from store.restore import prepared, put_in_place

    store = _file_of(configuration)
    with prepared(store, file) as found:
        _ask(f"Replace the store {store} by {file} ({_words(found.contents)})?", yes=yes, as_json=as_json)
        kept = put_in_place(found, store, now())
    if as_json:
        print_json({"restored": str(file), "kept": str(kept) if kept else None, **_json(found.contents)})
        return
    out().print(f"[green]✓[/] {line(file)} is the store now: {_words(found.contents)}.")
    if kept:
        out().print(f"  The store that was there is kept as {line(kept)}.")
    out().print(f"  {NEXT}")


def _forget(configuration: Configuration, *, yes: bool, as_json: bool) -> None:
    from store.database import transaction
    from store.forget import counts, forget_bases
    from store.restore import must_be_free

    with store_of(configuration) as store:
        _ask("Forget what the tools last agreed on, and compare everything anew?", yes=yes, as_json=as_json)
        with transaction(store.engine) as connection:
            moment = now()
            must_be_free(connection, moment)
            forget_bases(connection, moment)
            records, communities = counts(connection)
    if as_json:
        print_json({"forgotten": True, "records": records, "communities": communities})
        return
    told = f"{count(records, 'record')} of {count(communities, 'community', 'communities')}"
    out().print(f"[green]✓[/] The next run compares {told} anew. {NEXT}")


def _ask(question: str, *, yes: bool, as_json: bool) -> None:
    """Ask a person; where nobody can answer, --yes has to say so."""
    from domain.errors import ConfigProblem

    if yes:
        return
    if as_json or not sys.stdin.isatty():
        raise ConfigProblem("Nobody is there to confirm this.", mend="Add --yes.")
    if not typer.confirm(question, err=True):
        raise ConfigProblem("Nothing was changed.", mend="Run the command again when you want it.")


def _file_of(configuration: Configuration) -> Path:
    from domain.errors import ConfigProblem
    from store.backup import embedded_file

    try:
        return embedded_file(_url_of(configuration))
    except ConfigProblem as wrong:
        raise configuration.problem(("store", "url"), wrong.message, wrong.mend) from None


def _url_of(configuration: Configuration) -> URL:
    from store.database import resolve

    return resolve(configuration.settings.store.url, configuration.folder)


def _json(found: Contents) -> dict[str, object]:
    return {"bytes": found.size, "records": found.records, "communities": found.communities}


def _words(found: Contents) -> str:
    records, communities = count(found.records, "record"), count(found.communities, "community", "communities")
    return f"{records} of {communities}, {found.size / 2**20:.1f} MiB"


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Show a bar to whoever watches."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.progress import Progress

    with Progress(console=err(), transient=True) as bar:
        task = bar.add_task("copying", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
