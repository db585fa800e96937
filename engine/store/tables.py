"""The tables: people and what is known of them.

What the daemon does with it is in ledger.py, circumstances and feeds in circumstance_tables.py, what outside
databases told in source_tables.py, and what people do from browsers in web_tables.py.

Instants are BIGINT seconds since the epoch (UTC), named `*_at`. Civil dates are ISO text, named `*_on`.
Ids of leads, reps and records are theirs, as imported. Nothing is ever deleted.
"""

from __future__ import annotations

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

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key that counts by itself on both engines."""

account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, default=""),
    Column("attrs", JSON, nullable=False, default=dict),
    Column("contacts", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("orders", Integer, nullable=False, default=0),
)

rep = Table(
    "rep",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False, default="rep"),  # rep | manager
    Column("email", Text),
    Column("phone", Text),
    Column("wecom", Text),
    Column("feishu", Text),
    Column("channels", JSON(none_as_null=True)),  # his own order of channel names; NULL: config.yaml's
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

lead = Table(
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
    Column("channels", JSON, nullable=False, default=list),  # the lead's own order of channel names
    Column("owner", Text),
    Column("previous_owner", Text),
    Column("owner_since_at", BigInteger),
    Column("tier", Text),
    Column("grade", Text),
    Column("stage", Text),
    Column("stage_since_at", BigInteger),
    Column("status", Text, nullable=False, default="active"),
    Column("loyalty", Text),
    Column("temperament", Text),
    Column("region", Text),
    Column("country", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("last_contact_at", BigInteger),
    Column("last_contact_ref", Text),  # the interaction, part of `since` anchors
    Column("last_attempt_at", BigInteger),
    Column("last_order_at", BigInteger),
    Column("last_outcome", Text),
    Column("last_score", Integer),  # what he answered to the latest survey, 0 (worst) to 10
    Column("last_score_at", BigInteger),
    Column("contacts", Integer, nullable=False, default=0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("orders", Integer, nullable=False, default=0),
    Column("contacts_since_order", Integer, nullable=False, default=0),
    Column("contacts_since_owner", Integer, nullable=False, default=0),
    Column("key", Boolean, nullable=False, default=False),
    Column("confidential", Boolean, nullable=False, default=False),
    Column("unsubscribed", Boolean, nullable=False, default=False),
    Column("hope", Text),
    Column("observances", JSON(none_as_null=True)),  # ids of festivals; NULL: those of the country
    Column("attrs", JSON, nullable=False, default=dict),
    Column("judge_version", BigInteger, nullable=False, default=0),
    Column("profile", Text),
    Column("pooled_at", BigInteger),  # since when it waits in the pool; NULL: it does not
    Column("history_at", BigInteger),  # what fell due before this instant came in as history, and brings nothing about
    Column("lat", Float),  # WGS 84, -90 to 90; both or neither
    Column("lon", Float),  # -180 to 180
    Column("cell", Integer),  # of the grid in domain/grid.py, from lat and lon
    Column("back_on", Text),  # the first day on which he reads his mail again, as his mail program says
    Column("restricted_at", BigInteger),  # since when nothing is done about him; NULL: all is as usual
    Column("restricted_by", Text),
    Column("restricted_for", Text),  # why
    Column("erased_at", BigInteger),  # since when only keys and counts are left of him; he is restricted then
    Column("portrait_completeness", Integer),  # percent of the facts that the portrait asks for; NULL: never counted
    Column("portrait_missing", JSON(none_as_null=True)),  # names of the blocks that are not full
    Column("portrait_allows", Text),  # how close he may be called: a word of `profiles`
    Index("ix_lead_phone", "phone"),
    Index("ix_lead_email", "email"),
    Index("ix_lead_wecom", "wecom"),
    Index("ix_lead_last_contact_at", "last_contact_at"),
    Index("ix_lead_last_attempt_at", "last_attempt_at"),
    Index("ix_lead_registered_at", "registered_at"),
    Index("ix_lead_owner_since_at", "owner_since_at"),
    Index("ix_lead_stage_since_at", "stage_since_at"),
    Index("ix_lead_owner", "owner"),
    Index("ix_lead_account", "account"),
    Index("ix_lead_region", "region"),
    Index("ix_lead_country", "country"),
    Index("ix_lead_timezone", "timezone"),
    Index("ix_lead_cell", "cell"),
)

gift = Table(
    "gift",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("lead", Text, nullable=False),
    Column("given_on", Text, nullable=False),
    Column("idea", Text, nullable=False),  # its name in config.yaml; "": something else
    Column("label", Text, nullable=False),
    Column("price", Float, nullable=False),  # in the currency of config.yaml
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_gift_lead", "lead"),
)

date_record = Table(
    "date_record",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("calendar", Text, nullable=False, default="solar"),  # solar | lunar
    Column("year", Integer),
    Column("month", Integer, nullable=False),
    Column("day", Integer, nullable=False),
    Column("leap", Boolean, nullable=False, default=False),
    Column("gone", Boolean, nullable=False, default=False),
    Column("note", Text),
    Index("ix_date_record_lead", "lead"),
)

date_next = Table(
    "date_next",
    metadata,
    Column("date_record", Text, primary_key=True),
    Column("policy", Text, primary_key=True),  # DatePolicy.text it was resolved under
    Column("lead", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("next_on", Text),  # ISO date; NULL when it never returns under this policy
    Column("nth", Integer),  # how many years since the recorded one; NULL where that is unknown
    Column("anchor_year", Integer, nullable=False),  # of its calendar: a lunar year for lunar dates
    Index("ix_date_next_kind_next_on", "kind", "policy", "next_on"),
    Index("ix_date_next_next_on", "next_on"),
    Index("ix_date_next_lead", "lead"),
)

date_policy = Table(
    "date_policy",
    metadata,
    Column("policy", Text, primary_key=True),  # DatePolicy.text that rules in force or config.yaml use
    Column("resolved", Boolean, nullable=False),  # every date has a row under it in date_next
)

attribute_day = Table(
    "attribute_day",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("day_on", Text, nullable=False),  # what lead.attrs says under that name
    Index("ix_attribute_day_name_day_on", "name", "day_on"),
)

record = Table(
    "record",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("kind", Text, nullable=False),  # purchase | contract | appointment | receivable
    Column("product", Text),
    Column("at", BigInteger),
    Column("starts_at", BigInteger),
    Column("ends_on", Text),
    Column("due_on", Text),
    Column("amount", Float),
    Column("note", Text),
    Column("gone", Boolean, nullable=False, default=False),
    Index("ix_record_kind_at", "kind", "at"),
    Index("ix_record_kind_starts_at", "kind", "starts_at"),
    Index("ix_record_kind_ends_on", "kind", "ends_on"),
    Index("ix_record_kind_due_on", "kind", "due_on"),
    Index("ix_record_lead", "lead"),
)

opportunity = Table(
    "opportunity",
    metadata,
    Column("id", Text, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("product", Text),
    Column("stage", Text),
    Column("stage_since_at", BigInteger),
    Column("opened_at", BigInteger),  # when it was first told of; NULL: before that was put down
    Column("expected_close_on", Text),
    Column("amount", Float),
    Column("open", Boolean, nullable=False, default=True),
    Column("note", Text),
    Index("ix_opportunity_lead", "lead"),
    Index("ix_opportunity_expected_close_on", "expected_close_on"),
    Index("ix_opportunity_stage_since_at", "stage_since_at"),
    Index("ix_opportunity_opened_at", "opened_at"),
)

interaction = Table(
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
    Column("effective", Boolean, nullable=False),  # a contact; else an attempt
    Column("benefit", Text),
    Column("note", Text),
    Column("touch", BigInteger),  # the signed greeting it stands for
    Column("score", Integer),  # the answer to a survey, 0 (worst) to 10
    Column("next_step", Text),  # what was agreed to be done next
    Column("contact_before_at", BigInteger),  # of a signed greeting: the latest contact before it, if it comes back
    Index("ix_interaction_lead_at", "lead", "at"),
    Index("ix_interaction_outcome_at", "outcome", "at"),
    Index("ix_interaction_rep_at", "rep", "at"),
)

last_talk = Table(
    "last_talk",
    metadata,
    Column("lead", Text, primary_key=True),
    Column("word", Text, primary_key=True),  # a purpose or a channel
    Column("at", BigInteger, nullable=False),  # of the latest contact of that purpose or on that channel
    Column("interaction", Text, nullable=False),
    Index("ix_last_talk_word_at", "word", "at"),
)

suppression = Table(
    "suppression",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("channel", Text, nullable=False, default=""),  # "" = every channel
    Column("category", Text, nullable=False, default=""),  # "" = every category
    Column("reason", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("address", Text),  # it holds as long as this is an address of the lead's; NULL: it holds always
    UniqueConstraint("lead", "channel", "category"),
)

transition = Table(
    "transition",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("subject", Text, nullable=False),  # "lead", "opportunity#ID" or "suppression"
    Column("field", Text, nullable=False),
    Column("value", Text),
    Column("previous", Text),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("cause", Text),
    Column("cause_depth", Integer),  # changes by the engine in a row up to this one; NULL: somebody else's
    Index("ix_transition_lead", "lead", "field"),
    Index("ix_transition_field_value_at", "field", "value", "at"),
)

gate_event = Table(
    "gate_event",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("gate", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # refused | flagged
    Column("lead", Text, nullable=False),
    Column("change", JSON, nullable=False),  # {"set": {...}}, {"assign": REP or pool}, {"event_end": ID}
    Column("evidence", JSON, nullable=False),  # {"path", "wanted", "found"}
    Column("actor", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("cause", Text),
    Column("at", BigInteger, nullable=False),
    Index("ix_gate_event_lead", "lead"),
)

dirty_lead = Table(
    "dirty_lead",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("lead", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_dirty_lead_lead", "lead"),
)

malformed_row = Table(
    "malformed_row",
    metadata,
    Column("kind", Text, primary_key=True),  # its table
    Column("row", Text, primary_key=True),  # its id there
    Column("field", Text, primary_key=True),
    Column("lead", Text, nullable=False),  # whom it is about, who is set aside; "" for a touch of a schedule
    Column("touch", BigInteger),  # the touch that it is, or whose delivery it is
    Column("problem", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("looked_at", BigInteger, nullable=False),
    Index("ix_malformed_row_lead", "lead"),
)
