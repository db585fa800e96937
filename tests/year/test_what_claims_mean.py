"""Where a claim about the year has an exception, it is that one only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.domain.civil import DAY
from tests.year.of_care import no_day_is_too_full
from tests.year.of_hands import manager_at_ten, nobody_is_left_behind, returns_to_the_pool
from tests.year.record import Record
from tests.year.town import Size

HOUR = 3600
SIZE = Size(leads=80, per_rep=40)
MONDAY = SIZE.start + 28 * DAY + 2 * HOUR


def record(**that: Any) -> Record:
    known: dict[str, Any] = {"messages": [], "touches": [], "talks": {}, "changes": {}, "leads": {}, "happened": []}
    return Record(**{"size": SIZE, "objections": [], "orders": {}, "began": {}, **known, **that})


def broken(cases: Iterator[str | None]) -> list[str]:
    return [case for case in cases if case]


def test_an_eighth_levelled_reminder_is_one_too_many_whatever_the_reason() -> None:
    assert not broken(no_day_is_too_full(day_of_one_rep(7)))
    assert broken(no_day_is_too_full(day_of_one_rep(8)))


def test_a_day_on_which_a_festival_is_prepared_has_its_level() -> None:
    assert not broken(no_day_is_too_full(day_of_one_rep(12, "mid-autumn-eve")))
    assert broken(no_day_is_too_full(day_of_one_rep(13, "mid-autumn-eve")))


def day_of_one_rep(reminders: int, rule: str = "article") -> Record:
    known = {"rule": rule, "audience": "rep", "receiver": "rep-00", "level_rep": "rep-00", "due_at": MONDAY,
             "sent_at": MONDAY}  # fmt: skip
    return record(messages=[known] * reminders)


def talks(*at: int) -> list[dict[str, Any]]:
    return [{"at": one, "logged_at": one, "effective": True} for one in at]


def tenth(state: str, status: str = "active", **that: Any) -> Record:
    """Nine contacts before the year, one in it, and a manager who is asked."""
    asked = {"rule": "manager-at-ten", "lead": "wu", "nominal_at": MONDAY, "state": state}
    known = {"contacts": 10, "status": status, "grade": "B", "owner": "rep-00", "registered_at": 0}
    return record(
        touches=[asked], talks={"wu": talks(MONDAY)}, leads={"wu": known}, began={"wu": {"contacts": "9"}}, **that
    )


def test_an_order_takes_back_what_the_manager_would_have_been_asked() -> None:
    at_once = {"wu": [MONDAY]}
    assert broken(manager_at_ten(tenth("delivered", orders=at_once)))
    assert not broken(manager_at_ten(tenth("superseded", orders=at_once)))


def test_of_a_customer_in_the_pool_the_manager_is_asked_once_he_is_active_again() -> None:
    again = {"lead": "wu", "field": "status", "value": "active", "previous": "pooled", "at": MONDAY + DAY}
    assert not broken(manager_at_ten(tenth("delivered", changes={"wu": [again]})))
    assert broken(manager_at_ten(tenth("delivered", status="pooled")))


def neglected(days: float, warned_late: int) -> Record:
    """A B who goes back after so many days without a word, whose rep was warned so many seconds later than planned."""
    back, warned_at = int(MONDAY + days * DAY), MONDAY + 27 * DAY
    warned = {"rule": "pool-return", "step": "warn", "lead": "wu", "nominal_at": warned_at}
    known = {"contacts": 1, "status": "pooled", "grade": "B", "owner": "rep-00", "registered_at": MONDAY, "key": False}
    gone = {"lead": "wu", "field": "status", "value": "pooled", "previous": "active", "at": back}
    return record(
        touches=[warned | {"due_at": warned_at + warned_late}], leads={"wu": known}, talks={"wu": talks(MONDAY)},
        changes={"wu": [gone]},
    )  # fmt: skip


def test_a_return_waits_as_long_as_a_weekend_held_up_its_warning() -> None:
    assert broken(nobody_is_left_behind(neglected(32.5, warned_late=0)))
    assert not broken(nobody_is_left_behind(neglected(32.5, warned_late=2 * DAY)))
    assert broken(nobody_is_left_behind(neglected(34, warned_late=2 * DAY)))


def risen(back: float, *warned: float) -> Record:
    """A B who becomes an A after fifteen days without a word and goes back after so many, warned after so many."""
    known = {"contacts": 1, "status": "pooled", "grade": "A", "owner": "rep-00", "registered_at": MONDAY, "key": False}
    rise = {"field": "grade", "value": "A", "previous": "B", "at": MONDAY + 15 * DAY, "actor": "engine"}
    gone = rise | {"field": "status", "value": "pooled", "previous": "active", "at": int(MONDAY + back * DAY)}
    warning = {"rule": "pool-return", "step": "warn", "lead": "wu", "nominal_at": MONDAY + 11 * DAY}
    return record(
        messages=[warning | {"sent_at": int(MONDAY + days * DAY)} for days in warned], leads={"wu": known},
        talks={"wu": talks(MONDAY)}, changes={"wu": [rise, gone]},
    )  # fmt: skip


def test_whoever_goes_back_was_warned_three_days_before_whatever_his_grade_was_then() -> None:
    assert not broken(returns_to_the_pool(risen(18, 15)))
    for unwarned in (risen(15.1), risen(17, 15), risen(45, 15)):
        assert broken(returns_to_the_pool(unwarned))


def test_whose_grade_rose_too_late_goes_back_once_he_was_warned() -> None:
    assert not broken(nobody_is_left_behind(risen(18, 15)))
    assert not broken(nobody_is_left_behind(risen(27, 24))), "after a long holiday"
    assert broken(nobody_is_left_behind(risen(29, 15)))
