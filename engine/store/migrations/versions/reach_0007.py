"""Channels that tell the truth: the appointment a message is about, and which addresses do not reach people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("appointment", sa.JSON))
    _wrong_addresses()


def _wrong_addresses() -> None:
    """What was stopped because an address was wrong names that address now, as what came back does."""
    for field in ("email", "phone", "wecom"):
        his = f"SELECT lead.{field} FROM lead WHERE lead.id = suppression.lead"
        op.execute(sa.text(
            f"UPDATE suppression SET address = ({his}) WHERE reason = 'wrong_{field}' AND address IS NULL"
        ))  # fmt: skip
