"""First contact: what a field shows that was never compared, and so has no common ancestor with the hub."""

from __future__ import annotations

from domain.capabilities import Held, Hold
from domain.fields import Field, Shape, same
from domain.match import fold
from domain.values import Value, is_empty


def is_news(spec: Field, held: Held, shown: Value, expected: Value) -> bool:
    """Tell whether somebody may have meant what is shown, and the hub does not have it.

    What is empty on one side is no contradiction, nor is a text that differs in case and white space alone. Where a
    field only flows in, its default is what any item shows that cannot be told better.

    Args:
        spec: the field.
        held: how the space holds it.
        shown: what the item shows.
        expected: what it would show if it agreed with the hub.
    """
    if is_empty(shown) or same(spec, shown, expected):
        return False
    if spec.shape is Shape.SET and isinstance(shown, frozenset) and isinstance(expected, frozenset):
        return not shown <= expected
    if held.hold is Hold.READ and same(spec, shown, spec.default):
        return False
    return not isinstance(shown, str) or fold(shown) != fold(expected)
