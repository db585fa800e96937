"""Where each message of a feed applied, links that were used, who looked at whom, and what reps answer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("feed_message", sa.Column("area", sa.JSON))
    _links()
    _looks()
    _answers()


def _links() -> None:
    op.create_table(
        "used_link",
        sa.Column("token_id", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("token_id", name="pk_used_link"),
    )


def _looks() -> None:
    op.create_table(
        "look",
        sa.Column("id", Serial, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("visitor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("page", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_look"),
    )
    op.create_index("ix_look_lead_at", "look", ["lead", "at"])
    op.create_index("ix_look_visitor_at", "look", ["visitor", "at"])


def _answers() -> None:
    op.add_column("touch", sa.Column("answer", sa.Text))
    op.add_column("touch", sa.Column("answered_at", sa.BigInteger))
    op.add_column("touch", sa.Column("snoozes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("touch", sa.Column("handed_by", sa.Text))
    op.add_column("delivery", sa.Column("snoozes", sa.Integer, nullable=False, server_default="0"))
