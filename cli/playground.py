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
from store.vault import new_key

PORTS = {"asana": 8801, "basecamp": 8802, "microsoft365": 8803, "linkedin": 8804, "workflows": 8805}
KEY = "copsync.key"
SERVICE_USER = "m365-user"
"""The connection that a person signs in before anything can be said in Teams."""


def write_settings(folder: Path, world: World, calendars: CalendarServer | None = None) -> Path:
    """Write copsync.toml and, readable by you alone, .env and a key; return the configuration's path."""
    path = folder / "copsync.toml"
    more = (calendars.config_toml() if calendars else "") + world.channels_toml()
    path.write_text(world.config_toml("sqlite:///copsync.db", key=KEY) + more, encoding="utf-8")
    _write_private(folder / KEY, new_key().get_secret_value() + "\n")
    lines = (f"{name}={value}\n" for name, value in _secrets(world, calendars).items())
    _write_private(folder / ".env", "".join(lines))
    return path


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


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
    present = [name for name in ("copsync.toml", ".env", KEY) if (folder / name).exists()]
    if present:
        raise ConfigProblem(
            f"{folder.absolute()} holds {' and '.join(present)} already.", mend="Choose an empty --folder."
        )
    if not os.access(folder, os.W_OK):
        raise ConfigProblem(f"{folder.absolute()} cannot be written.", mend="Choose another --folder.")


def _announce(world: World, path: Path, *, as_json: bool) -> None:
    person = {tool: world.token(tool, next(iter(world.tokens.people[tool]))) for tool in ("asana", "microsoft365")}
    sign_in = {"connection": SERVICE_USER, "page": world.sign_in_page(), "as": world.community.integration}
    if as_json:
        talk = {"sign_in": sign_in, "channel": world.channel_url(), "group": world.group_page()}
        print_json({"urls": dict(world.urls), "config": str(path), "person": person, **talk})
        return
    console = out()
    for tool, url in world.urls.items():
        console.print(f"  {tool:<13} {url}")
    console.print(f"Written: {path}, and .env and {KEY} beside it. In another terminal:")
    _show(f"copsync --config {path} plan")
    _show(f"copsync --config {path} sync")
    console.print("Let copsync into Teams once, then say what is new; at LinkedIn a moderator posts:")
    _show(f"copsync --config {path} connect {SERVICE_USER}", f"enter the code there, as {sign_in['as']}")
    _show(f"copsync --config {path} announce send")
    _show(f"copsync --config {path} outbox tend", "then: outbox, outbox hand-out, outbox claim")
    console.print("Act as a person, for example to see a task, and what was said in Teams:")
    task = f"{world.urls['asana']}/projects/{world.places.asana_project}/tasks?opt_fields=name,due_on"
    _show(f"curl -H 'Authorization: Bearer {person['asana']}' '{task}'")
    _show(f"curl -H 'Authorization: Bearer {person['microsoft365']}' '{world.channel_url()}'")
    console.print(f"Post in the LinkedIn group, and copy the link of the post: {world.group_page()}")
    err().print("Ctrl-C stops the stand-ins; what they hold is then gone.", style="dim")


def _show(command: str, why: str = "") -> None:
    out().print(f"  {command}{f'   # {why}' if why else ''}", markup=False, soft_wrap=True)
