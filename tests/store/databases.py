"""Databases for tests: SQLite in a folder, and PostgreSQL where COPSYNC_TEST_POSTGRES names one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import create_engine, text

POSTGRES = os.environ.get("COPSYNC_TEST_POSTGRES", "")
KINDS = ("sqlite", "postgresql")


@contextmanager
def database(kind: str) -> Iterator[str]:
    """Give the address of an empty database; PostgreSQL gets a schema of its own, dropped afterwards."""
    if kind == "sqlite":
        yield "sqlite:///test.db"
        return
    if not POSTGRES:
        pytest.skip("COPSYNC_TEST_POSTGRES names no PostgreSQL database")
    schema = f"copsync_test_{secrets.token_hex(6)}"
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        mark = "&" if "?" in POSTGRES else "?"
        yield f"{POSTGRES}{mark}options=-csearch_path%3D{schema}"
        with engine.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    finally:
        engine.dispose()
