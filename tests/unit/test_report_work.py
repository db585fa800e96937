"""What came of a piece of work: by the talks that were held, in the day of whoever was to do it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from engine.stages.report.figures import Work
from engine.stages.report.work import counted, judged
from engine.store.lookups.report_work import Piece, Talk


def at(text: str) -> int:
    """An instant of March 2026 by the clock of Shanghai."""
    return int(datetime.fromisoformat(f"2026-03-{text}+08:00").timestamp())


NOW = at("20T12:00")


def piece(**said: Any) -> Piece:
    """A reminder of Tuesday at five in the afternoon, which reached Li and about which nothing is known."""
    usual = Piece(
        "reminder", 1, "call", "r", "ann", "Ann", False, "li", "Asia/Shanghai", at("10T17:00"), "delivered", None, None,
        None, None,
    )  # fmt: skip
    return usual._replace(**said)


def outcome(one: Piece, *talks: Talk, now: int = NOW) -> str:
    return judged([one], {"ann": talks}, now)[0].outcome


@pytest.mark.parametrize(("talks", "expected"), [
    ([], "missed"),
    ([Talk(at("10T23:59"), True)], "done"),
    ([Talk(at("10T00:00"), True)], "done"),                                   # in the morning, before the reminder
    ([Talk(at("09T23:59"), True)], "missed"),                                 # the day before
    ([Talk(at("10T18:00"), False), Talk(at("10T19:00"), True)], "done"),
    ([Talk(at("10T18:00"), False), Talk(at("11T09:00"), True)], "tried"),
    ([Talk(at("11T00:00"), True)], "late"),
])  # fmt: skip
def test_the_first_talk_decides(talks: list[Talk], expected: str) -> None:
    assert outcome(piece(), *talks) == expected


def test_a_day_is_that_of_the_rep() -> None:
    talk = Talk(at("11T09:00"), True)
    assert outcome(piece(zone="America/New_York", due_at=at("10T23:00")), talk) == "done"
    assert outcome(piece(due_at=at("10T23:00")), talk) == "late"


def test_what_is_not_over_is_open() -> None:
    assert outcome(piece(), now=at("10T23:59")) == "open"
    assert outcome(piece(), now=at("11T00:00")) == "missed"


@pytest.mark.parametrize("said", [
    {"state": "suppressed"}, {"state": "merged"}, {"state": "superseded"}, {"state": "expired"},
    {"state": "cancelled", "reason": "contacted"}, {"answer": "not_relevant", "answered_at": at("10T17:30")},
    {"answer": "handed_over", "answered_at": at("10T17:30")},
])  # fmt: skip
def test_what_was_taken_back_was_not_to_be_done(said: dict[str, Any]) -> None:
    assert outcome(piece(**said), Talk(at("10T18:00"), True)) == "withdrawn"


def test_an_answered_reminder_was_acted_on_also_if_it_never_left() -> None:
    said = {"answer": "no_answer", "answered_at": at("10T17:30"), "state": "cancelled", "reason": "answered"}
    assert outcome(piece(**said)) == "tried"
    assert outcome(piece(**said), Talk(at("10T17:30"), True)) == "done"
    assert outcome(piece(**said)._replace(answered_at=at("12T09:00"))) == "late"


@pytest.mark.parametrize(("said", "expected"), [
    ({"state": "delivered", "signed_at": at("10T17:00")}, "done"),
    ({"state": "delivered", "signed_at": at("10T17:01")}, "late"),
    ({"state": "cancelled", "reason": "rejected"}, "done"),
    ({"state": "cancelled", "reason": "contacted"}, "withdrawn"),
    ({"state": "expired", "reason": "unsigned"}, "missed"),
    ({"state": "expired", "reason": "misfire"}, "withdrawn"),
    ({"state": "draft"}, "missed"),
])  # fmt: skip
def test_a_draft_is_done_with_when_it_is_signed_or_turned_down(said: dict[str, Any], expected: str) -> None:
    assert outcome(piece(kind="signature", **said)) == expected
    assert outcome(piece(kind="signature", state="draft"), now=at("10T16:59")) == "open"


def test_every_piece_but_the_withdrawn_ones_is_counted_once() -> None:
    pieces = [piece(), piece(state="merged"), piece(lead="bo"), piece(lead="cy"), piece(due_at=NOW + 60, lead="di")]
    talks = {"bo": [Talk(at("10T18:00"), True)], "cy": [Talk(at("10T18:00"), False)]}
    work = counted(judged(pieces, talks, NOW))
    assert work == Work(done=1, tried=1, late=0, missed=1, open=1)
    assert (work.planned, work.on_time) == (4, 2 / 3)
    assert Work(open=3).on_time is None
