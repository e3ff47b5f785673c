"""connect: let copsync in at a tool, by a page in a browser or by a code."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.console import err, out
from cli.context import JsonOption, configuration_of, print_json
from cli.exits import USAGE

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr

    from config.loader import Configuration
    from connectors.consent import Consent, DeviceConsent
    from connectors.contract import ConnectionSetup, TokenKeeper
    from connectors.http.asking import Question
    from connectors.http.grants import App
    from sync.keeper import Keepers

_WAIT_S = 600.0
_AGENT = "copsync (https://github.com/copsync/copsync)"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="""\b
Examples:
  copsync connect asana
  copsync connect basecamp --paste
  copsync connect basecamp --redirect http://localhost:9000/callback
  copsync connect m365-user            a service user: shows a code to enter in a browser on any machine
  copsync connect linkedin             for 60 days; `copsync check` and `copsync status` say when it ends
  copsync connect asana --json | jq .connected

Before: register copsync as an app in the tool, with the redirect http://127.0.0.1:8917/callback, and write client_id
and client_secret under the connection. docs/connectors/ says where."""
    )(connect)


def connect(
    context: typer.Context,
    connection: Annotated[
        str, typer.Argument(metavar="CONNECTION", help="The name after `connections.` in copsync.toml.")
    ],
    json: JsonOption = False,
    paste: Annotated[
        bool, typer.Option("--paste", help="Paste what the browser shows, instead of waiting for it here.")
    ] = False,
    redirect: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Where the browser is sent back to, as it is registered with the app."),
    ] = None,
) -> None:
    """Sign in at a tool, so that tokens renew themselves.

    Shows an address to open in a browser. Sign in there as copsync's own account, not as yourself; at LinkedIn as the
    member whose record or page it is. Where nothing renews a token, it is said until when it lasts.
    """
    import asyncio
    from contextlib import closing

    from sync.keeper import Keepers

    configuration = configuration_of(context)
    with closing(Keepers(configuration)) as keepers:
        desk = _Desk(configuration, keepers, connection)
        if desk.device is not None:
            found = asyncio.run(desk.by_code(desk.device))
        else:
            question = desk.ask(redirect, paste=paste)
            ask = _paste if paste or not _is_here(question.redirect) else _wait
            code = ask(question, desk.who)
            found = asyncio.run(desk.finish(question, code))  # only now: a loop would keep Ctrl-C from ending the wait
    errors = any(one["level"] == "error" for one in found)
    if json:
        until = desk.ends_at.isoformat() if desk.ends_at else None
        print_json(
            {"connection": connection, "tool": desk.tool, "connected": True, "ends_at": until, "findings": found}
        )
    else:
        _show(connection, desk, found)
    if errors:
        raise typer.Exit(USAGE)


class _Desk:
    """One sign-in: everything that can be wrong in the settings is said before a person is bothered.

    After it, `ends_at` is when a person has to come back, None where that is not known, and `renews` whether the tokens
    renew themselves until then.
    """

    ends_at: datetime | None = None
    renews: bool = True

    def __init__(self, configuration: Configuration, keepers: Keepers, name: str) -> None:
        from connectors.registry import tool
        from sync.wiring import Wiring

        self._wiring = Wiring(configuration)
        self._name = name
        connections = configuration.settings.connections
        if name not in connections:
            raise _unknown(configuration, name)
        self.tool = connections[name].tool
        self._setup: ConnectionSetup = self._wiring.setup(name)
        self._kind = tool(self.tool)
        self.device: DeviceConsent | None = self._kind.device(self._setup.options)
        if self.device is None:
            self._app_and_consent()  # what is wrong with the app is said first
        self._keeper: TokenKeeper = keepers.of(name)

    def ask(self, redirect: str | None, *, paste: bool) -> Question:
        """Return what to ask the person."""
        from connectors.http.asking import REDIRECT, question

        options: Any = self._setup.options
        app, consent = self._app_and_consent()
        _must_be_address(redirect)
        shown = consent.shows_code if paste else None
        address = options.authorize_url or consent.authorize_url
        return question(app, consent, address, redirect or shown or REDIRECT, options.scope)

    @property
    def who(self) -> str:
        """Who signs in, in words."""
        return self._app_and_consent()[1].who

    async def by_code(self, consent: DeviceConsent) -> list[dict[str, str]]:
        """Let a person enter a code, keep the tokens, and see whether the connection works."""
        from cli.connect_device import sign_in

        async with self._wiring:
            await sign_in(self._name, self._kind.title, consent, self._keeper, _AGENT)
            return await self._checked()

    async def finish(self, question: Question, code: SecretStr) -> list[dict[str, str]]:
        """Turn the code into tokens, keep them, and see whether the connection works."""
        async with self._wiring:
            await self._exchange(question, code)
            return await self._checked()

    async def _checked(self) -> list[dict[str, str]]:
        found = await self._wiring.connection(self._name).check()
        return [{"level": one.level, "message": one.message, "mend": one.mend} for one in found]

    async def _exchange(self, question: Question, code: SecretStr) -> None:
        from datetime import UTC, datetime

        from connectors.http.grants import SignIn
        from connectors.http.tokens import first_tokens

        options: Any = self._setup.options
        app, consent = self._app_and_consent()
        service = SignIn(app)
        try:
            asked_at = datetime.now(UTC)
            grant = await service.exchange(code, question.redirect, question.verifier)
        finally:
            await service.aclose()
        tokens = first_tokens(grant, app, options.refresh_token, asked_at, always_renews=consent.always_renews)
        self._keeper.keep(tokens.text())
        self.ends_at, self.renews = tokens.ends_at, tokens.refresh is not None

    def _app_and_consent(self) -> tuple[App, Consent]:
        from connectors.consent import OAuthOptions
        from connectors.http.oauth import app_of
        from domain.errors import ConfigProblem

        kind = self._kind
        options = self._setup.options
        if kind.consent is None or not isinstance(options, OAuthOptions):
            raise ConfigProblem(
                f"{kind.title} connections do not sign in this way.",
                mend=f"docs/connectors/{kind.name}.md says how; `copsync check` tries it.",
            )
        try:
            return app_of(self._setup, options, kind.consent, kind.title, _AGENT), kind.consent
        except ConfigProblem as wrong:
            raise self._wiring.placed(self._name, wrong) from None


def _unknown(configuration: Configuration, name: str) -> Exception:
    from config.models import did_you_mean

    known = list(configuration.settings.connections)
    hint = did_you_mean(name, known) or f" There are: {', '.join(known) or 'none yet'}."
    return configuration.problem((), f"There is no connection '{name}'.", f"Name one of copsync.toml.{hint}")


def _must_be_address(redirect: str | None) -> None:
    from urllib.parse import urlsplit

    from domain.errors import ConfigProblem

    try:
        parts = urlsplit(redirect or "")
        is_one = redirect is None or bool(parts.scheme and (parts.hostname or parts.path) and parts.port != 0)
    except ValueError:
        is_one = False
    if not is_one:
        raise ConfigProblem(
            f"--redirect {redirect} is no address.",
            mend="Write it letter by letter as it is registered with the app, such as http://127.0.0.1:8917/callback.",
        )


def _is_here(redirect: str) -> bool:
    from urllib.parse import urlsplit

    from connectors.http import is_loopback

    parts = urlsplit(redirect)
    return parts.scheme == "http" and parts.hostname is not None and is_loopback(parts.hostname)


def _wait(question: Question, who: str) -> SecretStr:
    """Show the address and wait for the browser to come back to this machine."""
    from cli.callback import Callback
    from connectors.http.asking import NotOurs
    from domain.errors import ConnectAgain

    def read(target: str) -> SecretStr | None:
        try:
            return question.code_of(target)
        except NotOurs:
            return None  # somebody else's page may send anything here; the wait goes on

    callback = Callback(question.redirect, read)
    with callback.listening():
        _show_address(question, who)
        err().print("Waiting for your browser to come back (Ctrl-C stops) …", style="dim")
        code = callback.wait(_WAIT_S)
    if code is None:
        raise ConnectAgain(
            "Nobody came back from the sign-in page in ten minutes; nothing was changed.",
            mend="Run it again; add --paste if the browser runs on another machine.",
        )
    return code


def _paste(question: Question, who: str) -> SecretStr:
    """Show the address and read what the person pastes."""
    _show_address(question, who)
    err().print("Then paste the code, or the whole address of the page you end on, and press Enter:")
    return question.code_of(sys.stdin.readline())


def _show_address(question: Question, who: str) -> None:
    console = err()
    console.print(f"Open this address, as {who} in {question.app.title}:", markup=False)
    console.print(question.url, markup=False, soft_wrap=True)


def _show(connection: str, desk: _Desk, found: list[dict[str, str]]) -> None:
    from cli.setup import show_finding

    until = f" until {desk.ends_at:%Y-%m-%d}" if desk.ends_at else ""
    said = (
        f"is signed in and renews its token by itself from now on{until}."
        if desk.renews
        else f"is signed in{until}. Nothing renews that: run this again before it ends."
    )
    console = out()
    console.print(f"[green]✓[/] The connection {connection} {said}")
    for one in found:
        show_finding(console, {"about": f"connection {connection}", **one})
