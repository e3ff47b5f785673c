"""Asks LinkedIn, at its own rules: a version in every request, no repeats of what may have been done, daily quotas."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx

from connectors.http import Auth, Http, HttpRefused, Limits, Params, Patience, Secret, Timing, json_of
from connectors.http.draft import OK
from connectors.linkedin.quota import Quota
from connectors.linkedin.version import must_be_alive
from domain.errors import ConfigProblem

_TOO_MANY = 429
_LIMITS = Limits(10, 10, at_once=2)


class Client:
    """One account at LinkedIn. `quota` says which endpoints rest."""

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        version: str,
        *,
        user_agent: str,
        secrets: tuple[Secret, ...] = (),
        timing: Timing | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._timing = timing or Timing()
        self._version = version
        self.quota = Quota(self.now)
        self._http = Http(
            base_url,
            auth=auth,
            limits=_LIMITS,
            user_agent=user_agent,
            secrets=secrets,
            headers={"X-Restli-Protocol-Version": "2.0.0"},
            timing=timing,
            patience=patience,
        )

    @property
    def requests(self) -> int:
        """How many requests left so far."""
        return self._http.requests

    @property
    def http(self) -> Http:
        """The transport, for what it measures."""
        return self._http

    def now(self) -> datetime:
        """Return the present moment."""
        return self._timing.now().astimezone(UTC)

    async def aclose(self) -> None:
        """Close everything."""
        await self._http.aclose()

    async def get(self, endpoint: str, params: Params, *, version: str | None = None) -> Any:
        """Return the JSON of a read.

        Raises:
            HttpRefused, ConnectAgain, Retriable, ConfigProblem: as the transport says; a spent quota is Retriable.
        """
        return json_of(await self.send("GET", endpoint, params=params, version=version))

    async def send(
        self,
        method: str,
        endpoint: str,
        *,
        params: Params | None = None,
        json: object | None = None,
        version: str | None = None,
        path: str | None = None,
        method_of_record: str | None = None,
    ) -> httpx.Response:
        """Send one request below /rest.

        `path` is given where it is longer than its endpoint; `method_of_record` is Rest.li's word for what a POST does.

        Raises:
            Uncertain: a write may have been carried out; it is never sent again from here.
            HttpRefused, ConnectAgain, Retriable, ConfigProblem: as the transport says.
        """
        named = version or self._version
        if version is None:
            must_be_alive(named, self.now().date())
        self.quota.pass_or_rest(endpoint)
        headers = {"LinkedIn-Version": named}
        headers |= {"X-RestLi-Method": method_of_record} if method_of_record else {}
        try:
            # 429 is final here: without a Retry-After, and with quotas by the day, seconds of patience are of no use.
            response = await self._http.request(
                method, path or f"/rest/{endpoint}", params=params, json=json, headers=headers, expect=_Final()
            )
        except HttpRefused as refused:
            raise _told(refused, named) from None
        if response.status_code == _TOO_MANY:
            raise self.quota.spent(endpoint)
        return response


class _Final:
    """The statuses after which nothing is tried again."""

    def __contains__(self, status: object) -> bool:
        return status in OK or status == _TOO_MANY


def _told(refused: HttpRefused, version: str) -> HttpRefused | ConfigProblem:
    if refused.status == httpx.codes.UPGRADE_REQUIRED:
        return ConfigProblem(
            f"LinkedIn no longer knows the API version {version} (426).",
            mend="Set api_version of this connection to a newer month and run `copsync check`.",
            where="api_version",
        )
    return refused


def urn_of(headers: Mapping[str, str]) -> str | None:
    """Return the name that LinkedIn gave to what was created."""
    return headers.get("x-restli-id")
