"""Care: what was agreed in a talk to be done next."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("next_step", sa.Text))
