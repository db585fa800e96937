"""Marks of reps' messages are set before their turn, in company; a customer's never is."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest

from engine.stages.dispatch import hand_over
from engine.stages.dispatch.hand_over import Ahead, Settling, TheirHandOver


class Office:
    """Marks everything; `marked` holds the ids of each commit."""

    def __init__(self) -> None:
        self.marked: list[list[int]] = []

    def may_begin(self, lease_end: float) -> bool:
        return lease_end > 0

    def mark(self, claimed: Sequence[Any]) -> list[bool]:
        self.marked.append([one.due.id for one in claimed])
        return [True] * len(claimed)

    def settle(self, attempted: Sequence[Any]) -> Settling:
        return Settling(attempted, Future())


def hands(*audiences: str) -> tuple[Office, TheirHandOver]:
    """As if they had been at it for long, quickly."""
    office = Office()
    group: Any = [SimpleNamespace(due=SimpleNamespace(id=n, audience=who)) for n, who in enumerate(audiences)]
    return office, TheirHandOver(office, group, 1.0, [], Ahead())


def test_a_reps_message_is_marked_once_and_before_its_turn_at_that_pace() -> None:
    office, theirs = hands(*["rep"] * 6)
    assert [theirs.begin([place]) for place in range(6)] == [[True]] * 6
    assert office.marked == [[0, 1, 2, 3, 4, 5]]


def test_a_customers_message_is_marked_when_its_turn_has_come() -> None:
    office, theirs = hands("lead", "rep", "lead", "rep")
    assert [theirs.begin([place]) for place in range(4)] == [[True]] * 4
    assert office.marked == [[0, 1, 3], [2]]


def test_a_mark_that_waited_for_long_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over, "_FRESH", 0.02)
    _, theirs = hands("rep", "rep")
    assert theirs.begin([0]) == [True]
    time.sleep(0.03)
    assert theirs.begin([1]) == [False]


def test_at_a_slow_pace_none_is_marked_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over, "SOON", 0.0)
    office, theirs = hands("rep", "rep")
    theirs.begin([0])
    assert office.marked == [[0]]
