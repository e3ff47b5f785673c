"""Until when a channel asked to be left alone.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; what rests already may be asked at once."""
    op.add_column("channel_rests", sa.Column("until", sa.String(40), nullable=True))
