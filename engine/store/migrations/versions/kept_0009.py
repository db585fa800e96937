"""Kept: rows that cannot be read, and what was the latest contact before a greeting that may come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    _malformed_rows()
    op.add_column("interaction", sa.Column("contact_before_at", sa.BigInteger))


def _malformed_rows() -> None:
    op.create_table(
        "malformed_row",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("row", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("touch", sa.BigInteger),
        sa.Column("problem", sa.Text, nullable=False),
        sa.Column("found_at", sa.BigInteger, nullable=False),
        sa.Column("looked_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("kind", "row", "field", name="pk_malformed_row"),
    )
    op.create_index("ix_malformed_row_lead", "malformed_row", ["lead"])
