"""Runs a web server in the foreground: that of the feeds, or of another page."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

from cli.console import err
from domain.errors import ConfigProblem

FEEDS = "web.feeds:app"
GRACE_S = 5
LOCAL = ("127.0.0.1", "::1", "localhost")


def answer(config: Path, host: str, port: int, app: str, tell: Callable[[str], None]) -> None:
    """Listen, `tell` the address (http://HOST:PORT), warn where others can reach it, and serve until Ctrl-C.

    Raises:
        ConfigProblem: the port is taken, or the address is none of this machine.
    """
    os.environ["COPSYNC_CONFIG"] = str(config.absolute())
    listener = listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    tell(f"http://{shown}:{listener.getsockname()[1]}")
    if host not in LOCAL:
        err().print("Others can reach this address: let only a proxy that speaks HTTPS do so.", style="yellow")
    run(listener, app)


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections already.

    Raises:
        ConfigProblem: the port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP: asyncio turns Nagle's delay off only for sockets that say so.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as taken:
        listener.close()
        raise ConfigProblem(
            f"{host}, port {port}, cannot be listened on: {taken.strerror}.",
            mend="Choose another --port (0 takes a free one), or stop the program that uses it.",
        ) from None
    return listener


def run(listener: socket.socket, app: str) -> None:
    """Serve until Ctrl-C or SIGTERM; requests under way are answered first. No log line holds a token."""
    import uvicorn

    settings = uvicorn.Config(
        app,
        access_log=False,
        log_level="warning",
        server_header=False,
        lifespan="on",
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=16_384,
    )
    try:
        uvicorn.Server(settings).run(sockets=[listener])
    except KeyboardInterrupt:
        return  # asked to stop, and stopped
    finally:
        listener.close()
