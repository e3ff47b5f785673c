"""The errors of copsync, told by what to do about them: the class is the decision, the text is for a person.

Every error carries the message (what happened) and the mend (what to do next); ``str()`` shows both.
All of them survive pickling and copying, so they may cross threads and processes::

    CopsyncError
     ├── ConfigProblem   tell the admin which setting to mend
     ├── ConnectAgain    stop the connection until somebody signs in again
     ├── Retriable       nothing was changed; the next run tries again
     │    └── Unreachable    nothing answers there, or not the tool; a person should have a look
     ├── Uncertain       a write may have happened; look before writing again
     ├── SetAside        go on without this record
     ├── Paused          go on without this space
     ├── Stale           read again and decide anew
     ├── StoreProblem    stop the run; the store cannot be trusted to remember
     └── Locked          leave; another run holds the community
"""

# ruff: noqa: N818 - the classes are named after what to do, not after being errors

from __future__ import annotations

from datetime import datetime
from typing import Any


class CopsyncError(Exception):
    """Anything copsync could not do, with the next step for a person. Callers catch the subclasses.

    Args:
        message: what happened, in words an admin understands; holds no secret.
        mend: what to do next.
    """

    def __init__(self, message: str, *, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{_sentence(self.message)} {self.mend}" if self.mend else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _revive, (type(self), self.args, self.__dict__)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", ":", "…", '"', "”")) else f"{text}."


def _revive(kind: type[CopsyncError], args: tuple[Any, ...], state: dict[str, Any]) -> CopsyncError:
    """Rebuild an error without calling its constructor, whose arguments differ from class to class."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigProblem(CopsyncError):
    """A setting, address or permission is wrong. The caller shows it to the admin and does not try again.

    Args:
        message: what is wrong.
        mend: which setting to change, and to what.
        where: the place to look at, such as ``copsync.toml:12`` or ``connections.asana.base_url``.
    """

    def __init__(self, message: str, *, mend: str, where: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.where = where

    def __str__(self) -> str:
        text = super().__str__()
        return f"{self.where}: {text}" if self.where else text


class ConnectAgain(CopsyncError):
    """The tool no longer accepts the credentials. The caller stops the whole connection until a person renews them."""

    def __init__(
        self,
        message: str,
        *,
        mend: str = "Make a new token (or sign in again), put it where the connection's settings point to, "
        "and run `copsync check`.",
    ) -> None:
        super().__init__(message, mend=mend)


class Retriable(CopsyncError):
    """Passing trouble outlived the retries, and nothing was changed. The caller leaves the rest to the next run.

    Args:
        message: what the trouble was.
        mend: what to do if it stays.
        retry_after: seconds after which the tool asked to be tried again, or None if it did not say.
    """

    def __init__(
        self,
        message: str,
        *,
        mend: str = "Nothing is lost: the next run tries again.",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, mend=mend)
        self.retry_after = retry_after


class Unreachable(Retriable):
    """Nothing answers at the tool's address, or something that is not the tool.

    It may pass by itself, or the address is wrong: the caller leaves the space alone for this run, and a person
    should have a look.
    """


class Uncertain(CopsyncError):
    """A write left and no answer says whether it was carried out.

    The caller never sends it again on its own: it reads the remote (or looks for the one that was to be created)
    and takes what it finds as the outcome.
    """

    def __init__(
        self, message: str, *, mend: str = "Nothing to do by hand: copsync looks it up before it writes again."
    ) -> None:
        super().__init__(message, mend=mend)


class SetAside(CopsyncError):
    """This one record cannot be read or written. The caller puts it aside with the reason and goes on with the others.

    Args:
        message: what was refused.
        mend: what to correct in the record.
        words: what the tool itself said, if it did.
    """

    def __init__(self, message: str, *, mend: str, words: str | None = None) -> None:
        super().__init__(message, mend=mend)
        self.words = words

    def __str__(self) -> str:
        said = f' The tool says: "{self.words}"' if self.words else ""
        return super().__str__() + said


class Paused(CopsyncError):
    """This space cannot be used: access is lost, or it is archived or gone.

    The caller reads and writes nothing there and deletes nothing on its account; the other spaces go on.
    """


class Stale(CopsyncError):
    """The remote moved since it was read, and nothing was written. The caller reads it again and decides anew."""

    def __init__(
        self, message: str, *, mend: str = "Nothing to do by hand: the next run takes the newer value into account."
    ) -> None:
        super().__init__(message, mend=mend)


class StoreProblem(CopsyncError):
    """The store cannot be read or written. The caller stops the run before it sends anything it could not remember."""


class Locked(CopsyncError):
    """Another run holds the community. The caller leaves without having touched anything (exit status 4).

    Args:
        holder: which run, and where it runs.
        since: when it took the community; an aware datetime.
    """

    def __init__(self, holder: str, since: datetime) -> None:
        super().__init__(
            f"Another run holds this community: {holder}, since {since.isoformat(timespec='seconds')}.",
            mend="Wait until it has ended; `copsync status` shows it.",
        )
        self.holder = holder
        self.since = since
