"""Where leads live, how far circumstances reach, and what feeds have told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _places()
    _circumstances()
    _feeds()


def _places() -> None:
    op.add_column("lead", sa.Column("lat", sa.Float))
    op.add_column("lead", sa.Column("lon", sa.Float))
    op.add_column("lead", sa.Column("cell", sa.Integer))
    op.create_index("ix_lead_cell", "lead", ["cell"])


def _circumstances() -> None:
    op.add_column("circumstance", sa.Column("area", sa.JSON))
    op.add_column("circumstance", sa.Column("aftermath", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("circumstance", sa.Column("thread", sa.Text))
    op.create_index("ix_circumstance_thread", "circumstance", ["thread"])


def _feeds() -> None:
    op.create_table(
        "feed_message",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("feed", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", "sent_at", name="pk_feed_message"),
    )
    op.create_index("ix_feed_message_thread_sent_at", "feed_message", ["thread", "sent_at"])
    op.create_index("ix_feed_message_seen_at", "feed_message", ["seen_at"])
    op.create_table(
        "feed_thread",
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("message", name="pk_feed_thread"),
    )
    op.create_index("ix_feed_thread_thread", "feed_thread", ["thread"])
