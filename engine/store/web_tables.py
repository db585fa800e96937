"""What people do from their browsers: links that were used, looks at leads, what a rep says of his day."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from engine.store.ledger import touch
from engine.store.tables import Serial

metadata = touch.metadata

used_link = Table(
    "used_link",
    metadata,
    Column("token_id", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("subject", Text, nullable=False),  # ids, as the purpose reads them: a touch, a delivery
    Column("used_at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),  # what was done then
    Column("actor", Text, nullable=False),
)

look = Table(
    "look",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("visitor", Text, nullable=False),  # the name of a token in config.yaml, or the id of a rep
    Column("role", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("page", Text, nullable=False),  # its route, as /lead/{lead}
    Index("ix_look_lead_at", "lead", "at"),
    Index("ix_look_visitor_at", "visitor", "at"),
)

day_note = Table(
    "day_note",
    metadata,
    Column("rep", Text, primary_key=True),
    Column("day_on", Text, primary_key=True),  # his civil day
    Column("problems", Text, nullable=False),
    Column("measures", Text, nullable=False),  # what he does about them
    Column("written_at", BigInteger, nullable=False),
)

idempotency_key = Table(
    "idempotency_key",
    metadata,
    Column("token", Text, primary_key=True),  # the name of a token in config.yaml
    Column("path", Text, primary_key=True),
    Column("key", Text, primary_key=True),  # what the caller calls his request
    Column("digest", Text, nullable=False),  # of its body
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_idempotency_key_at", "at"),
)
