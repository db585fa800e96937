"""The tables that carry the promise: occasions, touches, deliveries, verdicts, and the daemon's own state.

See docs/delivery.md for the state machines. Uniqueness, not a leader, gives correctness.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from engine.store.tables import Serial, metadata
from engine.store.word import Word

occasion = Table(
    "occasion",
    metadata,
    Column("rule", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("anchor", Text, nullable=False),
    Column("shard", Integer, nullable=False),
    Column("revision", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("occurs_on", Text),  # civil occasions: the date in the lead's calendar
    Column("occurs_at", BigInteger),  # instants: the moment the offsets count from
    Column("counts_from_at", BigInteger, nullable=False),  # contacts from here on end `until: contacted`
    Column("nth", Integer),
    Column("born_at", BigInteger, nullable=False),
    Column("next_step_at", BigInteger),  # NULL: no step left to plan
    Column("ended_at", BigInteger),
    Column("end_reason", Text),
    Column("spread_to", BigInteger),  # backfill: the instant that its first step was put off to
    PrimaryKeyConstraint("rule", "lead", "anchor", name="pk_occasion"),
    Index("ix_occasion_next_step_at", "next_step_at", sqlite_where=text("next_step_at IS NOT NULL"),
          postgresql_where=text("next_step_at IS NOT NULL")),
    Index("ix_occasion_lead", "lead"),
)  # fmt: skip

_QUEUED = ("planned", "held", "deferred", "draft", "signed", "released", "dead", "bounced")
QUEUED = f"state IN {_QUEUED}"
"""Touches that still want something, in PostgreSQL's words; see queued.py."""


def queued_in_sqlite(column: str) -> str:
    """The same for SQLite, which uses the index only for these very words.

    A list of words would have it make a table of them, and look there, for each row that is written: 35 µs an update
    that takes 5 by itself (measured). As a truth, since else the index would serve queries of one state that have a
    better one.
    """
    return "(" + " OR ".join(f"{column} = '{word}'" for word in _QUEUED) + ") IS TRUE"


