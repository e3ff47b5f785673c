"""Keeps what a connection must remember and nobody may read, sealed, in the store.

Sealed means encrypted and authenticated (Fernet) with a key that is kept elsewhere: whoever has the store, or a copy
of it, has no secret. A secret is sealed together with its place, so that one cannot be put in another's stead.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr
from sqlalchemy import Engine, select, update

from domain.errors import ConfigProblem
from store.database import transaction
from store.sql import upsert
from store.tables import secrets

WHERE = "store.key"

_LOG = logging.getLogger(__name__)
_BETWEEN = re.compile(r"[\s,]+")


def new_key() -> SecretStr:
    """Return a fresh key: 44 letters, digits, dashes, underscores and an equals sign."""
    return SecretStr(Fernet.generate_key().decode("ascii"))


class Keys:
    """The keys of a store: the first seals, every one opens, so that an old one can go without a gap.

    Args:
        text: one key, or several separated by commas or line breaks, the newest first.

    Raises:
        ConfigProblem: that is no key.
    """

    def __init__(self, text: SecretStr) -> None:
        words = [word for word in _BETWEEN.split(text.get_secret_value()) if word]
        try:
            fernets = [Fernet(word) for word in words]
        except (ValueError, TypeError):
            fernets = []
        if not fernets:
            raise ConfigProblem(
                "The store's key is no key.",
                mend="Make one with `copsync key`, or put back the one you had; several are separated by commas.",
                where=WHERE,
            )
        self._newest = fernets[0]
        self._all = MultiFernet(fernets)
        self.are_changing = len(fernets) > 1

    def __repr__(self) -> str:
        return "<Keys [secret]>"

    def seal(self, connection: str, name: str, secret: SecretStr) -> str:
        """Return the sealed form of a secret that belongs to a place."""
        content = json.dumps([connection, name, secret.get_secret_value()]).encode("utf-8")
        return self._newest.encrypt(content).decode("ascii")

    def open(self, connection: str, name: str, sealed: str) -> SecretStr | None:
        """Return the secret of a place, or None where no key opens it: sealed with another, damaged or moved."""
        try:
            found: Any = json.loads(self._all.decrypt(sealed.encode("utf-8")))
        except (InvalidToken, ValueError):
            return None
        fits = isinstance(found, list) and len(found) == 3 and found[:2] == [connection, name]
        return SecretStr(found[2]) if fits else None

    def is_sealed_with_newest(self, sealed: str) -> bool:
        """Tell whether the newest key alone opens it."""
        try:
            self._newest.decrypt(sealed.encode("utf-8"))
        except (InvalidToken, ValueError):
            return False
        return True


class Vault:
    """The sealed secrets of a store. While keys are being changed, what an older one sealed is sealed anew."""

    def __init__(self, engine: Engine, keys: Keys) -> None:
        self._engine = engine
        self._keys = keys
        if keys.are_changing:
            self._seal_anew()

    def get(self, connection: str, name: str) -> SecretStr | None:
        """Return a secret, or None if none is kept.

        Raises:
            ConfigProblem: it cannot be opened; it stays as it is.
            StoreProblem: the store cannot be read.
        """
        place = (secrets.c.connection == connection) & (secrets.c.name == name)
        with transaction(self._engine, writes=False) as database:
            sealed = database.scalar(select(secrets.c.sealed).where(place))
        if sealed is None:
            return None
        found = self._keys.open(connection, name, sealed)
        if found is None:
            raise ConfigProblem(
                f"What is kept for the connection '{connection}' cannot be opened with the present key.",
                mend="Put the key back that it was sealed with (several are separated by commas, the newest first). If "
                f"that key is lost, or the store was damaged, run `copsync connect {connection}` to sign in again.",
                where=WHERE,
            )
        return found

    def put(self, connection: str, name: str, secret: SecretStr, now: datetime) -> None:
        """Keep a secret in place of the one before; it is on disk when this returns.

        Raises:
            StoreProblem: it could not be kept, and the one before still stands.
        """
        sealed = self._keys.seal(connection, name, secret)
        row = {"connection": connection, "name": name, "sealed": sealed, "at": now.isoformat()}
        with transaction(self._engine) as database:
            upsert(database, secrets, [row])

    def _seal_anew(self) -> None:
        """Seal with the newest key what an older one sealed, so that the older one can be removed."""
        with transaction(self._engine, writes=False) as database:
            rows = database.execute(select(secrets.c.connection, secrets.c.name, secrets.c.sealed)).all()
        for connection, name, sealed in rows:
            found = self._keys.open(connection, name, sealed)
            if found is not None and not self._keys.is_sealed_with_newest(sealed):
                self._replace(connection, name, sealed, self._keys.seal(connection, name, found))

    def _replace(self, connection: str, name: str, old: str, new: str) -> None:
        """Replace a sealed form, unless another process has just kept something newer there."""
        place = (secrets.c.connection == connection) & (secrets.c.name == name)
        with transaction(self._engine) as database:
            database.execute(update(secrets).where(place, secrets.c.sealed == old).values(sealed=new))
        _LOG.info("What is kept for the connection %s is sealed with the newest key now.", connection)
