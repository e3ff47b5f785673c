"""key: make the key that seals the tokens copsync is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import out
from cli.context import JsonOption, print_json

if TYPE_CHECKING:
    from pydantic import SecretStr


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="""\b
Examples:
  copsync key --file copsync.key       then, in copsync.toml: [store] key = { file = "copsync.key" }
  copsync key                          prints it, for the variable of [store] key = { env = "COPSYNC_KEY" }
  copsync key --json | jq -r .key"""
    )(key)


def key(
    json: JsonOption = False,
    file: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write it there, readable by you alone; never replaces a file.")
    ] = None,
) -> None:
    """Make a key that seals the tokens copsync renews.

    Keep it apart from the store: whoever has both can sign in as copsync. docs/secrets.md says how to change it.
    """
    from store.vault import new_key

    fresh = new_key()
    if file is None:
        if json:
            print_json({"key": fresh.get_secret_value()})
        else:
            typer.echo(fresh.get_secret_value())
        return
    _write_private(file, fresh)
    if json:
        print_json({"written": [str(file)]})
        return
    console = out()
    console.print(f"Written: {file}, readable by you alone.", markup=False)
    console.print(f'Next: key = {{ file = "{file}" }} under [store] in copsync.toml.', markup=False)


def _write_private(file: Path, secret: SecretStr) -> None:
    import os

    from domain.errors import ConfigProblem

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secret.get_secret_value() + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise ConfigProblem(
            f"{file} exists already; nothing was written, for it may be the key of a store.",
            mend="Name another file. To change the key, put the new one before the old one, separated by a comma.",
        ) from None
    except OSError as refused:
        raise ConfigProblem(
            f"{file} cannot be written: {refused.strerror}.", mend="Choose a folder that exists and can be written."
        ) from None