touch = Table(
    "touch",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("occurrence_key", Text, nullable=False, unique=True),
    Column("rule", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("anchor", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("receiver", Text, nullable=False),  # lead or rep id; "" where nobody could be found
    Column("absent", Text),  # the rep it was meant for, who is away: the receiver stands in for him, or is he himself
    Column("shard", Integer, nullable=False),
    Column("revision", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("action", Word, nullable=False),
    Column("audience", Word, nullable=False),
    Column("category", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("nominal_at", BigInteger, nullable=False),  # before windows and deferrals
    Column("due_at", BigInteger, nullable=False),
    Column("day_on", Text, nullable=False),  # civil day of due_at in the lead's zone: what is judged together
    Column("judge_at", BigInteger),  # when release looks at it next; NULL: never
    Column("expires_at", BigInteger),
    Column("state", Word, nullable=False),
    Column("reason", Text),
    Column("policy", Text),
    Column("merged_into", BigInteger),
    Column("judged_version", BigInteger),
    Column("needs_signature", Boolean, nullable=False, default=False),
    Column("signer", Text),
    Column("deadline_at", BigInteger),
    Column("escalated_at", BigInteger),  # when its deadline passed unsigned and the signer's manager got it
    Column("reminded_at", BigInteger),  # when its signer was told that its deadline is near; NULL: not yet
    Column("signed_by", Text),
    Column("signed_at", BigInteger),
    Column("released_at", BigInteger),
    Column("settled_at", BigInteger),  # when it became terminal
    Column("answer", Text),  # of a reminder: what its receiver said came of it; NULL: nothing yet
    Column("answered_at", BigInteger),
    Column("snoozes", Integer, nullable=False, default=0, server_default="0"),  # how often its receiver put it off
    Column("handed_by", Text),  # the rep who handed this one reminder over to its receiver
    Column("via", JSON, nullable=False, default=list),  # channel names in order
    Column("via_index", Integer, nullable=False, default=0),
    Column("passed_over", JSON(none_as_null=True)),  # channels it did not try, and why: {channel: word}
    Column("changed", JSON(none_as_null=True)),  # of set and assign: {field: [before, after]}
    Column("level_order", BigInteger),  # its turn to be given a day of its rep's; NULL: it keeps its own
    Column("level_rep", Text),  # the rep whose days are levelled: receiver or signer
    Column("level_on", Text),  # the day it was given, by the rep's calendar; NULL: not yet
    Index("ix_touch_to_level", "level_order", sqlite_where=text("level_order IS NOT NULL AND level_on IS NULL"),
          postgresql_where=text("level_order IS NOT NULL AND level_on IS NULL")),
    Index("ix_touch_level_rep_level_on", "level_rep", "level_on", sqlite_where=text("level_on IS NOT NULL"),
          postgresql_where=text("level_on IS NOT NULL")),
    Column("carried_by", BigInteger),  # of what travels in another touch's message: that touch; see gathered
    # Whether it goes out in one message with its like. The touch whose message it is carries itself too.
    Column("gathered", Boolean, nullable=False, default=False, server_default=false()),
    Index("ix_touch_to_gather", "receiver", sqlite_where=text("state = 'released' AND gathered AND carried_by IS NULL"),
          postgresql_where=text("state = 'released' AND gathered AND carried_by IS NULL")),
    Index("ix_touch_judge_at", "judge_at", sqlite_where=text("judge_at IS NOT NULL"),
          postgresql_where=text("judge_at IS NOT NULL")),
    Index("ix_touch_lead_day_on", "lead", "day_on"),
    Index("ix_touch_to_write", "id", sqlite_where=text("state IN ('released', 'draft')"),
          postgresql_where=text("state IN ('released', 'draft')")),
    Index("ix_touch_carried_by", "carried_by", sqlite_where=text("carried_by IS NOT NULL"),
          postgresql_where=text("carried_by IS NOT NULL")),
    Index("ix_touch_entry", "receiver", sqlite_where=text("state = 'released' AND action = 'digest'"),
          postgresql_where=text("state = 'released' AND action = 'digest'")),
    Index("ix_touch_for_rep", "receiver", "due_at", sqlite_where=text("audience <> 'lead'"),
          postgresql_where=text("audience <> 'lead'")),
    Index("ix_touch_to_remind", "deadline_at", sqlite_where=text("state = 'draft' AND reminded_at IS NULL"),
          postgresql_where=text("state = 'draft' AND reminded_at IS NULL")),
    Index("ix_touch_signer", "signer", "deadline_at", sqlite_where=text("signer IS NOT NULL"),
          postgresql_where=text("signer IS NOT NULL")),
    Index("ix_touch_queued", "state", "due_at", sqlite_where=text(queued_in_sqlite("state")),
          postgresql_where=text(QUEUED)),
    Index("ix_touch_day_on", "day_on", "due_at", "state", "rule"),
)  # fmt: skip

draft = Table(
    "draft",
    metadata,
    Column("touch", BigInteger, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False, default=""),
    Column("written_at", BigInteger, nullable=False),
    Column("edited", Boolean, nullable=False, default=False),
)

wording = Table(
    "wording",
    metadata,
    Column("touch", BigInteger, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("account", Text),
    Column("owner", Text),
    Column("kind", Text, nullable=False),  # of the occasion: spring_festival, birthday, ...
    Column("day_on", Text, nullable=False),  # of the occasion
    Column("fingerprint", Text, nullable=False),
    Column("alike", JSON(none_as_null=True)),  # the greeting it is too much like: {"as", "lead", "on", "likeness"}
    Column("written_at", BigInteger, nullable=False),
    Index("ix_wording_lead_rule", "lead", "rule"),
    Index("ix_wording_account_kind_day_on", "account", "kind", "day_on"),
    Index("ix_wording_owner_kind_day_on", "owner", "kind", "day_on"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("touch", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("lead", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("audience", Word, nullable=False),
    Column("receiver", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("gathered", Integer),  # how many touches the message tells of, its own among them; NULL: its own alone
    # How often its touch had been put off when it was written. Sent before that, it is no bar to writing it anew.
    Column("snoozes", Integer, nullable=False, default=0, server_default="0"),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False, default=""),
    Column("receiver_name", Text, nullable=False, default=""),
    Column("reply_to", Text, nullable=False, default=""),
    Column("reply_to_name", Text, nullable=False, default=""),
    Column("headers", JSON(none_as_null=True)),  # further header fields of a mail: {name: value}
    Column("appointment", JSON(none_as_null=True)),  # that it is about: Appointment of adapters/base.py
    Column("urgent", Boolean, nullable=False, default=False),
    Column("timezone", Text, nullable=False),  # the receiver's, for windows
    Column("window", Text, nullable=False),
    Column("state", Word, nullable=False),
    Column("run_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("attempts", Integer, nullable=False, default=0),
    Column("claims", Integer, nullable=False, default=0),
    Column("epoch", Integer, nullable=False, default=0),
    Column("lease_until", BigInteger),  # the store's clock, not the injected one
    Column("owner", Text),
    Column("code", Text),
    Column("last_error", Text),
    Column("remote_id", Text),
    Column("composed_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    UniqueConstraint("touch", "channel"),
    Index("ix_delivery_run_at", "run_at", sqlite_where=text("state = 'pending'"),
          postgresql_where=text("state = 'pending'")),
    Index("ix_delivery_urgent", "run_at", sqlite_where=text("state = 'pending' AND urgent"),
          postgresql_where=text("state = 'pending' AND urgent")),
    Index("ix_delivery_lease", "lease_until", sqlite_where=text("state IN ('claimed', 'sending')"),
          postgresql_where=text("state IN ('claimed', 'sending')")),
    Index("ix_delivery_message_id", "message_id"),
    Index("ix_delivery_settled", "channel", "settled_at", "state", sqlite_where=text("settled_at IS NOT NULL"),
          postgresql_where=text("settled_at IS NOT NULL")),
    Index("ix_delivery_failed", "channel", "settled_at", sqlite_where=text("state = 'failed'"),
          postgresql_where=text("state = 'failed'")),
    Index("ix_delivery_handed", "run_at", sqlite_where=text("state = 'handed'"),
          postgresql_where=text("state = 'handed'")),
    Index("ix_delivery_in_doubt", "id", sqlite_where=text("state = 'in_doubt'"),
          postgresql_where=text("state = 'in_doubt'")),
)  # fmt: skip

delivery_event = Table(
    "delivery_event",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("delivery", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("state", Word, nullable=False),
    Column("code", Text),
    Column("detail", Text),
    Column("actor", Text, nullable=False),
    Index("ix_delivery_event_delivery", "delivery"),
)

verdict = Table(
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

generation = Table(
    "generation",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("loaded_at", BigInteger, nullable=False),
    Column("rules", JSON, nullable=False),  # {path: text}
    Column("templates", JSON, nullable=False),
    Column("active", Boolean, nullable=False, default=False),
    Column("quarantined", JSON),  # rules left out for their mistakes, each with its place, problems and since when
)

picture = Table(
    "picture",
    metadata,
    Column("ident", Text, primary_key=True),  # what frozen HTML names: see engine/domain/images.py
    Column("name", Text, nullable=False),  # of the file
    Column("content", LargeBinary, nullable=False),
)

rule_revision = Table(
    "rule_revision",
    metadata,
    Column("rule", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),  # the first that had it
    Column("in_force", Boolean, nullable=False, default=True),
    Column("planned_at", BigInteger),  # when its reconcile ran; NULL: dirty
    Column("in_force_at", BigInteger),  # since when it is, or was last, in force; what opened before is backfill
    Column("named", Text),  # the id by which its generation's files know it, where the rule has been renamed since
    PrimaryKeyConstraint("rule", "revision", name="pk_rule_revision"),
)

rule_shard = Table(
    "rule_shard",
    metadata,
    Column("rule", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("shard", Integer, nullable=False),  # its leads were looked at under that revision; gone when all were
    PrimaryKeyConstraint("rule", "revision", "shard", name="pk_rule_shard"),
)

plan_cursor = Table(
    "plan_cursor",
    metadata,
    Column("shard", Integer, primary_key=True),
    Column("horizon_at", BigInteger, nullable=False),  # every birth before this instant is in the book
)

team_turn = Table(
    "team_turn",
    metadata,
    Column("team", Text, primary_key=True),
    Column("rep", Text, nullable=False),  # who got the last lead that was assigned in turn
    Column("at", BigInteger, nullable=False),
)

pause = Table(
    "pause",
    metadata,
    Column("scope", Text, nullable=False),  # all | rule | channel | category
    Column("name", Text, nullable=False, default=""),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("scope", "name", name="pk_pause"),
)

service_state = Table(
    "service_state",
    metadata,
    Column("name", Text, primary_key=True),  # rehearsal, last_tick, rejected_reload, heartbeat:NAME, ...
    Column("value", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
)
