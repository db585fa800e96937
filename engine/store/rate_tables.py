"""What far sides were sent in the last minute: shared by all daemons, and known again after a restart.

Instants are of the store's clock, the one clock that all daemons share.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from engine.store.tables import metadata

rate_limit = Table(
    "rate_limit",
    metadata,
    Column("credential", Text, primary_key=True),  # a fingerprint, never the secret itself
    Column("closed_at", BigInteger, nullable=False, default=0, server_default="0"),
    Column("closed_until", BigInteger, nullable=False, default=0, server_default="0"),  # the far side had enough
)

rate_token = Table(
    "rate_token",
    metadata,
    Column("credential", Text, nullable=False),
    Column("delivery", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("receiver", Text, nullable=False),  # "" where all receivers are counted together
    Column("free_at", BigInteger, nullable=False),  # when it no longer counts
    PrimaryKeyConstraint("credential", "delivery", "epoch", name="pk_rate_token"),
    Index("ix_rate_token_free_at", "credential", "free_at", "receiver"),
)
