"""Gives connections a place for the tokens that their tools renew: the vault of the configured store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from config.loader import Configuration
from domain.errors import ConfigProblem

if TYPE_CHECKING:
    from pydantic import SecretStr

    from store.store import Store
    from store.vault import Vault

_KEY = ("store", "key")
_TOKENS = "tokens"


class Keepers:
    """Opens the vault at first need, once for all connections of a run."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._store: Store | None = None
        self._vault: Vault | None = None

    def of(self, connection: str) -> Keeper:
        """Return the place of a connection.

        Raises:
            ConfigProblem: there is no key, or what is there is none.
            StoreProblem: the store cannot be opened.
        """
        if self._vault is None:
            self._vault = self._open(connection)
        return Keeper(self._configuration, self._vault, connection)

    def close(self) -> None:
        """Close the store. Repeatable."""
        if self._store is not None:
            self._store.close()
        self._store = self._vault = None

    def _open(self, connection: str) -> Vault:
        from store.store import Store  # brings SQLAlchemy and cryptography, only for those who renew tokens
        from store.vault import Keys, Vault

        configuration = self._configuration
        ref = configuration.settings.store.key
        if ref is None:
            raise configuration.problem(
                _KEY,
                f"The connection '{connection}' renews its tokens, and there is no key to keep them sealed with.",
                "Run `copsync key --file copsync.key` beside the configuration and write "
                'key = { file = "copsync.key" } under [store]; or put what `copsync key` prints into a variable and '
                'write key = { env = "COPSYNC_KEY" }.',
            )
        try:
            keys = Keys(configuration.secret(ref, _KEY, private=True))
            self._store = Store.open(configuration.settings.store.url, configuration.folder)
        except ConfigProblem as wrong:
            raise _placed(configuration, wrong) from None
        return Vault(self._store.engine, keys)


class Keeper:
    """The place of one connection; implements `connectors.contract.TokenKeeper`."""

    def __init__(self, configuration: Configuration, vault: Vault, connection: str) -> None:
        self._configuration = configuration
        self._vault = vault
        self._connection = connection

    def recall(self) -> SecretStr | None:
        """Return what was kept last; errors are those of :meth:`store.vault.Vault.get`."""
        try:
            return self._vault.get(self._connection, _TOKENS)
        except ConfigProblem as wrong:
            raise _placed(self._configuration, wrong) from None

    def keep(self, secret: SecretStr) -> None:
        """Keep a text in place of the one before; errors are those of :meth:`store.vault.Vault.put`."""
        self._vault.put(self._connection, _TOKENS, secret, datetime.now(UTC))


def _placed(configuration: Configuration, wrong: ConfigProblem) -> ConfigProblem:
    """Return a problem with the file and line of the setting that it is about."""
    room, dot, name = (wrong.where or "").partition(".")
    if room != "store" or not dot or not name.isalpha():
        return wrong
    return configuration.problem((room, name), wrong.message, wrong.mend)
