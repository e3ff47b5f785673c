"""What a tool's answer means: its JSON, its own words when it refuses, and the error that tells what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from typing import Any, NoReturn

import httpx

from connectors.http.draft import Draft
from connectors.http.redact import VAULT
from connectors.http.retry import SAFE_METHODS, Fate, Outcome
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Retriable, Uncertain, Unreachable

_NO_CONTENT = frozenset({204, 205, 304})
_LONGEST = 400
_JSON_WORDS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_TITLE = re.compile(r"<(title|h1)[^>]*>(.*?)</\1", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_STAYS = "Nothing is lost: the next run tries again. If it stays, check base_url and the network in between."
_BLOCKED = (
    "Check base_url; if a company proxy has its own certificate, name its file in the environment "
    "variable SSL_CERT_FILE."
)
_MENDS = {
    402: "The tool's plan does not include this; upgrade the plan or leave this feature out.",
    403: "Give the account of this connection access to it in the tool.",
    404: "Check that it still exists and that the account of this connection can see it.",
    507: "The tool's plan is full; make room or upgrade the plan.",
}


class HttpRefused(CopsyncError):  # noqa: N818 - named after what the tool did
    """The tool understood and said no. The connector knows what that means and raises the error that says what to do.

    Args:
        message: the whole story, in one sentence.
        mend: what to do if no connector knows better.
        status: the HTTP status.
        code: the tool's own error code (Graph: ``error.code``), if it has one.
        words: the tool's own words, cut and free of secrets, if it gave any.
        body_json: the body, if it was JSON.
        headers: the answer's headers, names in lower case.
        maybe_done: an earlier attempt of the same call was sent and its outcome is unknown, so that "not found"
            after a delete or "precondition failed" after an update may be the echo of our own write.
    """

    def __init__(
        self,
        message: str,
        *,
        mend: str,
        status: int,
        code: str | None = None,
        words: str | None = None,
        body_json: Any = None,
        headers: Mapping[str, str] | None = None,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(message, mend=mend)
        self.status = status
        self.code = code
        self.words = words
        self.body_json = body_json
        self.headers = dict(headers or {})
        self.maybe_done = maybe_done


def json_of(response: httpx.Response) -> Any:
    """Return the JSON value of an answer, or None for one that has no body by its status.

    Raises:
        Unreachable: a read was answered with something else (a web page, half of a JSON text).
        Uncertain: so was a write; it may have been carried out.
    """
    if response.status_code in _NO_CONTENT:
        return None
    try:
        return _parsed(response.content)
    except (ValueError, RecursionError):
        pass
    what = f"{response.request.method} {response.request.url.netloc.decode('ascii')}{response.request.url.path}"
    message = f"{what} was answered with {_kind_of(response)} instead of data (status {response.status_code})."
    if response.request.method in SAFE_METHODS:
        raise Unreachable(message, mend=_STAYS)
    raise Uncertain(message)


def conclude(draft: Draft, outcome: Outcome) -> httpx.Response:
    """Return the answer of a call that succeeded, or raise the error that tells what to do.

    Raises:
        ConnectAgain: 401.
        ConfigProblem: the address does not speak https or its certificate is not trusted.
        HttpRefused: any other answer that is final and not expected.
        Uncertain: a write may have been carried out.
        Unreachable: nothing answered at that address.
        Retriable: everything else, with nothing changed.
    """
    response = outcome.response
    if outcome.fate is Fate.ANSWERED and response is not None:
        if response.status_code in draft.expect:
            return response
        if response.status_code != httpx.codes.UNAUTHORIZED:
            raise _refusal(draft, response)
    if draft.maybe_done:
        raise Uncertain(f"{draft.name}: {outcome.reason}; the tool may or may not have carried it out.")
    if outcome.fate is Fate.ANSWERED and response is not None:
        _ask_to_connect(draft, response)
    if outcome.fate is Fate.BLOCKED:
        raise ConfigProblem(f"{draft.name}: {outcome.reason}.", mend=_BLOCKED, where="base_url")
    if outcome.fate is Fate.NOT_SENT:
        raise Unreachable(f"{draft.name}: {outcome.reason}.", mend=_STAYS)
    wait = outcome.wait if outcome.fate is Fate.REFUSED else None
    raise Retriable(f"{draft.name}: {outcome.reason}.", mend=_STAYS, retry_after=wait)


def words_of(response: httpx.Response) -> tuple[str | None, str | None, Any]:
    """Return the tool's error code, its own words and the body's JSON, each None if there is none. Free of secrets."""
    text = VAULT.mask(response.text)
    try:
        body = _parsed(text)
    except (ValueError, RecursionError):
        return None, _page_words(response, text), None
    code, words = (_masked(one) for one in _json_words(body))
    return code, _cut(words), body


def _masked(text: str | None) -> str | None:
    """Mask once more: JSON can write any letter as an escape, so a secret may show only now."""
    return VAULT.mask(text) if text is not None else None


def _parsed(text: str | bytes) -> Any:
    return json.loads(text, parse_constant=_no_constant)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _ask_to_connect(draft: Draft, response: httpx.Response) -> NoReturn:
    words = words_of(response)[1]
    said = f' It says: "{words}"' if words else ""
    raise ConnectAgain(f"{draft.url.host} does not accept the credentials of this connection (401).{said}")


def _refusal(draft: Draft, response: httpx.Response) -> HttpRefused:
    status = response.status_code
    code, words, body = words_of(response)
    message = f"{draft.name} was refused ({status}{f' {code}' if code else ''})"
    mend = _MENDS.get(status, "See what the tool says; if that does not help, report it with this message.")
    if response.has_redirect_location:
        message += f": the tool points to {_target(response)}, and links to elsewhere are not followed"
        mend = "If the tool has moved, set base_url to its new address."
    elif words:
        message += f': "{words}"'
    headers = {name: VAULT.mask(value) for name, value in response.headers.items()}
    return HttpRefused(
        message,
        mend=mend,
        status=status,
        code=code,
        words=words,
        body_json=body,
        headers=headers,
        maybe_done=draft.maybe_done,
    )


def _target(response: httpx.Response) -> str:
    try:
        url = response.request.url.join(response.headers["location"])
    except httpx.InvalidURL:
        return "an address that cannot be read"
    return _cut(f"{url.scheme}://{url.netloc.decode('ascii')}{url.path}") or "nowhere"


def _kind_of(response: httpx.Response) -> str:
    text = VAULT.mask(response.text).lstrip("\ufeff \t\r\n")
    if not text:
        return "nothing"
    if text.startswith("<"):
        title = _title(text)
        return f'a web page ("{title}")' if title else "a web page"
    return "broken or cut JSON" if text[0] in '{["' else "something that is not JSON"


def _json_words(body: Any) -> tuple[str | None, str | None]:
    """Read the shapes in which Asana, Basecamp and Graph explain themselves."""
    if not isinstance(body, dict):
        return None, str(body) if isinstance(body, str) else None
    error = body.get("error")
    if isinstance(error, dict):  # Graph: {"error": {"code", "message"}}
        return _text(error.get("code")), _text(error.get("message"))
    if isinstance(error, str):  # Basecamp and OAuth: {"error", "error_description"}
        described = _text(body.get("error_description"))
        return None, f"{error}: {described}" if described else error
    if body.get("errors"):  # Asana: a list of {"message"}; Basecamp: a map of fields
        return None, _list_words(body["errors"])
    return None, _text(body.get("message")) or _list_words(body)


def _list_words(errors: Any) -> str | None:
    if isinstance(errors, Mapping):
        parts = [f"{name} {text}" for name, value in errors.items() if (text := _field_words(value))]
    else:
        parts = [text for item in errors if (text := _item_words(item))] if isinstance(errors, list) else []
    return "; ".join(parts) or None


def _field_words(value: Any) -> str | None:
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return _text(value)


def _item_words(item: Any) -> str | None:
    return _text(item.get("message")) if isinstance(item, dict) else _text(item)


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _page_words(response: httpx.Response, text: str) -> str | None:
    if text.lstrip().startswith("<"):
        title = _title(text)
        return f"a web page titled {title}" if title else "a web page without a title"
    return _cut(text) or _cut(response.headers.get("reason"))


def _title(text: str) -> str | None:
    found = _TITLE.search(text[:20_000])
    return _cut(unescape(_TAG.sub(" ", found.group(2)))) if found else None


def _cut(text: str | None) -> str | None:
    plain = _JSON_WORDS.sub(" ", text).strip() if text else ""
    return (plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…") or None
