"""Care: what was agreed in a talk to be done next, and what a rep says of his day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Column, Text

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("interaction", sa.Column("next_step", sa.Text))
    op.create_table(
        "day_note",
        Column("rep", Text, primary_key=True),
        Column("day_on", Text, primary_key=True),
        Column("problems", Text, nullable=False),
        Column("measures", Text, nullable=False),
        Column("written_at", BigInteger, nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        _queued_without_a_list()


def _queued_without_a_list() -> None:
    """SQLite makes a table of a list of words for each row that is written: 35 µs an update."""
    words = ("planned", "held", "deferred", "draft", "signed", "released", "dead", "bounced")
    where = "(" + " OR ".join(f"state = '{word}'" for word in words) + ") IS TRUE"
    op.drop_index("ix_touch_queued", "touch")
    op.create_index("ix_touch_queued", "touch", ["state", "due_at"], sqlite_where=sa.text(where))
