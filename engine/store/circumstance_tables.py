"""The tables of what goes on in the world: circumstances, whom they reach, and what feeds told of them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Table,
    Text,
    false,
)

from engine.store.tables import (
    metadata,
)

circumstance = Table(
    "circumstance",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("phase", Text, nullable=False, default="active"),  # active | cancelled; all else the times say
    Column("severity", Text),
    Column("scope", Text, nullable=False),  # lead | region | area
    Column("lead", Text),
    Column("region", Text),
    Column("starts_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("attrs", JSON, nullable=False, default=dict),
    Column("actor", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("ended_by", Text),
    Column("area", JSON(none_as_null=True)),  # Extent.as_json, of scope "area"
    Column("aftermath", BigInteger, nullable=False, default=0, server_default="0"),  # seconds after its end
    Column("thread", Text),  # of feed messages it comes from
    Index("ix_circumstance_thread", "thread"),
    Index("ix_circumstance_lead", "lead"),
    Index("ix_circumstance_ends_at", "ends_at"),
    Index("ix_circumstance_kind_starts_at", "kind", "starts_at"),
    Index("ix_circumstance_kind_ends_at", "kind", "ends_at"),
)

coverage = Table(
    "coverage",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("circumstance", Text, primary_key=True),
    Column("invited", Boolean, nullable=False, default=False, server_default=false()),  # named, not only by region
    Index("ix_coverage_circumstance", "circumstance"),
)

feed_message = Table(
    "feed_message",
    metadata,
    Column("id", Text, primary_key=True),
    Column("sent_at", BigInteger, primary_key=True),
    Column("thread", Text, nullable=False),
    Column("feed", Text, nullable=False),
    Column("act", Text, nullable=False),  # alert | update | cancel | ignore
    Column("told", JSON, nullable=False),  # lines: what became of it
    Column("seen_at", BigInteger, nullable=False),
    Column("area", JSON(none_as_null=True)),  # Extent.as_json, of all its hazards
    Index("ix_feed_message_thread_sent_at", "thread", "sent_at"),
    Index("ix_feed_message_seen_at", "seen_at"),
)

feed_thread = Table(
    "feed_thread",
    metadata,
    Column("message", Text, primary_key=True),  # seen, or only referred to
    Column("thread", Text, nullable=False),  # what it is about: messages that refer to each other
    Index("ix_feed_thread_thread", "thread"),
)
