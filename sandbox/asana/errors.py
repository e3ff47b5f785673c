"""Refusals in Asana's own form, so that a client meets the same body and status as at the real service.

The body is ``{"errors": [{"message", "help"}]}`` (Asana: Errors). The wording follows what Asana's reference
and public reports quote; clients should go by the status.
"""

from typing import Any

HELP = (
    "For more information on API status codes and how to handle them, "
    "read the docs on errors: https://developers.asana.com/docs/errors"
)


class RefusedError(Exception):
    """A request that Asana refuses.

    Attributes:
        status: HTTP status of the answer.
        message: what is wrong, in the answer's body.
        beside: what stands beside ``errors`` in the body.
        retry_after: seconds for the ``Retry-After`` header, if any.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        beside: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.beside = beside or {}
        self.retry_after = retry_after

    def body(self) -> dict[str, Any]:
        """Return the JSON document of the answer."""
        # Asana documents an expired sync token as the one error without a "help".
        about = {} if self.status == 412 else {"help": HELP}
        return {"errors": [{"message": self.message, **about}], **self.beside}


def invalid(message: str) -> RefusedError:
    """Return the refusal of a malformed or impossible request (400)."""
    return RefusedError(400, message)


def missing(field: str) -> RefusedError:
    """Return the refusal of a request that leaves out what it must contain (400)."""
    return invalid(f"{field}: Missing input")


def unknown(field: str, gid: str, *, status: int) -> RefusedError:
    """Return the refusal of an id that names nothing: 404 in a path or query, 400 in a body."""
    return RefusedError(status, f"{field}: Unknown object: {gid}")


def unserved(field: str) -> RefusedError:
    """Return the refusal of something that Asana has and this stand-in does not imitate (400)."""
    return invalid(f"{field}: This stand-in of Asana does not serve this property; leave it out.")


def forbidden(message: str) -> RefusedError:
    """Return the refusal of something the token's user may not do (403)."""
    return RefusedError(403, message)
