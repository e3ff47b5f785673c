"""Answers with exactly the fields that were asked for, as ``opt_fields`` promises at Asana.

A shape lists the fields a kind of object has; a tree says which of them to show, nested. The gid and the
resource type always come; a nested object shows nothing else unless a field of it is named
(Asana: Input/output options).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sandbox.asana.errors import invalid
from sandbox.asana.objects import User
from sandbox.asana.world import World

ABSENT = object()
"""What a field reads as when the answer leaves it out altogether."""

Tree = Mapping[str, "Tree"]
"""Fields to show, each with the fields to show of what it holds."""


class Reader(NamedTuple):
    """Who reads, and where."""

    world: World
    user: User


@dataclass(frozen=True, slots=True)
class Field:
    """How to read one field; ``kind`` names the shape of the object (or objects) it holds."""

    read: Callable[[Reader, Any], Any]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of one kind of object.

    ``resource_type`` is None for a plain structure without id, which is shown whole unless told otherwise.
    """

    resource_type: str | Callable[[Any], str] | None
    fields: Mapping[str, Field]
    compact: Tree
    full: Tree
    always: Tree = field(default_factory=dict)
    """Fields that come even when only others are named."""


def tree(paths: Iterable[str]) -> Tree:
    """Build a tree from dotted paths."""
    root: dict[str, Any] = {}
    for path in paths:
        step = root
        for name in path.split("."):
            step = step.setdefault(name, {})
    return root


class Shapes:
    """All shapes by kind, and how to show an object of one."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._shapes = shapes

    def tree_of(self, kind: str, names: str | None, *, compact: bool) -> Tree:
        """Return what ``opt_fields`` asks for, or the default for a list (compact) or a single object.

        Raises:
            RefusedError: a name that the kind does not have.
        """
        shape = self._shapes[kind]
        if not names or not names.strip():
            return shape.compact if compact else shape.full
        paths = [name.strip() for name in names.split(",") if name.strip()]
        for path in paths:
            self._check(kind, path, path.split("."))
        return tree(path for path in paths if path not in _OF_THE_PAGE)

    def show(self, reader: Reader, kind: str, thing: Any, wanted: Tree) -> dict[str, Any]:
        """Return an object as the JSON that a reader gets."""
        shape = self._shapes[kind]
        shown: dict[str, Any] = {}
        if shape.resource_type is not None:
            of_type = shape.resource_type
            shown = {"gid": thing.gid, "resource_type": of_type if isinstance(of_type, str) else of_type(thing)}
        else:
            wanted = {**shape.always, **wanted} if wanted else shape.full
        for name, below in wanted.items():
            if name in _ALWAYS and shape.resource_type is not None:
                continue
            of = shape.fields[name]
            value = of.read(reader, thing)
            if value is not ABSENT:
                shown[name] = self._inner(reader, of.kind, value, below)
        return shown

    def _inner(self, reader: Reader, kind: str | None, value: Any, below: Tree) -> Any:
        if kind is None or value is None:
            return value
        if isinstance(value, list):
            return [self.show(reader, kind, one, below) for one in value]
        return self.show(reader, kind, value, below)

    def _check(self, kind: str, path: str, names: list[str]) -> None:
        shape = self._shapes[kind]
        name, rest = names[0], names[1:]
        if not rest and (path in _OF_THE_PAGE or (name in _ALWAYS and shape.resource_type is not None)):
            return
        found = shape.fields.get(name)
        if found is None or (rest and found.kind is None):
            raise invalid(f"opt_fields: Not a recognized field: {path}")
        if rest and found.kind is not None:
            self._check(found.kind, path, rest)


_ALWAYS = frozenset({"gid", "resource_type"})
_OF_THE_PAGE = frozenset({"offset", "path", "uri"})
