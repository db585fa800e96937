"""Kept: rows that cannot be read, the contact before a greeting, the archive of what ended, how full portraits are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Integer, Text

revision = "0009"
down_revision = "0008"

_Id = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    _malformed_rows()
    op.add_column("interaction", sa.Column("contact_before_at", sa.BigInteger))
    _portraits()
    _gifts()
    _touches()
    _deliveries()
    _what_hangs_on_them()
    _never_again()


def _id() -> Column[int]:
    return Column("id", _Id, primary_key=True, autoincrement=False)


def _partial(name: str, table: str, where: str, *columns: str) -> None:
    words = sa.text(where)
    op.create_index(name, table, list(columns), sqlite_where=words, postgresql_where=words)


def _touches() -> None:
    op.create_table(
        "touch_archive",
        _id(),
        Column("occurrence_key", Text, nullable=False),
        Column("rule", Text, nullable=False),
        Column("lead", Text, nullable=False),
        Column("anchor", Text, nullable=False),
        Column("step", Text, nullable=False),
        Column("receiver", Text, nullable=False),
        Column("absent", Text),
        Column("shard", Integer, nullable=False),
        Column("revision", Text, nullable=False),
        Column("generation", BigInteger, nullable=False),
        Column("action", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("nominal_at", BigInteger, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("day_on", Text, nullable=False),
        Column("judge_at", BigInteger),
        Column("expires_at", BigInteger),
        Column("state", Text, nullable=False),
        Column("reason", Text),
        Column("policy", Text),
        Column("merged_into", BigInteger),
        Column("judged_version", BigInteger),
        Column("needs_signature", Boolean, nullable=False),
        Column("signer", Text),
        Column("deadline_at", BigInteger),
        Column("escalated_at", BigInteger),
        Column("reminded_at", BigInteger),
        Column("signed_by", Text),
        Column("signed_at", BigInteger),
        Column("released_at", BigInteger),
        Column("settled_at", BigInteger),
        Column("answer", Text),
        Column("answered_at", BigInteger),
        Column("snoozes", Integer, nullable=False, server_default="0"),
        Column("handed_by", Text),
        Column("via", JSON, nullable=False),
        Column("via_index", Integer, nullable=False),
        Column("passed_over", JSON),
        Column("changed", JSON),
        Column("level_order", BigInteger),
        Column("level_rep", Text),
        Column("level_on", Text),
        Column("carried_by", BigInteger),
        Column("gathered", Boolean, nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_touch_archive"),
    )
    op.create_index("ix_touch_archive_occurrence_key", "touch_archive", ["occurrence_key"])
    op.create_index("ix_touch_archive_lead_day_on", "touch_archive", ["lead", "day_on"])
    op.create_index("ix_touch_archive_day_on", "touch_archive", ["day_on", "due_at"])
    op.create_index("ix_touch_archive_due_at", "touch_archive", ["due_at"])
    _partial("ix_touch_archive_for_rep", "touch_archive", "audience <> 'lead'", "receiver", "due_at")
    _partial("ix_touch_archive_signer", "touch_archive", "signer IS NOT NULL", "signer", "deadline_at")
    _partial("ix_touch_archive_carried_by", "touch_archive", "carried_by IS NOT NULL", "carried_by")


def _deliveries() -> None:
    op.create_table(
        "delivery_archive",
        _id(),
        Column("touch", BigInteger, nullable=False),
        Column("channel", Text, nullable=False),
        Column("lead", Text, nullable=False),
        Column("rule", Text, nullable=False),
        Column("category", Text, nullable=False),
        Column("audience", Text, nullable=False),
        Column("receiver", Text, nullable=False),
        Column("address", Text, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("gathered", Integer),
        Column("snoozes", Integer, nullable=False, server_default="0"),
        Column("subject", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("receiver_name", Text, nullable=False),
        Column("reply_to", Text, nullable=False),
        Column("reply_to_name", Text, nullable=False),
        Column("headers", JSON),
        Column("appointment", JSON),
        Column("urgent", Boolean, nullable=False),
        Column("timezone", Text, nullable=False),
        Column("window", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("run_at", BigInteger, nullable=False),
        Column("expires_at", BigInteger),
        Column("attempts", Integer, nullable=False),
        Column("claims", Integer, nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("lease_until", BigInteger),
        Column("owner", Text),
        Column("code", Text),
        Column("last_error", Text),
        Column("remote_id", Text),
        Column("composed_at", BigInteger, nullable=False),
        Column("settled_at", BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_archive"),
        sa.UniqueConstraint("touch", "channel", name="uq_delivery_archive_touch_channel"),
    )
    op.create_index("ix_delivery_archive_message_id", "delivery_archive", ["message_id"])


def _what_hangs_on_them() -> None:
    op.create_table(
        "delivery_event_archive",
        _id(),
        Column("delivery", BigInteger, nullable=False),
        Column("at", BigInteger, nullable=False),
        Column("epoch", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("code", Text),
        Column("detail", Text),
        Column("actor", Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_event_archive"),
    )
    op.create_index("ix_delivery_event_archive_delivery", "delivery_event_archive", ["delivery"])
    op.create_table(
        "verdict_archive",
        _id(),
        Column("touch", BigInteger, nullable=False),
        Column("policy", Text, nullable=False),
        Column("effect", Text, nullable=False),
        Column("facts", JSON, nullable=False),
        Column("at", BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_verdict_archive"),
    )
    op.create_index("ix_verdict_archive_touch", "verdict_archive", ["touch"])
    op.create_table(
        "draft_archive",
        Column("touch", BigInteger, primary_key=True, autoincrement=False),
        Column("subject", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("html", Text, nullable=False),
        Column("written_at", BigInteger, nullable=False),
        Column("edited", Boolean, nullable=False),
        sa.PrimaryKeyConstraint("touch", name="pk_draft_archive"),
    )


def _never_again() -> None:
    """A key that is in the archive is not inserted again, whichever release tries it."""
    known = "SELECT 1 FROM touch_archive WHERE occurrence_key = NEW.occurrence_key AND state <> 'superseded'"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER touch_never_again BEFORE INSERT ON touch WHEN EXISTS ({known})"
            " BEGIN SELECT RAISE(IGNORE); END"
        )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION touch_never_again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF EXISTS ({known}) THEN RETURN NULL; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER touch_never_again BEFORE INSERT ON touch FOR EACH ROW EXECUTE FUNCTION touch_never_again()"
    )


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


def _portraits() -> None:
    op.add_column("lead", sa.Column("portrait_completeness", sa.Integer))
    op.add_column("lead", sa.Column("portrait_missing", sa.JSON))
    op.add_column("lead", sa.Column("portrait_allows", sa.Text))


def _gifts() -> None:
    op.create_table(
        "gift",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("given_on", sa.Text, nullable=False),
        sa.Column("idea", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("price", sa.Float, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_gift_lead", "gift", ["lead"])
