"""What the complete rule language needs beyond the first tables. Columns are added with a default, never rebuilt."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("lead", sa.Column("profile", sa.Text))
