"""Where a person stands in the book: for each table which rows are about him, and what erasing leaves of them.

A table is either here or among those that hold nothing of any one customer; a test asks it of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, func, null, or_, select

from engine.store.archive_tables import (
    delivery_archive,
    delivery_event_archive,
    draft_archive,
    touch_archive,
    verdict_archive,
)
from engine.store.circumstance_tables import circumstance, coverage
from engine.store.facts.restrictions import ERASED
from engine.store.inbox_tables import letter
from engine.store.ledger import delivery, delivery_event, draft, occasion, touch, verdict, wording
from engine.store.rate_tables import rate_token
from engine.store.source_tables import source_refusal, source_row
from engine.store.tables import (
    attribute_day,
    date_next,
    date_record,
    dirty_lead,
    gate_event,
    gift,
    interaction,
    last_talk,
    malformed_row,
    opportunity,
    record,
    suppression,
    transition,
)
from engine.store.web_tables import look

Blank = Mapping[str, Any]
"""Columns and what they hold afterwards; the others are ids, words of ours, instants and counts, and stay."""


@dataclass(frozen=True)
class Part:
    """Rows about a person. `blank` None: they go; {}: they hold ids alone, and stay."""

    table: Table
    theirs: Callable[[str], ColumnElement[bool]]
    blank: Blank | None = None


def _of_lead(table: Table, blank: Blank | None = None) -> Part:
    return Part(table, lambda lead: table.c.lead == lead, blank)


def _touches(lead: str, table: Table = touch) -> Select[Any]:
    return select(table.c.id).where(table.c.lead == lead)


def _deliveries(lead: str, table: Table = delivery) -> Select[Any]:
    return select(table.c.id).where(table.c.lead == lead)


def _archived_events(lead: str) -> ColumnElement[bool]:
    return delivery_event_archive.c.delivery.in_(_deliveries(lead, delivery_archive))


def _his_source_rows(lead: str) -> ColumnElement[bool]:
    """Of him, and of what was told of him: told before the records themselves go."""
    told = [select(one.c.id).where(one.c.lead == lead) for one in (record, opportunity, interaction, date_record)]
    return or_(source_row.c.ours == lead, *(source_row.c.ours.in_(ids) for ids in told))


def _his_refusals(lead: str) -> ColumnElement[bool]:
    same = source_row.c.source == source_refusal.c.source, source_row.c.key == source_refusal.c.row
    return or_(source_refusal.c.row == lead, select(source_row.c.key).where(*same, _his_source_rows(lead)).exists())


def _his_transitions(lead: str) -> ColumnElement[bool]:
    """All but the one that tells of the erasure itself."""
    return (transition.c.lead == lead) & transition.c.value.is_distinct_from(ERASED)


_NO_EVIDENCE = {"path": "", "wanted": None, "found": None}
_OF_TALKS = ("account", "channel", "purpose", "benefit", "note", "next_step", "score")
_WORDLESS = {
    "address": "", "subject": "", "text": "", "html": "", "receiver_name": "", "headers": null(),
    "appointment": null(), "last_error": null(),
}  # fmt: skip

PARTS = (
    Part(source_refusal, _his_refusals),
    Part(source_row, _his_source_rows, {"cells": {}, "told": null()}),
    Part(draft, lambda lead: draft.c.touch.in_(_touches(lead))),
    Part(verdict, lambda lead: verdict.c.touch.in_(_touches(lead)), {"facts": {}}),
    Part(delivery_event, lambda lead: delivery_event.c.delivery.in_(_deliveries(lead)), {"detail": null()}),
    Part(rate_token, lambda lead: rate_token.c.delivery.in_(_deliveries(lead))),
    _of_lead(delivery, _WORDLESS),
    _of_lead(touch, {"changed": null()}),
    Part(draft_archive, lambda lead: draft_archive.c.touch.in_(_touches(lead, touch_archive))),
    Part(verdict_archive, lambda lead: verdict_archive.c.touch.in_(_touches(lead, touch_archive)), {"facts": {}}),
    Part(delivery_event_archive, _archived_events, {"detail": null()}),
    _of_lead(delivery_archive, _WORDLESS),
    _of_lead(touch_archive, {"changed": null()}),
    _of_lead(occasion, {"occurs_on": null(), "occurs_at": null(), "nth": null(), "next_step_at": null()}),
    _of_lead(wording),
    _of_lead(letter),
    _of_lead(interaction, dict.fromkeys(_OF_TALKS, null())),
    _of_lead(last_talk),
    _of_lead(date_next),
    _of_lead(date_record),
    _of_lead(attribute_day),
    _of_lead(record),
    _of_lead(opportunity),
    _of_lead(gift),
    _of_lead(coverage),
    _of_lead(circumstance),
    _of_lead(suppression, {"reason": "erased"}),
    Part(transition, _his_transitions, {"value": null(), "previous": null(), "cause": null()}),
    _of_lead(gate_event, {"change": {}, "evidence": _NO_EVIDENCE}),
    _of_lead(look, {}),
    _of_lead(dirty_lead, {}),
    _of_lead(malformed_row),
)
"""In the order in which they are erased. The lead himself and his company stand apart, see erasing."""

IMPERSONAL = frozenset({
    "rep", "generation", "picture", "rule_revision", "rule_shard", "plan_cursor", "tally", "team_turn", "pause",
    "service_state", "inbox_folder", "source_state", "rate_limit", "date_policy", "feed_message", "feed_thread",
    "used_link",
})  # fmt: skip
"""Tables in which no customer is named but by the ids of what was done."""

APART = frozenset({"lead", "account", "idempotency_key", "day_note"})
"""Tables that erasing treats by rules of their own."""

BLANK_LEAD: Blank = {
    "account": None, "salutation": None, "email": None, "phone": None, "wecom": None, "channels": [], "owner": None,
    "previous_owner": None, "owner_since_at": None, "tier": None, "grade": None, "stage": None, "stage_since_at": None,
    "status": "gone", "loyalty": None, "temperament": None, "region": None, "last_contact_at": None,
    "last_contact_ref": None, "last_attempt_at": None, "last_order_at": None, "last_outcome": None,
    "last_score": None, "last_score_at": None, "key": False, "hope": None, "observances": null(), "attrs": {},
    "profile": None, "pooled_at": None, "lat": None, "lon": None, "cell": None, "back_on": None,
    "restricted_for": None, "portrait_completeness": None, "portrait_missing": null(), "portrait_allows": None,
}  # fmt: skip
"""The lead afterwards. His name becomes his id, his country, zone and locale those of the house; counts stay."""


def holds(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """Whether a text has that in it, whatever its case."""
    return func.lower(column).contains(text.lower(), autoescape=True)
