"""What alembic runs. The connection, inside its transaction, comes from engine.store.upgrade."""

from __future__ import annotations

from alembic import context

from engine.store.upgrade import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
