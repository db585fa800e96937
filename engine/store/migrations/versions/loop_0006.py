"""The loop back: where messages of feeds applied, used links, looks, what reps answer, letters of the inbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("feed_message", sa.Column("area", sa.JSON))
    op.add_column("rep", sa.Column("feishu", sa.Text))
    _links()
    _looks()
    _answers()
    _signing()
    _inbox()
    _deals()
    _surveys()
    _board()


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
    op.create_table(
        "idempotency_key",
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("status", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("token", "path", "key", name="pk_idempotency_key"),
    )
    op.create_index("ix_idempotency_key_at", "idempotency_key", ["at"])
    op.create_index("ix_look_lead_at", "look", ["lead", "at"])
    op.create_index("ix_look_visitor_at", "look", ["visitor", "at"])


def _answers() -> None:
    op.add_column("touch", sa.Column("answer", sa.Text))
    op.add_column("touch", sa.Column("answered_at", sa.BigInteger))
    op.add_column("touch", sa.Column("snoozes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("touch", sa.Column("handed_by", sa.Text))
    op.add_column("delivery", sa.Column("snoozes", sa.Integer, nullable=False, server_default="0"))
    op.add_column("delivery", sa.Column("headers", sa.JSON))


def _signing() -> None:
    op.add_column("touch", sa.Column("reminded_at", sa.BigInteger))
    untold = sa.text("state = 'draft' AND reminded_at IS NULL")
    op.create_index("ix_touch_to_remind", "touch", ["deadline_at"], sqlite_where=untold, postgresql_where=untold)


def _inbox() -> None:
    op.create_table(
        "inbox_folder",
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("read_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("folder", name="pk_inbox_folder"),
    )
    op.create_table(
        "letter",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("lead", sa.Text),
        sa.Column("delivery", sa.BigInteger),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
    )
    op.create_index("ix_letter_seen_at", "letter", ["seen_at"])
    op.create_index("ix_letter_lead", "letter", ["lead"])
    op.add_column("lead", sa.Column("back_on", sa.Text))
    op.add_column("suppression", sa.Column("address", sa.Text))


def _deals() -> None:
    op.add_column("opportunity", sa.Column("opened_at", sa.BigInteger))
    op.create_index("ix_opportunity_opened_at", "opportunity", ["opened_at"])


def _surveys() -> None:
    op.add_column("interaction", sa.Column("score", sa.Integer))
    op.add_column("lead", sa.Column("last_score", sa.Integer))
    op.add_column("lead", sa.Column("last_score_at", sa.BigInteger))


def _board() -> None:
    for name, table, columns, where in (
        ("ix_touch_queued", "touch", ["state", "due_at"],
         "state IN ('planned', 'held', 'deferred', 'draft', 'signed', 'released', 'dead', 'bounced')"),
        ("ix_delivery_settled", "delivery", ["channel", "settled_at", "state"], "settled_at IS NOT NULL"),
        ("ix_delivery_failed", "delivery", ["channel", "settled_at"], "state = 'failed'"),
    ):  # fmt: skip
        op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_touch_day_on", "touch", ["day_on", "due_at", "state", "rule"])
