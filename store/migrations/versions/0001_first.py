"""The first schema.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    _records()
    _links()
    _identities()
    _cursors()
    _runs()
    _journal()
    _changes()
    _conflicts()
    _leases()


def _records() -> None:
    op.create_table(
        "records",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("edits", sa.Text(), nullable=False),
        sa.Column("writers", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("behind", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_records_behind", "records", ["community", "behind"])


def _links() -> None:
    op.create_table(
        "links",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("record", sa.String(80), primary_key=True),
        sa.Column("remote", sa.String(1100), nullable=False),
        sa.Column("version", sa.String(400), nullable=False),
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("sent", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.UniqueConstraint("community", "space", "remote", name="uq_links_remote"),
    )
    op.create_index("ix_links_record", "links", ["community", "record"])


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("person", sa.String(200), primary_key=True),
        sa.Column("record", sa.String(80), nullable=False),
    )


def _cursors() -> None:
    op.create_table(
        "cursors",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("space", sa.String(200), primary_key=True),
        sa.Column("cursor", sa.Text()),
        sa.Column("binding", sa.String(80), nullable=False),
        sa.Column("read_at", sa.String(40), nullable=False),
        sa.Column("full_at", sa.String(40)),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("started_at", sa.String(40), nullable=False),
        sa.Column("ended_at", sa.String(40)),
        sa.Column("report", sa.Text()),
    )
    op.create_index("ix_runs_community", "runs", ["community", "started_at"])


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("run", sa.String(60), nullable=False),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("space", sa.String(200), nullable=False),
        sa.Column("record", sa.String(80), nullable=False),
        sa.Column("remote", sa.String(1100)),
        sa.Column("type", sa.String(20), nullable=False),
        sa.Column("verb", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("view", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("answered_at", sa.String(40)),
    )
    op.create_index("ix_journal_open", "journal", ["community", "state"])
    op.create_index("ix_journal_record", "journal", ["community", "record"])
    op.create_index("ix_journal_run", "journal", ["run"])


def _changes() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("run", sa.String(60), nullable=False),
        sa.Column("record", sa.String(80), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("after", sa.Text()),
        sa.Column("space", sa.String(200), nullable=False),
        sa.Column("by", sa.String(400)),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("ix_changes_record", "changes", ["community", "record"])
    op.create_index("ix_changes_run", "changes", ["run"])


def _conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("id", sa.String(60), primary_key=True),
        sa.Column("community", sa.String(200), nullable=False),
        sa.Column("record", sa.String(80), nullable=False),
        sa.Column("field", sa.String(40), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("lost", sa.Text(), nullable=False),
        sa.Column("undecided", sa.Boolean(), nullable=False),
        sa.Column("run", sa.String(60), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
    )
    op.create_index("ix_conflicts_community", "conflicts", ["community", "undecided"])


def _leases() -> None:
    op.create_table(
        "leases",
        sa.Column("community", sa.String(200), primary_key=True),
        sa.Column("holder", sa.String(400), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(40), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
    )
