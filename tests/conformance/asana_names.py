"""Finds names that Asana's description does not know, which plain validation lets pass.

None of its schemas forbids further properties, so a misspelt field is valid to a validator. Here every object
is compared with all the properties its schema names, through references and compositions.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = Any
Schema = Mapping[str, Any]

TOLERATED = frozenset({"opt_pretty", "limit", "body"})
"""Query parameters to let pass everywhere: ``limit`` is taken by all that lists, and the official SDK repeats
the ``body`` of addTask in the query."""


class Operations:
    """The operations of a description, found by method and path."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._found: list[tuple[re.Pattern[str], str, Operation]] = []
        for template, item in sorted(document["paths"].items(), key=lambda entry: entry[0].count("{")):
            pattern = re.compile(re.sub(r"\\{[^/]+\\}", "[^/]+", re.escape(template)))
            for method in ("get", "post", "put", "delete"):
                if method in item:
                    self._found.append((pattern, method, Operation(document, item, item[method])))

    def find(self, method: str, path: str) -> "Operation | None":
        """Return the operation of a request, fixed paths before those with parameters."""
        wanted = method.lower()
        return next((o for p, m, o in self._found if m == wanted and p.fullmatch(path)), None)


class Operation:
    """One operation and the names that belong in it."""

    def __init__(self, document: Mapping[str, Any], item: Mapping[str, Any], operation: Schema) -> None:
        self._document = document
        self._operation = operation
        given = [*item.get("parameters", []), *operation.get("parameters", [])]
        parameters = [self._resolved(parameter) for parameter in given]
        self._query = {p["name"] for p in parameters if p["in"] == "query"} | TOLERATED

    def unknown_query(self, query: list[tuple[str, str]]) -> Iterator[str]:
        """Tell of query parameters that the operation does not have."""
        for name, _ in query:
            if name not in self._query:
                yield f"query parameter {name} is not documented"

    def unknown_in_request(self, body: Json) -> Iterator[str]:
        """Tell of names in a request's body that its schema does not have, or that it has no body."""
        content = self._resolved(self._operation.get("requestBody", {})).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        # Asana documents "options" beside "data" in its guide only.
        if isinstance(body, dict):
            body = {name: part for name, part in body.items() if name != "options"}
        return self._unknown(body, [schema] if schema else [], "body")

    def unknown_in_answer(self, status: int, body: Json) -> Iterator[str]:
        """Tell of names in an answer that the schema of its status does not have."""
        answer = self._resolved(self._operation["responses"].get(str(status), {}))
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        return self._unknown(body, [schema] if schema else [], "answer")

    def _unknown(self, value: Json, schemas: list[Schema], where: str) -> Iterator[str]:
        flat = [part for schema in schemas for part in self._parts(schema)]
        if isinstance(value, list):
            items = [part["items"] for part in flat if "items" in part]
            for index, one in enumerate(value):
                yield from self._unknown(one, items, f"{where}[{index}]")
        known = [part["properties"] for part in flat if "properties" in part]
        if not isinstance(value, dict) or not known or any("additionalProperties" in part for part in flat):
            return
        for name, inner in value.items():
            below = [properties[name] for properties in known if name in properties]
            if not below:
                yield f"{where}.{name} is not in the schema"
            yield from self._unknown(inner, below, f"{where}.{name}")

    def _parts(self, schema: Schema) -> Iterator[Schema]:
        """Yield a schema and all that it is composed of."""
        schema = self._resolved(schema)
        yield schema
        for composed in ("allOf", "anyOf", "oneOf"):
            for part in schema.get(composed, ()):
                yield from self._parts(part)

    def _resolved(self, node: Schema) -> Schema:
        while "$ref" in node:
            step: Any = self._document
            for name in node["$ref"].removeprefix("#/").split("/"):
                step = step[name]
            node = step
        return node
