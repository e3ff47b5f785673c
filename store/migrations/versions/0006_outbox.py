"""What a person posts for copsync, and the one-time links under which moderators find it.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the items and the links; of a link only the digest is kept."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("thing", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(80), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40), nullable=False),
        sa.Column("post", sa.String(100), unique=True),
        sa.Column("proof", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("reminded_at", sa.String(40)),
        sa.Column("moves", sa.Text(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.UniqueConstraint("community", "channel", "thing", "revision", name="uq_outbox_revision"),
    )
    op.create_index("ix_outbox_state", "outbox", ["community", "channel", "state"])
    op.create_table(
        "outbox_links",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("moderator", sa.String(400), nullable=False),
        sa.Column("created_at", sa.String(40), nullable=False),
        sa.Column("expires_at", sa.String(40), nullable=False),
        sa.Column("opened_at", sa.String(40)),
        sa.Column("session", sa.String(64), unique=True),
        sa.Column("session_ends_at", sa.String(40)),
    )
    op.create_index("ix_outbox_links_community", "outbox_links", ["community"])
