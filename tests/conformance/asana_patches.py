"""The known errors of Asana's API description, mended in one place.

The description of 2026-06-11 calls some things invalid that Asana itself sends or takes every day. Each mend
below says which; nothing else is loosened.
"""

from collections.abc import Iterator
from typing import Any

Node = dict[str, Any]

_FULL = {
    f"#/components/schemas/{name}Compact": f"#/components/schemas/{name}Response"
    for name in ("Task", "Project", "Section", "Tag", "User", "Workspace")
}
_NULL: Node = {"type": "object", "nullable": True, "maxProperties": 0}
_ANYWHERE = ("402", "424", "429", "502", "503", "504")
_PEOPLE = {"assignee", "completed_by", "assigned_by", "followers", "members", "owner", "user"}
_OTHER_OBJECTS = {"created_by", "dependencies", "dependents", "parent", "workspace"}


def corrected(document: Node) -> Node:
    """Mend a loaded description in place and return it."""
    _allow_null_objects(document)
    for parameter in document["components"]["parameters"].values():
        # Deprecated in OpenAPI and warned about by validators; here only on switches such as opt_pretty.
        parameter.pop("allowEmptyValue", None)
    _loosen_properties(document["components"]["schemas"])
    for operation in _operations(document):
        _add_statuses(operation)
        _hold_lists_to_full_records(operation)
        _complete_parameters(operation)
    return document


def _operations(document: Node) -> Iterator[Node]:
    for item in document["paths"].values():
        for method in ("get", "post", "put", "delete"):
            if method in item:
                yield item[method]


def _allow_null_objects(node: Any) -> None:
    """Make ``allOf: [reference, {nullable}]`` mean "that object or null", as its prose says it does.

    By the letter such a schema refuses null (assignee, parent, owner and others), since both parts must hold.
    A nullable enumeration may be null, too (the icon of a project).
    """
    if isinstance(node, list):
        for one in node:
            _allow_null_objects(one)
    if not isinstance(node, dict):
        return
    for one in node.values():
        _allow_null_objects(one)
    if node.get("nullable") is True and isinstance(node.get("enum"), list) and None not in node["enum"]:
        node["enum"].append(None)
    parts = node.get("allOf", ())
    if len(parts) == 2 and "$ref" in parts[0] and parts[1].get("nullable"):
        node["anyOf"] = [parts[0], _NULL]
        node["readOnly"] = parts[1].get("readOnly", node.get("readOnly", False))
        del node["allOf"]


def _loosen_properties(schemas: Node) -> None:
    """Mend single properties.

    - An event's user and parent are null for what Asana did and for changes; a project's team is null since
      projects have no team; the status update of a project without any is null.
    - ``setParent`` takes null to free a subtask, and places of subtasks take null.
    - ``memberships`` can be set on create (its prose says so), by gids, and only there.
    - A person in another record has an address, if ``opt_fields`` asks for it.
    - Values of custom fields are strings, numbers, lists or null, not strings alone.
    """
    event = schemas["EventResponse"]["properties"]
    for name in ("user", "parent"):
        event[name] = {"anyOf": [event[name]["allOf"][0], _NULL]}
    _last(schemas["ProjectResponse"])["team"] = {"anyOf": [{"$ref": "#/components/schemas/TeamCompact"}, _NULL]}
    for name in ("parent", "insert_before", "insert_after"):
        schemas["TaskSetParentRequest"]["properties"][name]["nullable"] = True
    _last(schemas["TaskResponse"])["memberships"] = _last(schemas["TaskBase"]).pop("memberships")
    _last(schemas["TaskUpdateRequest"])["memberships"] = {"readOnly": True}
    place = {"type": "object", "properties": {"project": {"type": "string"}, "section": {"type": "string"}}}
    _last(schemas["TaskCreateRequest"])["memberships"] = {"type": "array", "items": place}
    schemas["UserCompact"]["properties"]["email"] = {"type": "string", "format": "email"}
    for request in ("TaskRequestBase", "ProjectUpdateRequest"):
        _last(schemas[request])["custom_fields"]["additionalProperties"] = {}


def _last(schema: Node) -> Node:
    properties: Node = schema["allOf"][-1]["properties"]
    return properties


def _add_statuses(operation: Node) -> None:
    """Let every operation answer what any of them can: no plan for it, too many requests, server trouble."""
    for status in _ANYWHERE:
        operation["responses"].setdefault(status, {"$ref": "#/components/responses/BadRequest"})


def _hold_lists_to_full_records(operation: Node) -> None:
    """Check list items as full records: compact schemas know no field that ``opt_fields`` can add."""
    for answer in operation["responses"].values():
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        items = schema.get("properties", {}).get("data", {}).get("items", {})
        if items.get("$ref") in _FULL:
            items["$ref"] = _FULL[items["$ref"]]


def _complete_parameters(operation: Node) -> None:
    """Add what the enumerated ``opt_fields`` and date filters leave out although Asana takes it.

    ``gid`` and ``resource_type`` at any depth, people's addresses and the owner's name, the gid of external
    data; ``completed_since=now``.
    """
    for parameter in operation.get("parameters", ()):
        if parameter.get("name") == "opt_fields":
            names = parameter["schema"]["items"]["enum"]
            parameter["schema"]["items"]["enum"] = sorted({*names, *_missing_from(names)})
        if parameter.get("name") == "completed_since":
            parameter["schema"] = {"anyOf": [parameter["schema"], {"type": "string", "enum": ["now"]}]}


def _missing_from(names: list[str]) -> Iterator[str]:
    people = {name for name in names if name.rpartition(".")[2] in _PEOPLE}
    objects = people | {name for name in names if name.rpartition(".")[2] in _OTHER_OBJECTS}
    objects |= {name.rpartition(".")[0] for name in names if "." in name}
    for parent in ("", *(f"{name}." for name in objects)):
        yield from (f"{parent}gid", f"{parent}resource_type")
    yield from (f"{name}.email" for name in people)
    yield from (f"{name}.name" for name in people if name.rpartition(".")[2] == "owner")
