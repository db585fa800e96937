"""What a cron expression names: civil minutes, once each, whatever clocks do."""

from __future__ import annotations

from datetime import date, time

import pytest

from engine.domain.civil import instant, local
from engine.domain.slots import Slot, check_cron, has_slot, slots

MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)


def texts(cron: str, first: date = MONDAY, last: date = SUNDAY) -> list[str]:
    return [slot.text for slot in slots(cron, first, last)]


def test_working_mornings_are_five_slots_a_week() -> None:
    assert texts("0 8 * * mon-fri") == [f"2026-03-0{day}T08:00" for day in range(2, 7)]


@pytest.mark.parametrize("cron", ["0 8 * * mon-sun", "0 8 * * *", "0 8 * * 1-7", "0 8 * * 0-6"])
def test_a_week_may_be_written_in_any_way(cron: str) -> None:
    assert len(texts(cron)) == 7


def test_a_slot_reads_back_from_its_text_and_is_known_to_its_expression() -> None:
    found = list(slots("30 9,16 1,15 * *", MONDAY, date(2026, 3, 31)))
    assert [Slot.of(slot.text) for slot in found] == found == [
        Slot(date(2026, 3, 15), time(9, 30)), Slot(date(2026, 3, 15), time(16, 30)),
    ]  # fmt: skip
    assert has_slot("30 9,16 1,15 * *", found[0])
    assert not has_slot("31 9 * * *", found[0])


def test_an_hour_that_happens_twice_has_each_of_its_slots_once() -> None:
    day = date(2026, 10, 25)
    found = list(slots("0,30 2 * * *", day, day))
    instants = [instant(*slot, "Europe/Berlin") for slot in found]
    assert [local(at, "Europe/Berlin").isoformat() for at in instants] == [
        "2026-10-25T02:00:00+02:00", "2026-10-25T02:30:00+02:00",
    ]  # fmt: skip


def test_a_slot_inside_a_gap_is_where_the_gap_ends() -> None:
    day = date(2026, 3, 29)
    (slot,) = slots("30 2 * * *", day, day)
    assert local(instant(*slot, "Europe/Berlin"), "Europe/Berlin").isoformat() == "2026-03-29T03:00:00+02:00"


@pytest.mark.parametrize(
    ("cron", "why"),
    [
        ("0 8 * *", "five fields"), ("0 0 8 * * *", "five fields"), ("0 25 * * *", "bad hour"),
        ("0 8 * * fr", "bad day-of-week"), ("* 8 * * *", "60 times a day"), ("0 8 30 2 *", "day-of-month"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_told(cron: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        check_cron(cron)


def test_a_day_that_comes_every_four_years_is_a_schedule() -> None:
    check_cron("0 9 29 2 *")
