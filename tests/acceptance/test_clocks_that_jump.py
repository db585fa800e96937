"""A clock that runs ahead, falls back, or stood still for hours: nobody gets two, and a long way ahead holds all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.service.app import open_app
from engine.service.tick import Stages, TickCounts

SUNDAY, MONDAY, TUESDAY = (f"2026-02-{day}T09:30+08:00" for day in (15, 16, 17))
YEARS_AHEAD = 1_900_000_000


def sent(house: Any) -> Counter[str]:
    """How many marks each message that left had: one for each attempt."""
    return Counter(row["message_id"] for row in house.rows("deliveries", "--state", "sent"))


def files(house: Any) -> int:
    return sum(1 for path in (house.folder / "outbox").rglob("*") if path.is_file())


def live(house: Any, hours: Sequence[str]) -> None:
    house.then("tick")
    for hour in hours:
        house.say("tick", "--now", hour)


def test_a_clock_that_is_a_day_ahead_or_back_sends_nothing_twice(house: Any) -> None:
    live(house, [TUESDAY, MONDAY, SUNDAY, TUESDAY])
    found = sent(house)
    assert len(found) > 4
    assert set(found.values()) == {1}
    assert files(house) == len(found)


def test_a_machine_that_slept_for_hours_makes_good_what_came_up_meanwhile(house: Any) -> None:
    """Chen's wish was due at nine; the machine wakes at a quarter to five."""
    live(house, ["2026-02-16T08:00+08:00"])
    before = sent(house)
    house.say("tick", "--now", "2026-02-16T16:45+08:00")
    rules = {row["rule"] for row in house.rows("deliveries", "--lead", "chen", "--state", "sent")}
    assert "birthday" in rules
    assert len(sent(house)) > len(before)
    assert set(sent(house).values()) == {1}


def test_a_clock_years_ahead_sends_nothing_not_even_what_is_written_already(house: Any) -> None:
    """The sending half of the daemon has a turn of its own, and may be the first to see such a clock."""
    house.then("pause")
    live(house, [MONDAY])
    house.say("resume", "--now", MONDAY)
    waiting = house.rows("deliveries", "--state", "pending")
    assert waiting
    with open_app(house.config, now=YEARS_AHEAD) as app:
        stages, counts = Stages(app), TickCounts()
        stages.speak(counts)
        stages.close()
    assert counts.nothing
    assert house.rows("deliveries", "--state", "pending") == waiting
    assert "the clock jumped ahead, nothing is planned or sent" in house.say("status")
    house.say("resume", "--now", MONDAY)
    house.say("tick", "--now", MONDAY)
    assert house.rows("deliveries", "--state", "pending") == []
