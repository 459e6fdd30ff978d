"""Runs migrations on the connection handed over by bot.memory.database."""

from __future__ import annotations

from alembic import context

from bot.memory.tables import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
