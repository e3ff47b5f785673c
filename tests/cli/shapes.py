"""The documents the command prints, as the interface promises them; scripts rely on every key."""

from __future__ import annotations

from typing import Any

import jsonschema

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
NUMBER: Schema = {"type": "integer", "minimum": 0}
ANY: Schema = {}


def table(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def many(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def one_of(*values: str) -> Schema:
    return {"enum": list(values)}


SIDE = table({"space": TEXT, "value": ANY}, {"at": MAYBE_TEXT, "by": MAYBE_TEXT})
LISTED_SIDE = table(
    {
        "space": TEXT,
        "remote": MAYBE_TEXT,
        "value": ANY,
        "shown": ANY,
        "before": ANY,
        "at": MAYBE_TEXT,
        "by": MAYBE_TEXT,
        "who": MAYBE_TEXT,
    }
)
KIND = one_of("task", "milestone", "event", "document", "post")
COUNTS = dict.fromkeys(("created", "updated", "deleted", "failed", "held"), NUMBER)

SPACE = table(
    {"space": TEXT, "state": one_of("ok", "paused", "failed"), "read": NUMBER, "requests": NUMBER}
    | COUNTS
    | {"message": MAYBE_TEXT}
)
STEP = table(
    {
        "space": TEXT,
        "verb": one_of("create", "update", "complete", "move", "delete", "restore"),
        "kind": KIND,
        "record": TEXT,
        "remote_id": MAYBE_TEXT,
        "title": {"type": "string"},
        "fields": {"type": "object", "additionalProperties": table({"old": ANY, "new": ANY})},
        "reason": TEXT,
        "state": one_of("done", "held", "failed", "planned"),
    },
    {"notifies": NUMBER, "message": MAYBE_TEXT},
)
CONFLICT = table(
    {"record": TEXT, "field": TEXT, "kept": SIDE, "lost": many(SIDE)},
    {"undecided": {"type": "boolean"}, "id": TEXT, "title": TEXT},
)
LEFT = table({"record": TEXT, "title": TEXT, "space": MAYBE_TEXT, "field": MAYBE_TEXT, "why": TEXT})
DECIDED = table({"conflict": TEXT, "record": TEXT, "title": TEXT, "field": TEXT, "keep": MAYBE_TEXT, "value": ANY})
ENTRY = table(
    {"uid": TEXT, "record": TEXT, "title": TEXT, "start": TEXT}, {"line": NUMBER, "recurs": ANY, "fields": ANY}
)
INTAKE = table(
    {"file": TEXT},
    {name: many(ENTRY) for name in ("new", "changed", "matched", "deleted", "missing")}
    | {"calendar": MAYBE_TEXT, "taken": NUMBER, "same": NUMBER, "copies": NUMBER}
    | {"refused": many(table({"line": NUMBER, "what": TEXT, "reason": TEXT, "mend": TEXT}))},
)
REPORT = table(
    {
        "run": TEXT,
        "community": TEXT,
        "state": one_of("done", "partial", "held", "locked", "failed", "planned"),
        "took_s": {"type": "number", "minimum": 0},
        "spaces": many(SPACE),
        "steps": many(STEP),
        "conflicts": many(CONFLICT),
    },
    {"held": many(ANY), "questions": many(ANY), "notes": many(TEXT), "message": MAYBE_TEXT, "set_aside": NUMBER}
    | {
        "undoes": TEXT,
        "undone_by": TEXT,
        "left": many(LEFT),
        "differences": many(TEXT),
        "decided": DECIDED,
        "import": INTAKE,
    },
)
SAVED_PLAN = table(
    {
        "copsync_plan": {"const": 1},
        "community": TEXT,
        "made_at": TEXT,
        "made_by": TEXT,
        "run": TEXT,
        "full": {"type": "boolean"},
        "bindings": {"type": "object", "additionalProperties": TEXT},
        "steps": many(STEP),
        "held": many(ANY),
        "conflicts": many(CONFLICT),
        "questions": many(ANY),
        "checksum": TEXT,
    }
)
EXPORT = table(
    {
        "community": TEXT,
        "members": many({"type": "object", "required": ["id", "name", "links"]}),
        "records": many(
            table(
                {
                    "id": TEXT,
                    "kind": KIND,
                    "fields": {"type": "object"},
                    "links": many(table({"space": TEXT, "remote_id": TEXT}, {"state": TEXT})),
                    "deleted": {"type": "boolean"},
                }
            )
        ),
    }
)
CHECK = table(
    {
        "ok": {"type": "boolean"},
        "findings": many(
            table(
                {
                    "about": TEXT,
                    "level": one_of("ok", "warning", "error"),
                    "message": TEXT,
                    "mend": {"type": "string"},
                }
            )
        ),
    }
)
_MESSAGES = many(table({"message": TEXT, "title": TEXT, "reason": {"type": "string"}}))
CHANNEL_STANDING = table(
    {
        "channel": TEXT, "kind": TEXT, "state": TEXT, "said_at": MAYBE_TEXT, "said": MAYBE_TEXT, "waiting": NUMBER,
        "waits_since": MAYBE_TEXT, "until": MAYBE_TEXT, "unclear": _MESSAGES, "set_aside": _MESSAGES,
        "needs_person": {"type": "boolean"},
        "problem": {
            "anyOf": [table({"why": TEXT, "message": TEXT, "mend": TEXT, "since": TEXT}), {"type": "null"}],
        },
    }
)  # fmt: skip
STATUS = table(
    {
        "community": TEXT,
        "last_run": {"type": ["object", "null"]},
        "spaces": many({"type": "object", "required": ["space", "state", "message", "items", "read_at"]}),
        "waiting": table(
            {
                "behind": NUMBER,
                "held": many(ANY),
                "questions": many(ANY),
                "undecided_conflicts": NUMBER,
                "unclear_writes": NUMBER,
                "set_aside": many(
                    table(
                        {"space": TEXT, "side": one_of("read", "write"), "item": TEXT, "title": TEXT, "reason": TEXT}
                        | {"failures": NUMBER, "since": TEXT, "retry_at": TEXT}
                    )
                ),
                "released": many(table({"space": TEXT, "record": TEXT})),
                "run": MAYBE_TEXT,
            }
        ),
        "running": {"type": ["object", "null"]},
        "channels": many(CHANNEL_STANDING),
        "assisted": many({"type": "object", "required": ["channel", "state", "waiting", "states", "posted_at"]}),
        "sign_ins": many(
            table({"connection": TEXT, "state": TEXT, "ends_on": MAYBE_TEXT, "message": ANY, "mend": ANY})
        ),
    }
)
HISTORY = table(
    {
        "community": TEXT,
        "runs": many(
            table(
                {"run": TEXT, "state": TEXT, "started_at": TEXT, "ended_at": MAYBE_TEXT, "conflicts": NUMBER}
                | {"kind": one_of("sync", "undo", "import"), "about": MAYBE_TEXT, "undone_by": MAYBE_TEXT}
                | COUNTS
            )
        ),
    }
)
EXPLANATION = {
    "type": "object",
    "required": ["record", "kind", "title", "deleted", "fields", "spaces", "history", "conflicts", "sent"],
}
CONFLICTS = table(
    {
        "community": TEXT,
        "conflicts": many(
            table(
                {"id": TEXT, "at": TEXT, "run": TEXT, "record": TEXT, "title": MAYBE_TEXT, "field": TEXT}
                | {"kept": LISTED_SIDE, "lost": many(LISTED_SIDE), "base": ANY, "now": ANY}
                | {"undecided": {"type": "boolean"}, "state": one_of("undecided", "kept by policy", "decided")}
                | {
                    "decision": {
                        "anyOf": [{"type": "null"}, table({"keep": MAYBE_TEXT, "value": ANY, "at": TEXT, "by": TEXT})]
                    }
                }
            )
        ),
    }
)
WRITTEN = table({"written": many(TEXT)})
ERROR = table({"error": table({"message": TEXT, "mend": TEXT, "where": MAYBE_TEXT})})


def fits(document: Any, schema: Schema) -> Any:
    """Assert that a document has a shape, and return it."""
    jsonschema.validate(document, schema)
    return document
