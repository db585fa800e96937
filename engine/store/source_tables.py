"""What is known of sources that are pulled: how far each was read, what it said last, what could not be taken."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, Table, Text, false

from engine.store.ledger import touch

metadata = touch.metadata

source_state = Table(
    "source_state",
    metadata,
    Column("source", Text, primary_key=True),
    Column("mapping", Text),  # digest of its section in config.yaml; another one means to read everything again
    Column("watermark", JSON(none_as_null=True)),  # how far it was taken: ["int", 5]; NULL: nothing was yet
    Column("pulls", Integer, nullable=False, server_default="0"),  # since all keys were compared
    Column("pulled_at", BigInteger),  # the last pull that came to its end
    Column("counts", JSON(none_as_null=True)),  # what that pull did
    Column("failure", Text),  # why the last one did not; NULL: it did
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("retry_at", BigInteger),
)

source_row = Table(
    "source_row",
    metadata,
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),  # theirs, as text
    Column("ours", Text, nullable=False),  # the id of the lead or record
    Column("cells", JSON, nullable=False),  # what it said last, by our columns
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("told", JSON(none_as_null=True)),  # owner, status and last contact as they know them from us
    Index("ix_source_row_ours", "ours"),
)

source_refusal = Table(
    "source_refusal",
    metadata,
    Column("source", Text, primary_key=True),
    Column("row", Text, primary_key=True),  # its key as text, or a description of a row that has none
    Column("key", JSON(none_as_null=True)),  # to ask for it again; NULL where it cannot be asked for
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # since when
    Column("asked_at", BigInteger, nullable=False),
)
