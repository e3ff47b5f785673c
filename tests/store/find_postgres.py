"""Prints the address of a PostgreSQL database on loopback in which a test may make a schema, or nothing."""

from __future__ import annotations

import getpass
import os
import sys

import psycopg


def candidates() -> list[str]:
    """Return the addresses to try; the usual PG* variables go first."""
    user = os.environ.get("PGUSER", getpass.getuser())
    names = [os.environ.get("PGDATABASE", ""), "test", user, "postgres"]
    return [f"postgresql://{user}@127.0.0.1:{os.environ.get('PGPORT', '5432')}/{name}" for name in names if name]


def usable(address: str) -> bool:
    """Tell whether a schema can be made there."""
    try:
        with psycopg.connect(address, connect_timeout=2) as connection:
            row = connection.execute("SELECT has_database_privilege(current_database(), 'CREATE')").fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


if __name__ == "__main__":
    found = next((address for address in candidates() if usable(address)), "")
    sys.stdout.write(found.replace("postgresql://", "postgresql+psycopg://", 1))
