"""The first release's tables of what the daemon does, frozen: later revisions build on exactly these."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

revision = "0002"
down_revision = "0001"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Serial = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    metadata.create_all(op.get_bind(), checkfirst=False)


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


Table(
    "occasion",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("lead", Text, primary_key=True),
    Column("anchor", Text, primary_key=True),
    Column("shard", Integer, nullable=False),
    Column("revision", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("occurs_on", Text),
    Column("occurs_at", BigInteger),
    Column("counts_from_at", BigInteger, nullable=False),
    Column("nth", Integer),
    Column("born_at", BigInteger, nullable=False),
    Column("next_step_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("end_reason", Text),
    Index("ix_occasion_lead", "lead"),
    _partial("ix_occasion_next_step_at", "next_step_at IS NOT NULL", "next_step_at"),
)

Table(
    "touch",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("occurrence_key", Text, nullable=False, unique=True),
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
    Column("signed_by", Text),
    Column("signed_at", BigInteger),
    Column("released_at", BigInteger),
    Column("settled_at", BigInteger),
    Column("via", JSON, nullable=False),
    Column("via_index", Integer, nullable=False),
    _partial("ix_touch_judge_at", "judge_at IS NOT NULL", "judge_at"),
    Index("ix_touch_lead_day_on", "lead", "day_on"),
    _partial("ix_touch_to_write", "state IN ('released', 'draft')", "id"),
)

Table(
    "draft",
    metadata,
    Column("touch", BigInteger, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("written_at", BigInteger, nullable=False),
    Column("edited", Boolean, nullable=False),
)

Table(
    "delivery",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("touch", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("receiver_name", Text, nullable=False),
    Column("reply_to", Text, nullable=False),
    Column("reply_to_name", Text, nullable=False),
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
    UniqueConstraint("touch", "channel"),
    _partial("ix_delivery_in_doubt", "state = 'in_doubt'", "id"),
    _partial("ix_delivery_lease", "state IN ('claimed', 'sending')", "lease_until"),
    Index("ix_delivery_message_id", "message_id"),
    _partial("ix_delivery_run_at", "state = 'pending'", "run_at"),
)

Table(
    "delivery_event",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("delivery", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("code", Text),
    Column("detail", Text),
    Column("actor", Text, nullable=False),
    Index("ix_delivery_event_delivery", "delivery"),
)

Table(
    "verdict",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("touch", BigInteger, nullable=False),
    Column("policy", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_verdict_touch", "touch"),
)

Table(
    "generation",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("loaded_at", BigInteger, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("templates", JSON, nullable=False),
    Column("active", Boolean, nullable=False),
)

Table(
    "rule_revision",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("revision", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("in_force", Boolean, nullable=False),
    Column("planned_at", BigInteger),
)

Table(
    "plan_cursor",
    metadata,
    Column("shard", Integer, primary_key=True),
    Column("horizon_at", BigInteger, nullable=False),
)

Table(
    "pause",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

Table(
    "service_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
)
