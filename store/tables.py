"""The tables. JSON is kept as text, so that SQLite and PostgreSQL store the same bytes."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

metadata = MetaData()

records = Table(
    "records",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("id", String(80), primary_key=True),
    Column("type", String(20), nullable=False),
    Column("fields", Text, nullable=False),
    Column("edits", Text, nullable=False, default="{}"),
    Column("writers", Text, nullable=False, default="{}"),
    Column("origin", Text, nullable=False),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("behind", Boolean, nullable=False, default=False),
    Index("ix_records_behind", "community", "behind"),
)

links = Table(
    "links",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("space", String(200), primary_key=True),
    Column("record", String(80), primary_key=True),
    Column("whole", String(80), nullable=False),  # the record; `record` may name one occurrence of it
    Column("remote", String(1100), nullable=False),
    Column("version", String(400), nullable=False),
    Column("base", Text, nullable=False),
    Column("sent", Text, nullable=False, default="{}"),
    Column("state", String(10), nullable=False),
    UniqueConstraint("community", "space", "remote", name="uq_links_remote"),
    Index("ix_links_whole", "community", "whole"),
)

identities = Table(
    "identities",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("space", String(200), primary_key=True),
    Column("person", String(200), primary_key=True),
    Column("record", String(80), nullable=False),
    Column("listed", Boolean, nullable=False, server_default=true()),
)

cursors = Table(
    "cursors",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("space", String(200), primary_key=True),
    Column("cursor", Text),
    Column("binding", String(80), nullable=False),
    Column("read_at", String(40), nullable=False),
    Column("full_at", String(40)),
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("community", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("started_at", String(40), nullable=False),
    Column("ended_at", String(40)),
    Column("report", Text),
    Column("kind", String(20), nullable=False, default="sync", server_default="sync"),
    Column("about", String(60)),
    Index("ix_runs_community", "community", "started_at"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("run", String(60), nullable=False),
    Column("community", String(200), nullable=False),
    Column("space", String(200), nullable=False),
    Column("record", String(80), nullable=False),
    Column("remote", String(1100)),
    Column("type", String(20), nullable=False),
    Column("verb", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("view", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("message", Text),
    Column("token", Integer, nullable=False),
    Column("at", String(40), nullable=False),
    Column("answered_at", String(40)),
    Index("ix_journal_run", "run"),
    Index("ix_journal_open", "community", "state"),
    Index("ix_journal_record", "community", "record"),
)

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("community", String(200), nullable=False),
    Column("run", String(60), nullable=False),
    Column("record", String(80), nullable=False),
    Column("field", String(40), nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("space", String(200), nullable=False),
    Column("by", String(400)),
    Column("at", String(40), nullable=False),
    Column("cause", String(200), nullable=False, default="", server_default=""),
    Index("ix_changes_record", "community", "record"),
    Index("ix_changes_run", "run"),
)

conflicts = Table(
    "conflicts",
    metadata,
    Column("id", String(60), primary_key=True),
    Column("community", String(200), nullable=False),
    Column("record", String(80), nullable=False),
    Column("field", String(40), nullable=False),
    Column("kept", Text, nullable=False),
    Column("lost", Text, nullable=False),
    Column("undecided", Boolean, nullable=False),
    Column("run", String(60), nullable=False),
    Column("at", String(40), nullable=False),
    Column("decision", Text),
    Index("ix_conflicts_community", "community", "undecided"),
)

leases = Table(
    "leases",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("holder", String(400), nullable=False),
    Column("token", Integer, nullable=False),
    Column("since", String(40), nullable=False),
    Column("expires", Float, nullable=False),
    Column("process", String(200)),
)

approvals = Table(
    "approvals",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("space", String(200), primary_key=True),
    Column("record", String(80), primary_key=True),
    Column("run", String(60), nullable=False),
    Column("at", String(40), nullable=False),
)

set_aside = Table(
    "set_aside",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("space", String(200), primary_key=True),
    Column("side", String(10), primary_key=True),
    Column("item", String(1100), primary_key=True),
    Column("type", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("since", String(40), nullable=False),
    Column("retry_at", String(40), nullable=False),
)

secrets = Table(
    "secrets",
    metadata,
    Column("connection", String(200), primary_key=True),
    Column("name", String(80), primary_key=True),
    Column("sealed", Text, nullable=False),
    Column("at", String(40), nullable=False),
)

earlier_changes = Table(
    "earlier_changes",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("record", String(80), primary_key=True),
    Column("field", String(40), primary_key=True),
    Column("times", Integer, nullable=False),
    Column("at", String(40), nullable=False),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", String(20), primary_key=True),
    Column("community", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("member", String(80)),
    Column("email", String(400)),
    Column("digest", String(64), nullable=False, unique=True),
    Column("created_at", String(40), nullable=False),
    Column("revoked_at", String(40)),
    Index("ix_feeds_community", "community"),
)

channels = Table(
    "channels",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("channel", String(200), primary_key=True),
    Column("connected_at", String(40), nullable=False),
    Column("seen_at", String(40), nullable=False),
    Column("topics", String(400), nullable=False),
    Column("scope", String(80), nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("community", String(200), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("thing", String(200), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("topic", String(20), nullable=False),
    Column("state", String(12), nullable=False),
    Column("how", String(10), nullable=False),
    Column("facts", Text, nullable=False),
    Column("called_off", Boolean, nullable=False),
    Column("within", String(40)),
    Column("edits", String(1100)),
    Column("title", Text, nullable=False),
    Column("remote", String(1100)),
    Column("url", Text),
    Column("digest", String(64)),
    Column("planned_at", String(40), nullable=False),
    Column("sent_at", String(40)),
    Column("reason", Text, nullable=False),
    Column("replies", Integer),
    Column("replies_at", String(40)),
    Column("token", Integer, nullable=False),
    UniqueConstraint("community", "channel", "thing", "revision", name="uq_messages_revision"),
    Index("ix_messages_state", "community", "channel", "state"),
    Index("ix_messages_within", "within"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("community", String(200), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("thing", String(200), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("message", String(80), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("state", String(12), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("post", String(100), unique=True),
    Column("proof", Integer, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("reminded_at", String(40)),
    Column("moves", Text, nullable=False),
    Column("revised", Integer, nullable=False),
    UniqueConstraint("community", "channel", "thing", "revision", name="uq_outbox_revision"),
    Index("ix_outbox_state", "community", "channel", "state"),
)

outbox_links = Table(
    "outbox_links",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("community", String(200), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("moderator", String(400), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("expires_at", String(40), nullable=False),
    Column("opened_at", String(40)),
    Column("session", String(64), unique=True),
    Column("session_ends_at", String(40)),
    Index("ix_outbox_links_community", "community"),
)

outbox_reads = Table(
    "outbox_reads",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("channel", String(200), primary_key=True),
    Column("since", String(20), nullable=False),
    Column("read_at", String(40)),
    Column("stops", Text, nullable=False),
)

channel_rests = Table(
    "channel_rests",
    metadata,
    Column("community", String(200), primary_key=True),
    Column("channel", String(200), primary_key=True),
    Column("why", String(20), nullable=False),
    Column("message", Text, nullable=False),
    Column("mend", Text, nullable=False),
    Column("since", String(40), nullable=False),
    Column("until", String(40)),
)

version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))
HEAD = "0011"
"""The newest migration; a test compares it with the scripts."""
