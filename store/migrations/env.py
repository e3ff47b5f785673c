"""Runs the migrations on the connection that the store hands over."""

from __future__ import annotations

from alembic import context

from store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="alembic_version",
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
