"""What the complete rule language needs beyond the first tables. Columns are added with a default, never rebuilt."""

from __future__ import annotations

import json
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("lead", sa.Column("profile", sa.Text))
    op.add_column("touch", sa.Column("escalated_at", sa.BigInteger))
    _acts()
    _wordings()
    _due()
    _gates()
    _last_talks()
    _events()
    _edits()
    _levels()
    _digests()
    _gathered()
    _imports()


def _edits() -> None:
    """Edits of live rules: since when a revision is in force, its old id, whom a backfill put off, what is left out."""
    op.add_column("rule_revision", sa.Column("in_force_at", sa.BigInteger))
    op.add_column("rule_revision", sa.Column("named", sa.Text))
    op.add_column("occasion", sa.Column("spread_to", sa.BigInteger))
    op.add_column("generation", sa.Column("quarantined", sa.JSON))


def _due() -> None:
    """What lies ahead is found by its day; attributes that are days get rows that an index finds."""
    for column in ("starts_at", "ends_on", "due_on"):
        op.create_index(f"ix_record_kind_{column}", "record", ["kind", column])
    op.create_index("ix_opportunity_expected_close_on", "opportunity", ["expected_close_on"])
    op.create_index("ix_interaction_outcome_at", "interaction", ["outcome", "at"])
    days = op.create_table(
        "attribute_day",
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("day_on", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("lead", "name", name="pk_attribute_day"),
    )
    op.create_index("ix_attribute_day_name_day_on", "attribute_day", ["name", "day_on"])
    for row in op.get_bind().execute(sa.text("SELECT id, attrs FROM lead")).all():
        attrs = json.loads(row.attrs) if isinstance(row.attrs, str) else row.attrs
        known = [{"lead": row.id, "name": name, "day_on": value} for name, value in attrs.items() if _is_day(value)]
        if known:
            op.bulk_insert(days, known)


def _wordings() -> None:
    """What greetings said, for those that must not all read alike."""
    op.create_table(
        "wording",
        sa.Column("touch", sa.BigInteger, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("account", sa.Text),
        sa.Column("owner", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("day_on", sa.Text, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("alike", sa.JSON),
        sa.Column("written_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("touch", name="pk_wording"),
    )
    op.create_index("ix_wording_lead_rule", "wording", ["lead", "rule"])
    op.create_index("ix_wording_account_kind_day_on", "wording", ["account", "kind", "day_on"])
    op.create_index("ix_wording_owner_kind_day_on", "wording", ["owner", "kind", "day_on"])


def _last_talks() -> None:
    """The latest contact of each purpose and channel, from all that were logged."""
    op.create_index("ix_opportunity_stage_since_at", "opportunity", ["stage_since_at"])
    op.create_table(
        "last_talk",
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("interaction", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("lead", "word", name="pk_last_talk"),
    )
    op.create_index("ix_last_talk_word_at", "last_talk", ["word", "at"])
    op.execute("""
        INSERT INTO last_talk (lead, word, at, interaction)
        SELECT lead, word, at, id FROM (
            SELECT lead, word, at, id, row_number() OVER (PARTITION BY lead, word ORDER BY at DESC, logged_at, id) AS n
            FROM (
                SELECT lead, purpose AS word, at, logged_at, id FROM interaction WHERE effective
                UNION SELECT lead, channel, at, logged_at, id FROM interaction WHERE effective
            ) AS talk WHERE word IS NOT NULL
        ) AS ranked WHERE n = 1
    """)


def _events() -> None:
    """Circumstances are found by when they begin and end; who is named keeps them wherever he moves."""
    for column in ("starts_at", "ends_at"):
        op.create_index(f"ix_circumstance_kind_{column}", "circumstance", ["kind", column])
    op.add_column("coverage", sa.Column("invited", sa.Boolean, nullable=False, server_default=sa.false()))
    named = "SELECT id FROM circumstance WHERE scope = 'lead'"
    op.execute(f"UPDATE coverage SET invited = true WHERE circumstance IN ({named})")


def _levels() -> None:
    """Touches that are spread over their reps' days."""
    op.add_column("touch", sa.Column("level_order", sa.BigInteger))
    op.add_column("touch", sa.Column("level_rep", sa.Text))
    op.add_column("touch", sa.Column("level_on", sa.Text))
    waiting, placed = sa.text("level_order IS NOT NULL AND level_on IS NULL"), sa.text("level_on IS NOT NULL")
    op.create_index("ix_touch_to_level", "touch", ["level_order"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index(
        "ix_touch_level_rep_level_on", "touch", ["level_rep", "level_on"], sqlite_where=placed, postgresql_where=placed
    )


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _gates() -> None:
    """The pool, and what gates said."""
    op.add_column("lead", sa.Column("pooled_at", sa.BigInteger))
    op.create_table(
        "gate_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("lead", sa.Text, nullable=False),
        sa.Column("change", sa.JSON, nullable=False),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("cause", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_gate_event_lead", "gate_event", ["lead"])


def _acts() -> None:
    """What rules changed about leads, why, and whose turn it is."""
    op.add_column("transition", sa.Column("cause_depth", sa.Integer))
    op.add_column("touch", sa.Column("changed", sa.JSON))
    op.create_table(
        "team_turn",
        sa.Column("team", sa.Text, primary_key=True),
        sa.Column("rep", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def _digests() -> None:
    """Entries of digests, and what a rep's day is read from."""
    op.add_column("touch", sa.Column("carried_by", sa.BigInteger))
    op.create_index("ix_interaction_rep_at", "interaction", ["rep", "at"])
    for name, columns, where in (
        ("ix_touch_carried_by", ["carried_by"], "carried_by IS NOT NULL"),
        ("ix_touch_entry", ["receiver"], "state = 'released' AND action = 'digest'"),
        ("ix_touch_for_rep", ["receiver", "due_at"], "audience <> 'lead'"),
        ("ix_touch_signer", ["signer", "deadline_at"], "signer IS NOT NULL"),
    ):
        op.create_index(name, "touch", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _gathered() -> None:
    """Touches that go out in one message with their like, and how many a message tells of."""
    op.add_column("touch", sa.Column("gathered", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("delivery", sa.Column("gathered", sa.Integer))
    where = sa.text("state = 'released' AND gathered AND carried_by IS NULL")
    op.create_index("ix_touch_to_gather", "touch", ["receiver"], sqlite_where=where, postgresql_where=where)


def _imports() -> None:
    """Since when a lead's past is history, and the fields by which one may stand there twice."""
    op.add_column("lead", sa.Column("history_at", sa.BigInteger))
    for column in ("phone", "email", "wecom"):
        op.create_index(f"ix_lead_{column}", "lead", [column])
