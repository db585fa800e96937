"""What is known of sources that are pulled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "source_state",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("mapping", sa.Text),
        sa.Column("watermark", sa.JSON),
        sa.Column("pulls", sa.Integer, nullable=False, server_default="0"),
        sa.Column("pulled_at", sa.BigInteger),
        sa.Column("counts", sa.JSON),
        sa.Column("failure", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("retry_at", sa.BigInteger),
    )
    op.create_table(
        "source_row",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("ours", sa.Text, nullable=False),
        sa.Column("cells", sa.JSON, nullable=False),
        sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("told", sa.JSON),
        sa.PrimaryKeyConstraint("source", "key", name="pk_source_row"),
    )
    op.create_index("ix_source_row_ours", "source_row", ["ours"])
    op.create_table(
        "source_refusal",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("key", sa.JSON),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("source", "row", name="pk_source_refusal"),
    )
