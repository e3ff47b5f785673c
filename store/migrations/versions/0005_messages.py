"""Channels where a community talks, and the journal of what was said there.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "channels",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("channel", sa.String(200), primary_key=True),
        sa.Column("connected_at", sa.String(40), nullable=False),
        sa.Column("seen_at", sa.String(40), nullable=False),
        sa.Column("topics", sa.String(400), nullable=False),
        sa.Column("scope", sa.String(80), nullable=False),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("channel", sa.String(200), nullable=False),
        sa.Column("thing", sa.String(200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(20), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("how", sa.String(10), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("called_off", sa.Boolean(), nullable=False),
        sa.Column("within", sa.String(40)),
        sa.Column("edits", sa.String(1100)),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("remote", sa.String(1100)),
        sa.Column("url", sa.Text()),
        sa.Column("digest", sa.String(64)),
        sa.Column("planned_at", sa.String(40), nullable=False),
        sa.Column("sent_at", sa.String(40)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("replies", sa.Integer()),
        sa.Column("replies_at", sa.String(40)),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.UniqueConstraint("community", "channel", "thing", "revision", name="uq_messages_revision"),
    )
    op.create_index("ix_messages_state", "messages", ["community", "channel", "state"])
    op.create_index("ix_messages_within", "messages", ["within"])
