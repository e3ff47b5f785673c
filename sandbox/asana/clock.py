"""Days and moments in Asana's spelling, read strictly and written the way Asana writes them.

Dates are ``YYYY-MM-DD``; times are ISO 8601 with a zone and come back in UTC with milliseconds
(Asana: Dates and times).
"""

import re
from datetime import UTC, date, datetime

from sandbox.asana.errors import invalid

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})")


def to_milliseconds(moment: datetime) -> datetime:
    """Return the moment in UTC, cut to the precision that Asana keeps."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def spelled(moment: datetime | None) -> str | None:
    """Write a moment as Asana does: ``2026-11-21T09:30:00.000Z``."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def read_day(field: str, value: object) -> date | None:
    """Read a date field of a request; null stays None.

    Raises:
        RefusedError: the value is no date of the calendar in ``YYYY-MM-DD``.
    """
    if value is None:
        return None
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise _no_day(field, value) from error
    raise _no_day(field, value)


def read_moment(field: str, value: object) -> datetime | None:
    """Read a time field of a request as UTC; null stays None.

    Raises:
        RefusedError: the value is no ISO 8601 time with a zone (a naive time would be a guess).
    """
    if value is None:
        return None
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        try:
            return to_milliseconds(datetime.fromisoformat(value))
        except (ValueError, OverflowError) as error:
            raise _no_moment(field, value) from error
    raise _no_moment(field, value)


def _no_day(field: str, value: object) -> Exception:
    return invalid(f"{field}: Date must be in ISO-8601 (yyyy-mm-dd) format, not: {value}")


def _no_moment(field: str, value: object) -> Exception:
    return invalid(f"{field}: Time must be in ISO-8601 (yyyy-mm-ddThh:mm:ssZ) format, not: {value}")
