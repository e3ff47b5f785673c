"""A calendar object as a tree of components, in which lines can be replaced and all others stay as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.calendars.lines import Line, lines_of


@dataclass(slots=True)
class Component:
    """Everything between a BEGIN and its END, both included; `body` holds lines and components in their order."""

    name: str
    begin: Line
    body: list[Line | Component] = field(default_factory=list)
    end: Line | None = None

    def lines(self, name: str) -> list[Line]:
        """Return this component's own lines of a name."""
        return [one for one in self.body if isinstance(one, Line) and one.name == name]

    def line(self, name: str) -> Line | None:
        """Return the first line of a name, or None."""
        return next(iter(self.lines(name)), None)

    def value(self, name: str) -> str:
        """Return the value of the first line of a name, still escaped; empty if there is none."""
        found = self.line(name)
        return found.value if found else ""

    def has(self, *names: str) -> bool:
        """Tell whether there is a line of any of these names."""
        return any(isinstance(one, Line) and one.name in names for one in self.body)

    def components(self, name: str) -> list[Component]:
        """Return the components of a name directly inside."""
        return [one for one in self.body if isinstance(one, Component) and one.name == name]

    def put(self, name: str, *new: Line) -> None:
        """Replace all lines of a name by new ones, in the first one's place; new ones alone stand before components."""
        place = next((at for at, one in enumerate(self.body) if isinstance(one, Line) and one.name == name), None)
        if place is None:
            place = next((at for at, one in enumerate(self.body) if isinstance(one, Component)), len(self.body))
        kept = [one for one in self.body[place:] if not (isinstance(one, Line) and one.name == name)]
        self.body[place:] = [*new, *kept]

    def drop(self, *names: str) -> None:
        """Remove all lines of some names."""
        self.body[:] = [one for one in self.body if not (isinstance(one, Line) and one.name in names)]

    def all_lines(self) -> Iterator[Line]:
        """Yield every line in its order."""
        yield self.begin
        for one in self.body:
            if isinstance(one, Line):
                yield one
            else:
                yield from one.all_lines()
        if self.end is not None:
            yield self.end


def parsed(text: str) -> Component:
    """Read a calendar object.

    Raises:
        ValueError: it is not exactly one calendar whose components are opened and closed in order.
    """
    roots: list[Component] = []
    open_ones: list[Component] = []
    for line in lines_of(text):
        if line.name == "BEGIN":
            made = Component(line.value.strip().upper(), line)
            (open_ones[-1].body if open_ones else roots).append(made)
            open_ones.append(made)
        elif line.name == "END":
            _close(open_ones, line)
        elif open_ones:
            open_ones[-1].body.append(line)
        elif line.text.strip("\ufeff \t"):
            raise ValueError(f"the line “{line.text[:60]}” stands outside of the calendar")
    if open_ones:
        raise ValueError(f"{open_ones[-1].name} is not closed")
    return _only(roots)


def _close(open_ones: list[Component], line: Line) -> None:
    name = line.value.strip().upper()
    if not open_ones or open_ones[-1].name != name:
        raise ValueError(f"END:{name} closes nothing")
    open_ones.pop().end = line


def _only(roots: Sequence[Component]) -> Component:
    if len(roots) != 1 or roots[0].name != "VCALENDAR":
        raise ValueError("it does not hold exactly one calendar")
    return roots[0]
