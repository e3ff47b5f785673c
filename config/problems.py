"""Says what is wrong with a configuration: the file, the line, the key and the mend, for every problem at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from config.locate import line_of
from config.models import PREFIX, Settings, did_you_mean
from domain.errors import ConfigProblem

KeyPath = Sequence[str | int]
MEND = "Correct this and run `copsync check`."

_WORDS = {
    "missing": "is missing; add it.",
    "string_type": "must be a text in quotes.",
    "string_too_short": "must not be empty.",
    "int_type": "must be a whole number, without quotes.",
    "float_type": "must be a number, without quotes.",
    "float_parsing": "must be a number, without quotes.",
    "bool_type": "must be true or false, without quotes.",
    "tuple_type": "must be a list; each of its entries begins with a line such as [[{0}]].",
    "dict_type": "must be a table, which begins with a line such as [{0}.name].",
    "model_type": "must be a table of keys and values, as `copsync init` shows.",
    "model_attributes_type": "must be a table of keys and values, as `copsync init` shows.",
    "greater_than_equal": "must be {ge:g} or more.",
    "less_than_equal": "must be {le:g} or less.",
    "is_instance_of": 'must be written as {{ env = "NAME" }} or {{ file = "/path" }}: a secret does not stand here.',
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and the key it is about."""

    key: tuple[str | int, ...]
    message: str


def dotted(key: KeyPath) -> str:
    """Return a key path as people write it."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def place_of(path: Path, text: str, key: KeyPath, environment: Mapping[str, str]) -> str:
    """Return where a key was set: file, line and key, or the environment variable that goes before the file."""
    variable = overriding(key, environment)
    if variable is not None:
        return f"environment variable {variable}"
    line = line_of(text, key)
    place = f"{path}:{line}" if line else str(path)
    return f"{place} [{dotted(key)}]" if key else place


def overriding(key: KeyPath, environment: Mapping[str, str]) -> str | None:
    """Return the environment variable that sets a key (or a table around it), or None."""
    names = {name.upper(): name for name, value in environment.items() if value}
    for length in range(len(key), 0, -1):
        found = names.get(PREFIX + "__".join(str(part) for part in key[:length]).upper())
        if found is not None:
            return found
    return None


def as_error(path: Path, text: str, problems: Sequence[Problem], environment: Mapping[str, str]) -> ConfigProblem:
    """Return one error for all problems; a single one names its place apart."""
    places = [place_of(path, text, problem.key, environment) for problem in problems]
    if len(problems) == 1:
        return ConfigProblem(problems[0].message, mend=MEND, where=places[0])
    lines = [f"{place} {problem.message}" for place, problem in zip(places, problems, strict=True)]
    return ConfigProblem("\n".join([f"{len(problems)} things are wrong:", *lines]), mend=MEND)


def from_pydantic(
    invalid: ValidationError, model: type[BaseModel] = Settings, *, more: Sequence[str] = ()
) -> Iterator[Problem]:
    """Yield what a model found, in plain words and without the values, which may be secret.

    `more` are keys that are known beside those of the model.
    """
    for error in invalid.errors(include_url=False, include_input=False):
        key = tuple(part for part in error["loc"] if not str(part).startswith("function-"))
        yield Problem(key, _words(error, key, {*known_keys(model, key[:-1]), *more}))


def _words(error: Any, key: KeyPath, known: set[str]) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        hint = did_you_mean(str(key[-1]), known) or (f" There are: {', '.join(sorted(known))}." if known else "")
        return f"is not known here; remove it or correct its spelling.{hint}"
    if kind == "literal_error":
        return f"must be one of: {error['ctx']['expected']}."
    if kind in _WORDS:
        return _WORDS[kind].format(dotted(key), **error.get("ctx", {}))
    message = str(error["msg"]).removeprefix("Value error, ")
    return message if message.endswith((".", "?")) else f"{message}."


def known_keys(model: type[BaseModel], key: KeyPath) -> set[str]:
    """Return the keys that a model knows at a path."""
    here: Any = model
    for part in key:
        here = _inside(here, part)
    return set(here.model_fields) if _is_model(here) else set()


def _inside(annotation: Any, part: str | int) -> Any:
    """Return the type of what a key or a number leads to, or None if it leads nowhere."""
    if _is_model(annotation):
        field = annotation.model_fields.get(part)
        return _certain(field.annotation) if field else None
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is dict:
        return _certain(arguments[1])
    return _certain(arguments[0]) if origin in (tuple, list) else None


def _certain(annotation: Any) -> Any:
    """Return a type without its "or None"."""
    if get_origin(annotation) in (Union, UnionType):
        return next((one for one in get_args(annotation) if one is not type(None)), None)
    return annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
