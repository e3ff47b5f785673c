"""OData query options, as far as Outlook's calendar endpoints take them; the rest is refused."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote, urlencode

from sandbox.microsoft365.errors import GraphError, invalid
from sandbox.microsoft365.filters import Getter, Predicate, predicate, split_outside
from sandbox.microsoft365.schema import property_id

Row = TypeVar("Row")

_KNOWN = {"$select", "$expand", "$filter", "$orderby", "$top", "$skip", "$skiptoken", "$count"}
_EXPAND = re.compile(r"(\w+)(?:\((.*)\))?")
_ID_CLAUSE = re.compile(r"id eq '([^']+)'")
_DEFAULT_PAGE = 10
_LARGEST_PAGE = 1000


@dataclass(frozen=True)
class Expansion:
    """What ``$expand`` asks for.

    Attributes:
        property_ids: extended properties to add.
        exceptions: whether to add the edited occurrences of a master.
        exception_select: properties of those, or None for all.
    """

    property_ids: frozenset[str] = frozenset()
    exceptions: bool = False
    exception_select: frozenset[str] | None = None


@dataclass(frozen=True)
class Query(Generic[Row]):
    """The query options of one request for rows of one kind."""

    select: frozenset[str] | None
    expand: Expansion
    keep: Predicate[Row]
    order: tuple[tuple[Getter[Row], bool], ...]
    top: int
    skip: int
    count: bool
    sent: tuple[tuple[str, str], ...] = field(default=())

    def page(self, rows: Iterable[Row]) -> tuple[list[Row], int, str | None]:
        """Return the rows of this page, the number of all that fit, and the next page's query string."""
        fitting = [row for row in rows if self.keep(row)]
        for getter, descending in reversed(self.order):
            fitting.sort(key=getter, reverse=descending)
        end = self.skip + self.top
        return fitting[self.skip : end], len(fitting), self._following(end) if end < len(fitting) else None

    def _following(self, skip: int) -> str:
        kept = [(name, value) for name, value in self.sent if name not in ("$skip", "$skiptoken")]
        token = urlsafe_b64encode(f"skip:{skip}".encode()).decode()
        return query_string([*kept, ("$skiptoken", token)])


def query_string(pairs: Iterable[tuple[str, str]]) -> str:
    """Return an encoded query string whose option names keep their dollar sign."""
    return urlencode(list(pairs), quote_via=quote, safe="$")


class QueryReader(Generic[Row]):
    """Reads the query options that one kind of resource takes.

    Args:
        type_name: name of the resource type, for refusals.
        properties: names that ``$select`` takes.
        getters: values by which rows are filtered and ordered.
        extended: how to get an extended property of a row, if it can have any.
    """

    def __init__(
        self,
        type_name: str,
        properties: Iterable[str],
        getters: Mapping[str, Getter[Row]],
        extended: Callable[[Row, str], str | None] | None = None,
    ) -> None:
        self._type_name = type_name
        self._properties = frozenset(properties)
        self._getters = getters
        self._extended = extended

    def read(self, sent: Iterable[tuple[str, str]], *, page_size: int | None) -> Query[Row]:
        """Read the options of a request.

        Args:
            sent: names and decoded values of the query string.
            page_size: what ``Prefer: odata.maxpagesize`` asks for.

        Raises:
            GraphError: 400 for an option or a value that is not taken.
        """
        pairs = tuple(sent)
        options = {name: value for name, value in pairs if name.startswith("$")}
        unknown = next((name for name in options if name not in _KNOWN), None)
        if unknown:
            raise invalid(f"The query option '{unknown}' is not taken here.", "ErrorInvalidUrlQuery")
        return Query(
            select=self.select(options.get("$select")),
            expand=self.expand(options.get("$expand")),
            keep=predicate(options.get("$filter"), self._getters, self._extended),
            order=self._order(options.get("$orderby")),
            top=_top(options.get("$top"), page_size),
            skip=_skip(options),
            count=_flag(options.get("$count", "false")),
            sent=pairs,
        )

    def select(self, text: str | None) -> frozenset[str] | None:
        """Read ``$select``; None selects everything."""
        if text is None:
            return None
        names = frozenset(name.strip() for name in text.split(","))
        for name in sorted(names - self._properties):
            message = f"Could not find a property named '{name}' on type '{self._type_name}'."
            raise invalid(message, "RequestBroker--ParseUri")
        return names

    def expand(self, text: str | None) -> Expansion:
        """Read ``$expand``: extended properties by id, and the edited occurrences of a master."""
        ids: set[str] = set()
        exceptions, selected = False, None
        for part in split_outside(text, ",") if text else ():
            match = _EXPAND.fullmatch(part.strip())
            if match and match[1] == "singleValueExtendedProperties" and self._extended:
                ids |= _expanded_ids(match[2] or "")
            elif match and match[1] == "exceptionOccurrences" and self._extended:
                exceptions, selected = True, self._nested_select(match[2])
            else:
                raise invalid(f"'{part}' cannot be expanded here.", "ErrorInvalidUrlQuery")
        return Expansion(frozenset(ids), exceptions, selected)

    def _nested_select(self, options: str | None) -> frozenset[str] | None:
        if not options:
            return None
        name, _, value = options.partition("=")
        if name != "$select":
            raise invalid(f"'{name}' cannot be used inside $expand here.", "ErrorInvalidUrlQuery")
        return self.select(value)

    def _order(self, text: str | None) -> tuple[tuple[Getter[Row], bool], ...]:
        found = []
        for part in text.split(",") if text else ():
            name, _, direction = part.strip().partition(" ")
            if name not in self._getters or direction.lower() not in ("", "asc", "desc"):
                raise invalid(f"'{part.strip()}' is no order that is taken here.", "ErrorInvalidUrlQuery")
            found.append((self._getters[name], direction.lower() == "desc"))
        return tuple(found)


def _expanded_ids(options: str) -> set[str]:
    name, _, condition = options.partition("=")
    clauses = [_ID_CLAUSE.fullmatch(clause.strip()) for clause in condition.split(" or ")]
    if name != "$filter" or not all(clauses):
        message = "singleValueExtendedProperties is expanded by $filter=id eq '…' only."
        raise invalid(message, "ErrorInvalidUrlQuery")
    return {property_id("$expand", clause[1]) for clause in clauses if clause}


def _top(text: str | None, page_size: int | None) -> int:
    wanted = _DEFAULT_PAGE if page_size is None else page_size
    if text is None:
        return wanted
    if not text.isdigit() or not 1 <= int(text) <= _LARGEST_PAGE:
        message = f"Invalid value '{text}' for $top: it must be between 1 and {_LARGEST_PAGE}."
        raise invalid(message, "ErrorInvalidUrlQuery")
    return min(int(text), page_size or _LARGEST_PAGE)


def _skip(options: Mapping[str, str]) -> int:
    if "$skiptoken" in options:
        return _skip_of_token(options["$skiptoken"])
    text = options.get("$skip", "0")
    if not text.isdigit():
        raise invalid(f"Invalid value '{text}' for $skip.", "ErrorInvalidUrlQuery")
    return int(text)


def _skip_of_token(token: str) -> int:
    try:
        name, _, number = urlsafe_b64decode(token).decode().partition(":")
        if name == "skip":
            return int(number)
    except (BinasciiError, ValueError):
        pass
    raise GraphError(400, "ErrorInvalidUrlQuery", "The $skiptoken is not one that was handed out.")


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise invalid(f"Invalid value '{text}' for $count.", "ErrorInvalidUrlQuery")
    return text == "true"
