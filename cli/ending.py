"""How a command ends, whatever happens: with a message, its mend and an exit status, as JSON if asked for."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from cli.answers import Answers
from cli.exits import DONE, FAILED, LOCKED, PERSON_NEEDED, USAGE
from cli.words import plain

if TYPE_CHECKING:
    from domain.errors import CopsyncError

DEBUG = "COPSYNC_DEBUG"

_SIGNALLED = 128
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO})
_LOST = "Nothing is lost: what was sent is in the journal, and the next run looks up what was under way."


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit status; nothing is raised, whatever happens."""
    as_json = "--json" in _before_dashes(arguments)
    Answers.given = False
    with _stoppable() as stopped:
        try:
            _be_ready()
            status = _command(arguments)
            sys.stdout.flush()
        except KeyboardInterrupt:
            return _interrupted(stopped, as_json=as_json)
        except Exception as error:  # noqa: BLE001 - this is where every error ends, with words and a status
            return _ended(error, as_json=as_json)
    return status


def _before_dashes(arguments: Sequence[str]) -> Sequence[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments


def _command(arguments: Sequence[str]) -> int:
    """Run without Typer's own ending, which knows nothing of JSON."""
    import typer
    from typer.main import get_command

    from cli.app import app

    try:
        command = get_command(app)
        if not arguments:
            typer.echo(command.get_help(typer.Context(command, info_name="copsync")), err=True)
            return USAGE
        with command.make_context("copsync", list(arguments)) as context:
            context.command.invoke(context)
    except typer.Exit as leaving:
        return leaving.exit_code
    return DONE


def _be_ready() -> None:
    """Let no character stop an answer, and keep the libraries' logs for those who ask for them."""
    import logging

    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - a stream from now on
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if os.environ.get(DEBUG):
        from connectors.http.redact import RedactSecrets

        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stderr)
        for handler in logging.getLogger().handlers:
            handler.addFilter(RedactSecrets())
    else:
        logging.getLogger().addHandler(logging.NullHandler())


class _Stopped:
    """Which signal asked the command to stop."""

    number: int = signal.SIGINT


@contextmanager
def _stoppable() -> Iterator[_Stopped]:
    """Let SIGTERM stop the command in the same orderly way as Ctrl-C."""
    stopped = _Stopped()

    def terminate(number: int, frame: FrameType | None) -> None:
        stopped.number = number
        interrupt = signal.getsignal(signal.SIGINT)
        if not callable(interrupt):  # Ctrl-C is switched off, as for jobs in the background of a script
            raise KeyboardInterrupt
        interrupt(number, frame)

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupted(stopped: _Stopped, *, as_json: bool) -> int:
    """Say so, and leave at once: a thread that still waits for a tool must not keep anybody waiting."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    status = _SIGNALLED + stopped.number
    _tell("Stopped.", _LOST, as_json=as_json)
    _flush()
    os._exit(status)


def _ended(error: Exception, *, as_json: bool) -> int:
    error = _innermost(error)
    if isinstance(error, BrokenPipeError):
        _flush()
        return _SIGNALLED + signal.SIGPIPE
    status, told = _meaning(error)
    _tell(told["message"], told["mend"], told["where"], as_json=as_json, usage=told.get("usage"))
    if status == FAILED and os.environ.get(DEBUG):
        _show_details(error)
    _flush()
    return status


def _innermost(error: Exception) -> Exception:
    """Return the error of copsync's own inside of a group, if there is one."""
    from domain.errors import CopsyncError

    if not isinstance(error, ExceptionGroup):
        return error
    inside: Exception = error.subgroup(CopsyncError) or error
    while isinstance(inside, ExceptionGroup):
        inside = inside.exceptions[0]
    return inside


def _meaning(error: Exception) -> tuple[int, Mapping[str, Any]]:
    from domain.errors import CopsyncError

    if isinstance(error, CopsyncError):
        told = {"message": error.message, "mend": error.mend, "where": getattr(error, "where", None)}
        return _status_of(error), told
    if hasattr(error, "format_message"):  # Typer's usage errors; their classes are not public
        return USAGE, _usage(error)
    if isinstance(error, OSError) and error.errno in _DISK:
        mend = f"Free some space or choose another place, then run the command again. {_LOST}"
        return USAGE, {"message": f"Writing failed: {error.strerror}.", "mend": mend, "where": None}
    place = _place_of(error)
    mend = f"Please report this line; {DEBUG}=1 shows the details. {_LOST}"
    message = f"copsync made a mistake of its own ({type(error).__name__} in {place})."
    return FAILED, {"message": message, "mend": mend, "where": None}


def _status_of(error: CopsyncError) -> int:
    from domain.errors import ConfigProblem, ConnectAgain, Locked, Paused, StoreProblem

    if isinstance(error, Locked):
        return LOCKED
    if isinstance(error, ConnectAgain | Paused):
        return PERSON_NEEDED
    return USAGE if isinstance(error, ConfigProblem | StoreProblem) else FAILED


def _usage(error: Any) -> Mapping[str, Any]:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "copsync"
    usage = context.get_usage() if context else None
    message = str(error.format_message())
    if "--json" in message:
        return {"message": message, "mend": f"Write --json after the command; `{path} --help`.", "where": None}
    return {"message": message, "mend": f"`{path} --help` shows what there is.", "where": None, "usage": usage}


def _place_of(error: Exception) -> str:
    """Return the innermost line of copsync's own code, or of all if there is none."""
    trace, found = error.__traceback__, "an unknown place"
    rooms = {"cli", "config", "connectors", "domain", "flows", "sandbox", "store", "sync", "web"}
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] in rooms:
            found = f"{name}, line {trace.tb_lineno}"
        trace = trace.tb_next
    return found


def _tell(message: str, mend: str, where: str | None = None, *, as_json: bool, usage: str | None = None) -> None:
    from cli.console import err
    from cli.context import print_json

    if as_json and not Answers.given:
        print_json({"error": {"message": message, "mend": mend, "where": where}})
    if usage and not as_json:
        err().print(plain(usage), markup=False)
    text = f"{where}: {message}" if where else message
    console = err()
    console.print(plain(f"copsync: {text}"), style="red", markup=False, soft_wrap=True)
    if mend:
        console.print(plain(f"→ {mend}"), markup=False, soft_wrap=True)


def _show_details(error: Exception) -> None:
    import traceback

    from connectors.http.redact import scrub

    sys.stderr.write(scrub("".join(traceback.format_exception(error))))


def _flush() -> None:
    """Write out what is left; where nobody reads any more, let the rest fall without a second complaint."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
