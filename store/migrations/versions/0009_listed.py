"""Who was missing when the people of a space were last listed.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column; until now everybody met counted as listed."""
    op.add_column("identities", sa.Column("listed", sa.Boolean, nullable=False, server_default=sa.true()))
