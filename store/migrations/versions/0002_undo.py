"""Undo, decisions, approvals, records set aside, sealed secrets.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what the first schema lacks."""
    op.add_column("runs", sa.Column("kind", sa.String(20), nullable=False, server_default="sync"))
    op.add_column("runs", sa.Column("about", sa.String(60)))
    op.add_column("changes", sa.Column("cause", sa.String(200), nullable=False, server_default=""))
    op.add_column("conflicts", sa.Column("decision", sa.Text()))
    op.add_column("leases", sa.Column("process", sa.String(200)))
    _approvals()
    _set_aside()
    _secrets()


def _approvals() -> None:
    op.create_table(
        "approvals",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("record", sa.String(80), primary_key=True),
        sa.Column("run", sa.String(60), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )


def _set_aside() -> None:
    op.create_table(
        "set_aside",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("side", sa.String(10), primary_key=True),
        sa.Column("item", sa.String(1100), primary_key=True),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(40), nullable=False),
        sa.Column("retry_at", sa.String(40), nullable=False),
    )


def _secrets() -> None:
    op.create_table(
        "secrets",
        sa.Column("connection", sa.String(200), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
