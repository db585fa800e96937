"""Steady: which shards a new revision of a rule has been planned for by several daemons, and what daemons count."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "rule_shard",
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("shard", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("rule", "revision", "shard", name="pk_rule_shard"),
    )
    _tallies()


def _tallies() -> None:
    op.create_table(
        "tally",
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("metric", "labels", name="pk_tally"),
    )
