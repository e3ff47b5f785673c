"""Signs in to Microsoft Entra with azure-identity. Imported only by connections that need it: it takes 0.1 s."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError, ClientAuthenticationError
from azure.identity import CredentialUnavailableError
from azure.identity.aio import CertificateCredential, ClientSecretCredential, ManagedIdentityCredential

from connectors.microsoft365.options import ConnectionOptions
from domain.errors import ConfigProblem, ConnectAgain, CopsyncError, Retriable

_PATIENCE: Mapping[str, Any] = {"retry_total": 3, "connection_timeout": 10, "read_timeout": 30}
_CODE = re.compile(r"AADSTS\d+")

_EXPIRED = "Make a new secret (or a certificate) for the app registration and put it where the settings point to."
_COPY_AGAIN = "Copy the value (not the id) of the secret from the app registration once more, or make a new one."
_WRONG_APP = "Check `client_id` and `tenant` against the page of the app registration in the Entra admin centre."
_WRONG_TENANT = "Check `tenant`: the directory (tenant) id stands on the page of the app registration."
_WRONG_CERTIFICATE = "Upload this certificate to the app registration, or name the one that is registered there."
_BLOCKED = "Ask an Entra administrator to enable the app and to look at its sign-in log and conditional access."

_MENDS: Mapping[str, tuple[str, str]] = {
    "AADSTS7000222": ("The secret of the app has expired", _EXPIRED),
    "AADSTS7000215": ("The secret of the app is not the right one", _COPY_AGAIN),
    "AADSTS700016": ("The tenant does not know this app", _WRONG_APP),
    "AADSTS90002": ("There is no such tenant", _WRONG_TENANT),
    "AADSTS900023": ("There is no such tenant", _WRONG_TENANT),
    "AADSTS700027": ("The certificate is not registered for the app", _WRONG_CERTIFICATE),
    "AADSTS7000112": ("The app is switched off in the tenant", _BLOCKED),
    "AADSTS53003": ("The tenant's conditional access keeps the app out", _BLOCKED),
}


class SignedIn:
    """A credential of azure-identity that fails with copsync's errors and fetches one token at a time.

    Args:
        options: a complete way to sign in.
        transport: settings of azure-identity's own client, for tests.
    """

    def __init__(self, options: ConnectionOptions, transport: Mapping[str, Any]) -> None:
        self._options = options
        self._transport = {**_PATIENCE, **transport}
        self._credential: Any = None
        self._one = asyncio.Lock()

    def __repr__(self) -> str:
        return "<SignedIn>"

    async def get_token(self, *scopes: str, **more: Any) -> AccessToken:
        """Return a token, from azure-identity's cache where it still lives for some minutes.

        Raises:
            ConfigProblem: the certificate cannot be read, or there is no managed identity here.
            ConnectAgain: Entra does not let the app in.
            Retriable: Entra could not be asked.
        """
        async with self._one:
            self._credential = self._credential or _opened(self._options, self._transport)
            try:
                token: AccessToken = await self._credential.get_token(*scopes, **more)
            except AzureError as error:
                refusal = _refusal(error)
            else:
                return token
        raise refusal  # outside of the handler: azure-identity's error holds the request, and that the secret

    async def aclose(self) -> None:
        """Close azure-identity's client."""
        if self._credential is not None:
            await self._credential.close()


def _opened(options: ConnectionOptions, transport: Mapping[str, Any]) -> Any:
    try:
        return _credential(options, transport)
    except (OSError, ValueError, TypeError) as error:
        reason = type(error).__name__
    raise ConfigProblem(
        f"The certificate {options.certificate} cannot be read ({reason}).",
        mend="Name a PEM file with the certificate and its private key, and `certificate_password` if it has one.",
        where="certificate",
    )


def _credential(options: ConnectionOptions, transport: Mapping[str, Any]) -> Any:
    """Return azure-identity's credential for what the options name.

    Raises:
        OSError, ValueError, TypeError: the certificate cannot be read; the last one when it needs a password.
    """
    if options.managed_identity:
        return ManagedIdentityCredential(client_id=options.client_id, **transport)
    app = (options.tenant or "", options.client_id or "")
    more = {"authority": options.authority, **transport}
    if options.client_secret is not None:
        return ClientSecretCredential(*app, options.client_secret.get_secret_value(), **more)
    secret = options.certificate_password
    password = secret.get_secret_value() if secret else None
    return CertificateCredential(*app, str(options.certificate), password=password, **more)


def _refusal(error: AzureError) -> CopsyncError:
    """Return our error for one of azure-identity's, with nothing of it inside but its code."""
    if isinstance(error, CredentialUnavailableError):
        return ConfigProblem(
            "This machine has no managed identity that could be used.",
            mend="Give the machine one in Azure, name the right one with `client_id`, or use a certificate.",
            where="managed_identity",
        )
    if isinstance(error, ClientAuthenticationError) and not _is_passing(error):
        return _not_let_in(error)
    return Retriable(
        f"Microsoft's sign-in service could not be asked ({type(error).__name__}).",
        mend="Nothing is lost: the next run tries again. If it stays, check `authority` and the network.",
    )


def _is_passing(error: ClientAuthenticationError) -> bool:
    status = error.status_code if isinstance(error.status_code, int) else 0
    return status >= 500 or status in (408, 429)


def _not_let_in(error: ClientAuthenticationError) -> ConnectAgain:
    found = _CODE.search(str(error.message))
    code = found[0] if found else ""
    words, mend = _MENDS.get(code, ("Microsoft does not let the app in", f"{_WRONG_APP} {_BLOCKED}"))
    return ConnectAgain(f"{words}{f' ({code})' if code else ''}.", mend=mend)
