"""Where each message of a feed applied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("feed_message", sa.Column("area", sa.JSON))
