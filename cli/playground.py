"""The stand-ins on this machine, with a configuration that fits them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cli.console import err, out
from cli.context import print_json
from config.loader import Configuration, load
from domain.errors import ConfigProblem
from sandbox.caldav import CalendarServer
from sandbox.server import PortTakenError, stop_signals
from sandbox.world import World

PORTS = {"asana": 8801, "basecamp": 8802, "microsoft365": 8803}


def write_settings(folder: Path, world: World, calendars: CalendarServer | None = None) -> Path:
    """Write copsync.toml and a private .env that fit the stand-ins; return the configuration's path."""
    path = folder / "copsync.toml"
    more = calendars.config_toml() if calendars else ""
    path.write_text(world.config_toml("sqlite:///copsync.db") + more, encoding="utf-8")
    secrets = folder / ".env"
    secrets.touch(mode=0o600)
    lines = (f"{name}={value}\n" for name, value in _secrets(world, calendars).items())
    secrets.write_text("".join(lines), encoding="utf-8")
    return path


@contextmanager
def temporary_settings(world: World, calendars: CalendarServer | None = None) -> Iterator[Configuration]:
    """Give a configuration in a folder that is gone afterwards; with a calendar on a CalDAV server if there is one."""
    with TemporaryDirectory(prefix="copsync-demo-") as folder:
        path = write_settings(Path(folder), world, calendars)
        yield _without_environment(load(path), _secrets(world, calendars))


def _secrets(world: World, calendars: CalendarServer | None) -> dict[str, str]:
    return world.env() | (calendars.env() if calendars else {})


def _without_environment(configuration: Configuration, env: Mapping[str, str]) -> Configuration:
    """Let the stand-ins' own tokens go before real ones that happen to be set."""
    environment = {**configuration.environment, **env}
    return Configuration(configuration.settings, configuration.path, configuration.text, environment)


def run_sandbox(folder: Path, *, as_json: bool) -> None:
    """Run the stand-ins until Ctrl-C.

    Raises:
        ConfigProblem: files are in the way, or a port is taken.
    """
    _refuse_overwriting(folder)
    try:
        with World.start(ports=PORTS) as world, stop_signals() as asked:
            path = write_settings(folder, world)
            _announce(world, path, as_json=as_json)
            asked.wait()
    except PortTakenError as taken:
        raise ConfigProblem(f"The stand-ins cannot start: {taken}.", mend="Stop the other sandbox first.") from None


def _refuse_overwriting(folder: Path) -> None:
    present = [name for name in ("copsync.toml", ".env") if (folder / name).exists()]
    if present:
        names = " and ".join(present)
        raise ConfigProblem(f"{names} exists already in {folder.absolute()}.", mend="Choose an empty --folder.")
    if not os.access(folder, os.W_OK):
        raise ConfigProblem(f"{folder.absolute()} cannot be written.", mend="Choose another --folder.")


def _announce(world: World, path: Path, *, as_json: bool) -> None:
    person = next(iter(world.tokens.people["asana"]))
    if as_json:
        print_json({"urls": dict(world.urls), "config": str(path), "person": {"asana": world.token("asana", person)}})
        return
    console = out()
    for tool, url in world.urls.items():
        console.print(f"  {tool:<13} {url}")
    console.print(f"Written: {path} and .env beside it. In another terminal:")
    console.print(f"  copsync --config {path} plan", markup=False)
    console.print(f"  copsync --config {path} sync", markup=False)
    console.print("Act as a person, for example to see a task:")
    console.print(
        f"  curl -H 'Authorization: Bearer {world.token('asana', person)}' "
        f"'{world.urls['asana']}/projects/{world.places.asana_project}/tasks?opt_fields=name,due_on'",
        markup=False,
        soft_wrap=True,
    )
    err().print("Ctrl-C stops the stand-ins; what they hold is then gone.", style="dim")
