"""Refusals in the shape Microsoft Graph gives them."""

from collections.abc import Mapping
from typing import Any


class GraphError(Exception):
    """A refusal that becomes Graph's error body.

    Args:
        status: HTTP status.
        code: Graph's error code, the part clients decide by.
        message: text for people.
        headers: further answer headers (Retry-After, Location, …).
        extra: further members of the ``error`` object.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def invalid(message: str, code: str = "ErrorInvalidRequest") -> GraphError:
    """Return a 400; Exchange's catch-all code unless told otherwise."""
    return GraphError(400, code, message)


def unreadable(message: str) -> GraphError:
    """Return the 400 for a body whose properties or types do not fit the resource."""
    return invalid(message, "RequestBodyRead")


def failed_validation(reason: str) -> GraphError:
    """Return Exchange's 400 for values that are well formed but do not go together.

    The service never says which property it means; the stand-in does, to spare people the search.
    """
    return invalid(f"At least one property failed validation: {reason}", "ErrorPropertyValidationFailure")


def not_found() -> GraphError:
    """Return the 404 for an item or folder that is not, or no longer, there."""
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")
