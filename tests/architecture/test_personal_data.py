"""Whoever adds a table or a text says what of it goes when a person is erased."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import JSON, Text

from engine.store.privacy.parts import APART, IMPERSONAL, PARTS
from engine.store.upgrade import METADATA


def test_every_table_says_what_it_holds_of_a_person() -> None:
    names = {part.table.name for part in PARTS}
    unsaid = set(METADATA.tables) - names - IMPERSONAL - APART
    assert not unsaid, "add them to engine/store/privacy/parts.py: what do they hold of a customer, what goes with him?"
    assert not names & IMPERSONAL


KEPT = {
    "source_row": {"source", "key", "ours"},
    "verdict": {"policy", "effect"},
    "delivery_event": {"state", "code", "actor"},
    "delivery": {"channel", "lead", "rule", "category", "audience", "receiver", "message_id", "reply_to",
                 "reply_to_name", "timezone", "window", "state", "owner", "code", "remote_id"},
    "touch": {"occurrence_key", "rule", "lead", "anchor", "step", "receiver", "absent", "revision", "action",
              "audience", "category", "day_on", "state", "reason", "policy", "signer", "signed_by", "answer",
              "handed_by", "via", "passed_over", "level_rep", "level_on"},
    "occasion": {"rule", "lead", "anchor", "revision", "end_reason"},
    "interaction": {"id", "lead", "rep", "outcome"},
    "suppression": {"lead", "channel", "category", "actor", "address"},
    "transition": {"lead", "subject", "field", "actor"},
    "gate_event": {"gate", "outcome", "lead", "actor", "role", "cause"},
    "look": {"visitor", "role", "lead", "page"},
    "dirty_lead": {"lead", "reason"},
}  # fmt: skip
"""Texts that stay: ids, our own words, civil days on which something was done, reps. Addresses go with their rows.

Of an archive what goes is the same."""


@pytest.mark.parametrize("part", [one for one in PARTS if one.blank is not None], ids=lambda one: one.table.name)
def test_every_text_that_stays_was_thought_of(part: Any) -> None:
    texts = {column.name for column in part.table.c if isinstance(column.type, (Text, JSON))}
    assert texts - set(part.blank) == KEPT[part.table.name.removesuffix("_archive")]
