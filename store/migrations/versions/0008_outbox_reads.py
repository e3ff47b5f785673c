"""Where the next read of a moderator's own record at LinkedIn begins.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the beginnings."""
    op.create_table(
        "outbox_reads",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("channel", sa.String(200), primary_key=True),
        sa.Column("since", sa.String(20), nullable=False),
        sa.Column("read_at", sa.String(40)),
        sa.Column("stops", sa.Text(), nullable=False),
    )
