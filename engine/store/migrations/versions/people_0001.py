"""The first release's tables of people, frozen: later revisions build on exactly these."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

revision = "0001"
down_revision = None

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


Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("attrs", JSON, nullable=False),
    Column("contacts", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("orders", Integer, nullable=False),
)

Table(
    "rep",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("email", Text),
    Column("phone", Text),
    Column("wecom", Text),
    Column("manager", Text),
    Column("team", Text),
    Column("region", Text),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("joined_at", BigInteger),
    Column("absent_from", Text),
    Column("absent_to", Text),
    Column("delegate", Text),
    Index("ix_rep_team", "team"),
)

Table(
    "lead",
    metadata,
    Column("id", Text, primary_key=True),
    Column("shard", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("account", Text),
    Column("salutation", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("wecom", Text),
    Column("channels", JSON, nullable=False),
    Column("owner", Text),
    Column("previous_owner", Text),
    Column("owner_since_at", BigInteger),
    Column("tier", Text),
    Column("grade", Text),
    Column("stage", Text),
    Column("stage_since_at", BigInteger),
    Column("status", Text, nullable=False),
    Column("loyalty", Text),
    Column("temperament", Text),
    Column("region", Text),
    Column("country", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("last_contact_at", BigInteger),
    Column("last_contact_ref", Text),
    Column("last_attempt_at", BigInteger),
    Column("last_order_at", BigInteger),
    Column("last_outcome", Text),
    Column("contacts", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("orders", Integer, nullable=False),
    Column("contacts_since_order", Integer, nullable=False),
    Column("contacts_since_owner", Integer, nullable=False),
    Column("key", Boolean, nullable=False),
    Column("confidential", Boolean, nullable=False),
    Column("unsubscribed", Boolean, nullable=False),
    Column("hope", Text),
    Column("observances", JSON(none_as_null=True)),
    Column("attrs", JSON, nullable=False),
    Column("judge_version", BigInteger, nullable=False),
    Index("ix_lead_account", "account"),
    Index("ix_lead_country", "country"),
    Index("ix_lead_last_attempt_at", "last_attempt_at"),
    Index("ix_lead_last_contact_at", "last_contact_at"),
    Index("ix_lead_owner", "owner"),
    Index("ix_lead_owner_since_at", "owner_since_at"),
    Index("ix_lead_region", "region"),
    Index("ix_lead_registered_at", "registered_at"),
    Index("ix_lead_stage_since_at", "stage_since_at"),
    Index("ix_lead_timezone", "timezone"),
)

Table(
    "date_record",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("calendar", Text, nullable=False),
    Column("year", Integer),
    Column("month", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("leap", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("note", Text),
    Index("ix_date_record_lead", "lead"),
)

Table(
    "date_next",
    metadata,
    Column("date_record", Text, primary_key=True),
    Column("policy", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("next_on", Text),
    Column("nth", Integer),
    Column("anchor_year", Integer, nullable=False),
    Index("ix_date_next_kind_next_on", "kind", "policy", "next_on"),
    Index("ix_date_next_lead", "lead"),
    Index("ix_date_next_next_on", "next_on"),
)

Table(
    "date_policy",
    metadata,
    Column("policy", Text, primary_key=True),
    Column("resolved", Boolean, nullable=False),
)

Table(
    "record",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("product", Text),
    Column("at", BigInteger),
    Column("starts_at", BigInteger),
    Column("ends_on", Text),
    Column("due_on", Text),
    Column("amount", Float),
    Column("note", Text),
    Column("gone", Boolean, nullable=False),
    Index("ix_record_kind_at", "kind", "at"),
    Index("ix_record_lead", "lead"),
)

Table(
    "opportunity",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("product", Text),
    Column("stage", Text),
    Column("stage_since_at", BigInteger),
    Column("expected_close_on", Text),
    Column("amount", Float),
    Column("open", Boolean, nullable=False),
    Column("note", Text),
    Index("ix_opportunity_lead", "lead"),
)

Table(
    "interaction",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("account", Text),
    Column("rep", Text),
    Column("at", BigInteger, nullable=False),
    Column("logged_at", BigInteger, nullable=False),
    Column("channel", Text),
    Column("purpose", Text),
    Column("outcome", Text, nullable=False),
    Column("effective", Boolean, nullable=False),
    Column("benefit", Text),
    Column("note", Text),
    Column("touch", BigInteger),
    Index("ix_interaction_lead_at", "lead", "at"),
)

Table(
    "circumstance",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("severity", Text),
    Column("scope", Text, nullable=False),
    Column("lead", Text),
    Column("region", Text),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("attrs", JSON, nullable=False),
    Column("actor", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("ended_by", Text),
    Index("ix_circumstance_ends_at", "ends_at"),
    Index("ix_circumstance_lead", "lead"),
)

Table(
    "coverage",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("circumstance", Text, primary_key=True),
    Index("ix_coverage_circumstance", "circumstance"),
)

Table(
    "suppression",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("lead", "channel", "category"),
)

Table(
    "transition",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("field", Text, nullable=False),
    Column("value", Text),
    Column("previous", Text),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("cause", Text),
    Index("ix_transition_field_value_at", "field", "value", "at"),
    Index("ix_transition_lead", "lead", "field"),
)

Table(
    "dirty_lead",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_dirty_lead_lead", "lead"),
)
