"""The tables of the inbox: how far each folder was read, and every letter that was taken in."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from engine.store.tables import metadata

inbox_folder = Table(
    "inbox_folder",
    metadata,
    Column("folder", Text, primary_key=True),  # of the mailbox that config.yaml names, and which mailbox that is
    Column("cursor", Text, nullable=False),  # the mailbox's own; see adapters/inbox
    Column("read_at", BigInteger, nullable=False),
)

letter = Table(
    "letter",
    metadata,
    Column("id", Text, primary_key=True),  # its Message-ID
    Column("kind", Text, nullable=False),  # reply | out_of_office | bounce | unsubscribe | own_copy | forward | ...
    Column("lead", Text),  # whom it is about, if that is known
    Column("delivery", BigInteger),  # the message it is about
    Column("told", Text, nullable=False),  # what it did, in words without personal data
    Column("received_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_letter_seen_at", "seen_at"),
    Index("ix_letter_lead", "lead"),
)
