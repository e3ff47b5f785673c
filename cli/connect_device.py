"""connect, by a code that a person enters on the vendor's page: the browser may run on any machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli.console import err

if TYPE_CHECKING:
    from connectors.consent import DeviceConsent
    from connectors.contract import TokenKeeper
    from connectors.http.device import DeviceCode
    from connectors.http.grants import App


async def sign_in(name: str, title: str, consent: DeviceConsent, keeper: TokenKeeper, agent: str) -> None:
    """Show a code, wait until it is entered, and keep the tokens.

    Raises:
        ConnectAgain: nobody entered it, or somebody said no; nothing was changed.
        Retriable: the service cannot be asked just now.
    """
    from datetime import UTC, datetime

    from connectors.http.device import begin, redeem
    from connectors.http.grants import App
    from connectors.http.tokens import first_tokens

    app = App(name, title, consent.client_id, None, consent.token_url, agent, consent.scope)
    asked = await begin(app, consent.device_url)
    _show(app, asked)
    grant = await redeem(app, asked)
    keeper.keep(first_tokens(grant, app, None, datetime.now(UTC)).text())


def _show(app: App, asked: DeviceCode) -> None:
    console = err()
    console.print(f"Open this address on any machine, as copsync's own account in {app.title}:", markup=False)
    console.print(asked.page, markup=False, soft_wrap=True)
    console.print(f"Enter this code there: {asked.word}", markup=False, style="bold")
    console.print(f"Waiting for {asked.seconds / 60:.0f} minutes at most (Ctrl-C stops) …", style="dim")
