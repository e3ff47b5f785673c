"""Addresses of calendar feeds.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the addresses; of a token only the digest is kept."""
    op.create_table(
        "feeds",
        sa.Column("id", sa.String(20), primary_key=True),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("member", sa.String(80)),
        sa.Column("email", sa.String(400)),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("revoked_at", sa.String(40)),
    )
    op.create_index("ix_feeds_community", "feeds", ["community"])
