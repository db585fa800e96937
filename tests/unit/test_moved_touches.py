"""When release looks again at a touch that plan has moved."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from engine.stages.plan.revise import move

DUE, DRAFT_AT, LATEST = 10_000, 4_000, 70_000
ROW = {
    "judge_at": DUE, "due_at": DUE, "deadline_at": None, "expires_at": LATEST, "nominal_at": DUE,
    "day_on": "1970-01-01",
    "absent": None, "level_order": None, "level_rep": None, "level_on": None,
}  # fmt: skip


def moved(row: dict[str, Any], **touch: Any) -> tuple[Any, Any]:
    """(next look, deadline) of a touch on its way to the row."""
    known = {"id": 1, "state": "planned", "escalated_at": None, "signed_at": None, "deadline_at": None}
    found = move(SimpleNamespace(**(known | touch)), ROW | row)
    return found["b_judge"], found["b_deadline"]


def test_a_greeting_held_back_for_its_words_still_ends_one_day() -> None:
    assert moved({}, state="draft", deadline_at=60_000) == (LATEST, LATEST)
    assert moved({"expires_at": None}, state="draft", deadline_at=60_000) == (60_000, 60_000)


def test_what_was_signed_is_judged_at_its_new_hour_in_whatever_state() -> None:
    own = {"judge_at": DRAFT_AT, "deadline_at": 9_000}
    assert moved(own, state="signed", signed_at=5_000) == (DUE, 9_000)
    assert moved(own, state="held", signed_at=5_000) == (DUE, 9_000)
    assert moved(own, state="draft", deadline_at=8_000) == (9_000, 9_000)


def test_what_needs_no_signature_has_no_deadline() -> None:
    assert moved({}) == (DUE, None)
