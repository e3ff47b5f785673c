"""A kind of channel as somebody else would write it, with its place: one JSON endpoint that edits and is asked by key.

`faults` break its promises on purpose, one at a time, so that it can be seen that the suite finds each.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.channel import ChannelKind, ChannelSetup, Outgoing, Receipt, is_ours, must_be_ours
from connectors.contract import Finding
from connectors.http import Http, HttpRefused, Limits, Unsigned, json_of
from domain.announcements.channel import Abilities, Form
from domain.errors import ConnectAgain, CopsyncError, Retriable, SetAside, Uncertain
from sandbox.faults import Faults
from sandbox.server import serve
from tests.contract.channels.subject import Now, Subject, Wire

BROKEN: set[str] = set()
"""Which promises the kind breaks; see the places that ask."""


class Options(BaseModel):
    """`loft` is the address."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    loft: str


class Pigeon:
    """One loft, open."""

    def __init__(self, setup: ChannelSetup) -> None:
        loft = cast("Options", setup.options).loft
        self._http = Http(loft, auth=Unsigned(), limits=Limits(1000, 1.0, at_once=2), user_agent="pigeon (test)")

    @property
    def requests(self) -> int:
        return self._http.requests

    async def check(self) -> Sequence[Finding]:
        try:
            await self._ask("GET", "/letters")
        except CopsyncError as problem:
            return [Finding("error", problem.message, problem.mend)]
        return [Finding("ok", "The loft is there.")]

    async def post(self, outgoing: Outgoing) -> Receipt:
        body = {"key": outgoing.key, "text": outgoing.body}
        try:
            await self._ask("POST", "/letters", json=body, repeatable="repeats" in BROKEN)
        except Uncertain as lost:
            if "takes an unclear post for none" in BROKEN:
                raise Retriable(lost.message) from None
            raise
        return Receipt(outgoing.key)

    async def edit(self, outgoing: Outgoing, remote: str) -> Receipt:
        shown = await self._letters()
        if remote not in shown:
            raise SetAside("The letter is gone.", mend="Nothing to do.")
        if "overwrites" not in BROKEN:
            must_be_ours(outgoing, shown[remote], remote)
        await self._ask("PUT", f"/letters/{remote}", json={"text": outgoing.body})
        return Receipt(remote)

    async def find(self, outgoing: Outgoing) -> Receipt | None:
        shown = await self._letters()
        if "forgets" in BROKEN:
            return None
        return next((Receipt(key) for key in shown if key == outgoing.key or is_ours(outgoing, shown[key])), None)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _letters(self) -> dict[str, str]:
        return dict(json_of(await self._ask("GET", "/letters")))

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            return await self._http.request(method, path, **more)
        except HttpRefused as refused:
            if refused.status in (401, 403, 404):
                raise ConnectAgain("The loft is closed.") from None
            if refused.maybe_done or method == "GET":
                raise Retriable(refused.message) from None
            raise SetAside(f"Refused ({refused.status}).", mend="Correct it.") from None


def _abilities(options: BaseModel) -> Abilities:
    del options
    return Abilities(Form.TEXT, max_length=2_000, edits=True, finds=True)


KIND = ChannelKind("pigeon", "Pigeon", Options, _abilities, Pigeon)


@dataclass
class Loft:
    letters: dict[str, str] = field(default_factory=dict)
    is_open: bool = True

    async def answer(self, request: Request) -> Response:
        if not self.is_open:
            return JSONResponse({}, 403)
        if request.method == "GET":
            return JSONResponse(self.letters)
        body = json.loads(await request.body())
        key = request.path_params.get("key") or body["key"]
        if request.method == "POST" and key in self.letters:
            key += "-again"  # a place without any protection against doubles
        self.letters[key] = body["text"]
        return Response(status_code=204)


@contextmanager
def loft(_now: Now) -> Iterator[Subject]:
    """A loft, served; the kind is registered for as long, as an installed package would be."""
    made = Loft()
    faults = Faults(Starlette(routes=[Route(path, made.answer, methods=["GET", "POST", "PUT"]) for path in _PATHS]))
    with serve({"loft": faults}) as urls, pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.wiring.channel_kind", lambda name: KIND)
        yield Subject(
            "pigeon",
            f'loft = "{urls["loft"].rstrip("/")}"',
            lambda: list(made.letters.values()),
            wire=Wire(
                faults,
                ("POST", "/letters$"),
                ("PUT", "/letters/"),
                lambda: setattr(made, "is_open", False),
                lambda _: setattr(made, "is_open", True),
            ),
            meddle=lambda words: made.letters.update({list(made.letters)[-1]: words}),
            remove=lambda: made.letters.popitem(),
        )


_PATHS = ("/letters", "/letters/{key}")
