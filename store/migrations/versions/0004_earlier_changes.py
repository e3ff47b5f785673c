"""How often fields changed before the history that is kept begins.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the sums."""
    op.create_table(
        "earlier_changes",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("record", sa.String(80), primary_key=True),
        sa.Column("field", sa.String(40), primary_key=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
