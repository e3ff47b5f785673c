"""Signs requests with a token that renews itself; whatever the tool renews is kept before it is used.

One `OAuth` stands for one connection in one process. Within the process, requests that need a token wait for one
renewal. Between processes there is no lock, because none may be held while a tool is asked: each looks first whether
another one has renewed meanwhile, and again when the tool refuses its refresh token. If a process is killed after the
tool gave a new refresh token and before that is kept, the old one still works where the tool does not rotate
(Asana and Basecamp are not known to); where it does, a person connects again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import SecretStr

from connectors.http.auth import fingerprint
from connectors.http.clock import Timing
from connectors.http.grants import App, Grant, GrantEnded, SignIn
from connectors.http.redact import VAULT
from connectors.http.tokens import Tokens, ends_at, mark_of, renew_at, seed_mark
from domain.errors import ConfigProblem, ConnectAgain

if TYPE_CHECKING:
    from connectors.consent import Consent, OAuthOptions
    from connectors.contract import ConnectionSetup, TokenKeeper

_LOG = logging.getLogger(__name__)

_TOO_SOON_S = 30.0  # a token that is refused so soon after one was refused: another would be refused as well
_LOOKS, _LOOK_S = 5, 0.25  # how long another process may take to keep what the tool gave it


class OAuth:
    """The credentials of a connection that signs in as an app. Belongs to the event loop it is first used on.

    Args:
        sign_in: where tokens are renewed.
        keeper: where they are kept.
        seed: the refresh token of the settings, if there is one.
        timing: clocks and sleep, for tests.

    Raises:
        ConfigProblem: what was kept cannot be opened.
        StoreProblem: nor can the store.
    """

    def __init__(
        self, sign_in: SignIn, keeper: TokenKeeper, seed: SecretStr | None = None, *, timing: Timing | None = None
    ) -> None:
        self._sign_in = sign_in
        self._keeper = keeper
        self._seed = seed
        self._timing = timing or Timing()
        self._tokens = self._recall()
        self._unsaved: Tokens | None = None
        self._ended: ConnectAgain | None = None
        self._renewal: asyncio.Task[Tokens] | None = None
        self._refused_at: float | None = None
        VAULT.learn(*([seed.get_secret_value()] if seed else []))

    def __repr__(self) -> str:
        return f"<OAuth {self._sign_in.app.connection}>"

    @property
    def ends_at(self) -> datetime | None:
        """When a person has to sign in again at the latest, as far as that is known."""
        return self._tokens.ends_at if self._tokens is not None else None

    async def headers(self) -> Mapping[str, str]:
        """Return the Authorization header, after a renewal if that is due.

        Raises:
            ConnectAgain: a person must let copsync in (again); said once more without asking the service again.
            Retriable: the service cannot be asked just now.
            StoreProblem: renewed tokens cannot be kept, so they are not used; they are tried again.
        """
        if self._ended is not None:
            raise ConnectAgain(self._ended.message, mend=self._ended.mend)
        tokens = self._tokens
        if tokens is None or self._unsaved is not None or not self._is_usable(tokens):
            tokens = await self._renew_once(None)
        return {"Authorization": f"Bearer {tokens.access.get_secret_value()}"}

    async def renew(self) -> bool:
        """Renew a token that the tool refused; False when that helped nothing a moment ago.

        Errors are those of `headers`.
        """
        since = self._refused_at
        if since is not None and self._timing.clock() - since < _TOO_SOON_S:
            return False
        await self._renew_once(self._tokens)
        self._refused_at = self._timing.clock()
        return True

    async def aclose(self) -> None:
        """Let a renewal that is under way end, so that what the tool gives is kept, and close the connections."""
        if self._renewal is not None:
            await asyncio.wait({self._renewal})
        await self._sign_in.aclose()

    async def _renew_once(self, refused: Tokens | None) -> Tokens:
        """Join the renewal under way or begin one; whoever waits may be cancelled, the renewal goes on."""
        if self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self._renew(refused))
            self._renewal.add_done_callback(_heed)
        return await asyncio.shield(self._renewal)

    async def _renew(self, refused: Tokens | None) -> Tokens:
        if self._unsaved is not None:
            return self._keep(self._unsaved)
        try:
            return await self._from_vault_or_service(refused)
        except ConnectAgain as ended:
            self._ended = ended
            raise

    async def _from_vault_or_service(self, refused: Tokens | None) -> Tokens:
        kept = self._recall()
        tried: set[bytes] = set()
        ended: GrantEnded | None = None
        while True:
            if kept is not None and kept.access != (refused and refused.access) and self._is_usable(kept):
                self._tokens = kept  # another process has renewed it
                return kept
            token = self._next(kept, tried)
            if token is None:
                raise ended or self._nobody(kept)
            asked_at = self._timing.now()
            try:
                return self._keep(self._tokens_of(await self._sign_in.refresh(token), token, asked_at))
            except GrantEnded as refusal:
                ended = refusal
                tried.add(fingerprint(token.get_secret_value()))
                kept = await self._look_again(kept)

    def _next(self, kept: Tokens | None, tried: set[bytes]) -> SecretStr | None:
        """Return the refresh token to try: a new one of the settings before the one that was kept."""
        known = [self._seed] if self._seed is not None and (kept is None or kept.seed != self._seed_mark()) else []
        known += [kept.refresh] if kept is not None and kept.refresh is not None else []
        return next((token for token in known if fingerprint(token.get_secret_value()) not in tried), None)

    async def _look_again(self, before: Tokens | None) -> Tokens | None:
        """Return what is kept now; another process may have used the same refresh token up and be about to keep."""
        for _ in range(_LOOKS):
            kept = self._recall()
            if kept != before:
                return kept
            await self._timing.sleep(_LOOK_S)
        return before

    def _tokens_of(self, grant: Grant, used: SecretStr, asked_at: datetime) -> Tokens:
        return Tokens(
            access=grant.access,
            refresh=grant.refresh or used,
            renew_at=renew_at(grant, asked_at),
            seed=self._seed_mark() or (self._tokens.seed if self._tokens is not None else None),
            app=mark_of(self._sign_in.app),
            ends_at=ends_at(grant, asked_at, renewable=True) or self.ends_at,
        )

    def _keep(self, tokens: Tokens) -> Tokens:
        """Keep tokens and only then use them: a refresh token that is lost here cannot be had again."""
        self._unsaved = tokens
        self._keeper.keep(tokens.text())
        self._unsaved, self._tokens = None, tokens
        _LOG.info("The token of the connection %s was renewed.", self._sign_in.app.connection)
        return tokens

    def _recall(self) -> Tokens | None:
        return Tokens.read(self._keeper.recall(), mark_of(self._sign_in.app))

    def _is_usable(self, tokens: Tokens) -> bool:
        has_begun_anew = self._seed is not None and tokens.seed != self._seed_mark()
        return not has_begun_anew and tokens.is_fresh(self._timing.now())

    def _seed_mark(self) -> str | None:
        return seed_mark(self._seed)

    def _nobody(self, kept: Tokens | None) -> ConnectAgain:
        app = self._sign_in.app
        of = f"the connection '{app.connection}'"
        if kept is None:
            said = f"Nobody has let copsync in at {app.title} for {of} yet."
        else:
            said = f"The sign-in of {of} at {app.title} {_when(kept)}, and nothing renews it."
        return ConnectAgain(said, mend=f"Run `copsync connect {app.connection}`.")


def app_of(setup: ConnectionSetup, options: OAuthOptions, consent: Consent, title: str, user_agent: str) -> App:
    """Return the app that a connection signs in as.

    Raises:
        ConfigProblem: a part of it is missing, or there is a `token` beside it.
    """
    where = f"connections.{setup.name}"
    if setup.token is not None:
        raise ConfigProblem(
            f"The connection '{setup.name}' names two ways to sign in: a token and an app.",
            mend="Remove `token`, or remove `client_id`, `client_secret` and `refresh_token`.",
            where=f"{where}.token",
        )
    if options.client_id is None or options.client_secret is None:
        missing = "client_id" if options.client_id is None else "client_secret"
        raise ConfigProblem(
            f"The connection '{setup.name}' signs in as an app, but `{missing}` is missing.",
            mend=f"Add it; the page of the app registration shows it ({consent.register_at}).",
            where=where,
        )
    token_url = options.token_url or consent.token_url
    return App(setup.name, title, options.client_id, options.client_secret, token_url, user_agent)


def secrets_of(app: App) -> tuple[SecretStr, ...]:
    """Return what of an app must never show."""
    return (app.client_secret,) if app.client_secret else ()


def oauth_for(
    setup: ConnectionSetup, app: App, seed: SecretStr | None = None, *, timing: Timing | None = None
) -> OAuth:
    """Return the credentials of a connection that signs in as an app; `seed` is the refresh token of its settings.

    Raises:
        ConfigProblem: there is no place to keep tokens, or what is kept cannot be opened.
    """
    if setup.keeper is None:
        raise ConfigProblem(
            f"The connection '{setup.name}' renews its token, and there is no place to keep it.",
            mend="Name a fixed `token` instead.",
            where=f"connections.{setup.name}",
        )
    return OAuth(SignIn(app, timing=timing), setup.keeper(), seed, timing=timing)


def _heed(task: asyncio.Task[Tokens]) -> None:
    """Look at the outcome, which nobody may be waiting for any more."""
    if not task.cancelled():
        task.exception()


def _when(kept: Tokens) -> str:
    return f"ended on {kept.ends_at:%Y-%m-%d}" if kept.ends_at else "has ended"
