"""Steady: which shards a new revision of a rule has been planned for, what daemons count, and who is left alone."""

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
    _restrictions()


def _tallies() -> None:
    op.create_table(
        "tally",
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("labels", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.PrimaryKeyConstraint("metric", "labels", name="pk_tally"),
    )


def _restrictions() -> None:
    op.add_column("lead", sa.Column("restricted_at", sa.BigInteger))
    op.add_column("lead", sa.Column("restricted_by", sa.Text))
    op.add_column("lead", sa.Column("restricted_for", sa.Text))
    op.add_column("lead", sa.Column("erased_at", sa.BigInteger))
