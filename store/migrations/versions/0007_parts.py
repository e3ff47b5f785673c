"""Which record a link belongs to, where it is the link of one occurrence of a series.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column; until now every link was a record's own."""
    op.add_column("links", sa.Column("whole", sa.String(80), nullable=False, server_default=""))
    op.execute("UPDATE links SET whole = record")
    op.drop_index("ix_links_record", "links")
    op.create_index("ix_links_whole", "links", ["community", "whole"])
