"""A year, lived: people do what is in the agenda, the daemon ticks, and whoever is reminded puts it into the agenda."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from engine.domain.civil import DAY
from tests.year.fate import Fate
from tests.year.house import TICK, House, on_the_clock
from tests.year.sales import Sales
from tests.year.staff import HOUR, Staff
from tests.year.town import Size, ids, people_of

Deed = Callable[[int], None]


class Agenda:
    """What people will do, and when."""

    def __init__(self, end: int) -> None:
        self._heap: list[tuple[int, int, Deed]] = []
        self._numbers = count()
        self._end = end

    def __call__(self, at: int, deed: Deed) -> None:
        if at < self._end:
            heapq.heappush(self._heap, (at, next(self._numbers), deed))

    def due(self, now: int) -> list[Deed]:
        found = []
        while self._heap and self._heap[0][0] <= now:
            found.append(heapq.heappop(self._heap)[2])
        return found

    @property
    def next_at(self) -> int:
        return self._heap[0][0] if self._heap else self._end


def live(house: House, size: Size, told: Callable[[int], None] = lambda _day: None) -> None:
    """Every instant of the year at which somebody, or the daemon, has something to do."""
    agenda = Agenda(size.end)
    sales = Sales(house, size.seed + 2)
    staff = Staff(house, sales, agenda, size.seed + 3)
    people = people_of(size)
    Fate(house, sales, agenda, size).draw(ids(people.leads), [row["id"] for row in people.reps if row["role"] == "rep"])
    for day in range(size.days):
        for hour in (2, 4, 8):
            agenda(size.start + day * DAY + hour * HOUR, staff.sign)
    now, day = on_the_clock(size.start), -1
    while now < size.end:
        house.go_to(now)
        for deed in agenda.due(now):
            deed(now)
        for message in sorted(house.tick(), key=lambda one: one.touch):
            staff.read(message, now)
        if (now - size.start) // DAY != day:
            day = (now - size.start) // DAY
            told(day)
        now = min(house.next_instant(now), max(on_the_clock(agenda.next_at), now + TICK))
