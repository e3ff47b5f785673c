"""Basecamp's published API description, loaded with its known false alarms taken out."""

import json
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

_FILE = "basecamp_openapi.json"
_METHODS = ("get", "put", "post", "delete")
_ERROR_SHAPES = {
    "type": "object",
    "anyOf": [
        {"required": ["error"], "properties": {"error": {"type": "string"}}},
        {"required": ["errors"], "properties": {"errors": {"$ref": "#/components/schemas/FieldErrorMap"}}},
        {"$ref": "#/components/schemas/FieldErrorMap"},
    ],
}
_REFUSALS = ("400", "401", "403", "404", "415", "422", "429", "500")


def description_file() -> Path:
    """Where the description should be: in COPSYNC_SPECS, else beside the checkout."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "specs"
    return Path(os.environ.get("COPSYNC_SPECS") or beside) / _FILE


def missing_description() -> str | None:
    """Why nothing can be checked, or None."""
    path = description_file()
    return None if path.is_file() else f"{path} is missing; set COPSYNC_SPECS to the folder that holds it"


@lru_cache(maxsize=1)
def description() -> Json:
    """The description with its known false alarms taken out; read once per run."""
    found: Json = json.loads(description_file().read_text(encoding="utf-8"))
    return patched(found)


def patched(found: Json) -> Json:
    """Take the known false alarms out of the loaded description, in place; each one is named here.

    1. It is OpenAPI 3.1 but says ``nullable: true`` in places, which 3.1 does not know.
    2. Properties that the documentation's own samples show as null are plain strings or numbers.
    3. ``position`` of to-dos and groups is said to answer 200; the service answers 204 without a body.
    4. Answers that any operation can give are left out of most of them: 304 to a conditional read, 400
       without User-Agent, 401, 403, 404, 415, 422, 429, 500; recurring entries answer 302.
    5. Refusals are said to be ``{"error": …}`` only; ``{"errors": {field: […]}}`` and the bare field map
       are seen as well (and an empty body, or an HTML page with 500: ``_Checker._answer`` lets these pass).
    6. What the documentation has and the description has not: reading the loose to-dos of a to-do set;
       ``recurrence_schedule`` and ``recurs_until`` of entries; ``color`` of groups.

    On top of that, request bodies are closed: the service ignores unknown keys, so sending one is a mistake.
    """
    for node in _objects(found):
        if node.pop("nullable", False) and "type" in node:
            node["type"] = [node["type"], "null"]
    _allow_nulls(found["components"]["schemas"])
    _add_missing(found)
    for operation in _operations(found):
        _mend_answers(operation["responses"])
    for name, schema in found["components"]["schemas"].items():
        if name.endswith("RequestContent") and "properties" in schema:
            schema["additionalProperties"] = False
    return found


def _objects(node: Any) -> Iterator[Json]:
    children: Any = ()
    if isinstance(node, dict):
        yield node
        children = node.values()
    elif isinstance(node, list):
        children = node
    for child in children:
        yield from _objects(child)


def _operations(found: Json) -> Iterator[Json]:
    for path in found["paths"].values():
        yield from (path[method] for method in _METHODS if method in path)


def _allow_nulls(schemas: Json) -> None:
    nulls = {
        "Person": ("title", "bio", "tagline", "location", "email_address"),
        "DockItem": ("position",),
        "Todoset": ("position",),
        "Schedule": ("position",),
        "MessageBoard": ("position",),
        "ScheduleEntry": ("join_url",),
        "CardStep": ("due_on",),
    }
    for name, keys in nulls.items():
        for key in keys:
            schema = schemas[name]["properties"][key]
            if isinstance(schema["type"], str):
                schema["type"] = [schema["type"], "null"]


def _add_missing(found: Json) -> None:
    paths, schemas = found["paths"], found["components"]["schemas"]
    listing = paths["/{accountId}/todolists/{todolistId}/todos.json"]["get"]
    loose = paths["/{accountId}/buckets/{bucketId}/todosets/{todosetId}/todos.json"]
    own = {parameter["name"]: parameter for parameter in loose["post"]["parameters"]}
    shared = [p for p in listing["parameters"] if p["in"] == "query"]
    loose["get"] = {
        "operationId": "ListTodosetTodos",
        "parameters": [*own.values(), *shared],
        "responses": json.loads(json.dumps(listing["responses"])),
    }
    for name in ("CreateScheduleEntryRequestContent", "ReplaceScheduleEntryRequestContent"):
        schemas[name]["properties"]["recurrence_schedule"] = {"type": "object"}
        schemas[name]["properties"]["recurs_until"] = {"type": "string"}
    schemas["CreateTodolistGroupRequestContent"]["properties"]["color"] = {"type": "string"}
    for path in ("todos/{todoId}", "todolists/groups/{groupId}"):
        answers = paths[f"/{{accountId}}/{path}/position.json"]["put"]["responses"]
        answers["204"] = answers.pop("200")
    for method in ("get", "put"):
        answers = paths["/{accountId}/schedule_entries/{entryId}"][method]["responses"]
        answers["302"] = {"description": "A recurring entry, found under its first occurrence"}


def _mend_answers(responses: Json) -> None:
    responses["304"] = {"description": "Not modified"}
    for status in _REFUSALS:
        content = {"application/json": {"schema": _ERROR_SHAPES}}
        responses[status] = {"description": "Refused", "content": content}
