"""Channels that tell the truth: the appointment and the pictures of a message, addresses that reach nobody, and what
far sides were sent in the last minute.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("appointment", sa.JSON))
    _pictures()
    op.add_column("touch", sa.Column("passed_over", sa.JSON))
    op.add_column("rep", sa.Column("channels", sa.JSON))
    handed = sa.text("state = 'handed'")
    op.create_index("ix_delivery_handed", "delivery", ["run_at"], sqlite_where=handed, postgresql_where=handed)
    _wrong_addresses()
    _rates()


def _pictures() -> None:
    op.create_table(
        "picture",
        sa.Column("ident", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("ident", name="pk_picture"),
    )


def _wrong_addresses() -> None:
    """What was stopped because an address was wrong names that address now, as what came back does."""
    for field in ("email", "phone", "wecom"):
        his = f"SELECT lead.{field} FROM lead WHERE lead.id = suppression.lead"
        op.execute(sa.text(
            f"UPDATE suppression SET address = ({his}) WHERE reason = 'wrong_{field}' AND address IS NULL"
        ))  # fmt: skip


def _rates() -> None:
    op.create_table(
        "rate_limit",
        sa.Column("credential", sa.Text, nullable=False),
        sa.Column("closed_at", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("closed_until", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("credential"),
    )
    op.create_table(
        "rate_token",
        sa.Column("credential", sa.Text, nullable=False),
        sa.Column("delivery", sa.BigInteger, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("receiver", sa.Text, nullable=False),
        sa.Column("free_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("credential", "delivery", "epoch", name="pk_rate_token"),
    )
    op.create_index("ix_rate_token_free_at", "rate_token", ["credential", "free_at", "receiver"])
    waiting = sa.text("state = 'pending' AND urgent")
    op.create_index("ix_delivery_urgent", "delivery", ["run_at"], sqlite_where=waiting, postgresql_where=waiting)
