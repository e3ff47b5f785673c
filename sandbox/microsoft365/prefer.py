"""What a request's Prefer headers ask for, and how much of it is granted."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from sandbox.microsoft365.zones import zone

_PREFERENCE = re.compile(r'([^\s,=;]+)\s*=\s*(?:"([^"]*)"|([^\s,;]+))')


@dataclass(frozen=True)
class Prefer:
    """Wishes of one request.

    Attributes:
        time_zone: zone in which start and end are answered.
        text: bodies as plain text instead of HTML.
        page_size: rows per page, if asked for.
        immutable: immutable ids.
        applied: what Preference-Applied echoes.
    """

    time_zone: str = "UTC"
    text: bool = False
    page_size: int | None = None
    immutable: bool = False
    applied: tuple[str, ...] = ()

    @classmethod
    def read(cls, headers: Iterable[str]) -> "Prefer":
        """Read the Prefer headers of a request; what is not known is ignored, as the service does.

        Raises:
            GraphError: 400 for a time zone that does not exist.
        """
        wishes = cls()
        for name, quoted, bare in _PREFERENCE.findall(",".join(headers)):
            apply = _KNOWN.get(name.lower())
            wishes = apply(wishes, quoted or bare) if apply else wishes
        return wishes

    def granting(self, what: str) -> "Prefer":
        """Return the same wishes with one more granted."""
        return replace(self, applied=(*self.applied, what))


def _time_zone(wishes: Prefer, value: str) -> Prefer:
    zone(value)
    return replace(wishes, time_zone=value).granting(f'outlook.timezone="{value}"')


def _body_type(wishes: Prefer, value: str) -> Prefer:
    if value.lower() not in ("text", "html"):
        return wishes
    return replace(wishes, text=value.lower() == "text").granting(f'outlook.body-content-type="{value}"')


def _page_size(wishes: Prefer, value: str) -> Prefer:
    if not value.isdigit() or int(value) == 0:
        return wishes
    return replace(wishes, page_size=min(int(value), 1000)).granting(f"odata.maxpagesize={value}")


def _id_type(wishes: Prefer, value: str) -> Prefer:
    if value.lower() != "immutableid":
        return wishes
    return replace(wishes, immutable=True).granting('IdType="ImmutableId"')


_KNOWN: dict[str, Callable[[Prefer, str], Prefer]] = {
    "outlook.timezone": _time_zone,
    "outlook.body-content-type": _body_type,
    "odata.maxpagesize": _page_size,
    "idtype": _id_type,
}
