"""What happens to people in a year: deaths, weddings, complaints, floods, holidays of reps, new customers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from random import Random

from engine.domain.civil import DAY
from engine.domain.people import lead_entry, rep_entry
from engine.ground.errors import FollowupError
from engine.service.sample_names import SIMPLIFIED
from engine.stages.acts import Talk, log_talk
from engine.stages.events import add_event, end_event
from engine.stages.imports import terms_of
from engine.store.facts.circumstances import Happening
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_leads
from engine.store.facts.people import upsert_reps
from tests.year.house import House
from tests.year.sales import Sales
from tests.year.town import AHEAD, FLOODED, REGIONS, START, Size, away_on

Deed = Callable[[int], None]
HOUR = 3600
HOW_OFTEN = {
    "bereavement": 4, "illness": 4, "wedding": 1, "birth": 1, "opening": 2, "journey": 2, "complaint": 14,
    "moves": 8, "gives_up": 10, "recommendation": 1, "writes": 20,
}  # fmt: skip
"""Of a hundred customers, in the time that is lived through, however short it is."""


class Fate:
    """Draws everybody's year and puts it into the agenda."""

    def __init__(self, house: House, sales: Sales, agenda: Callable[[int, Deed], None], size: Size) -> None:
        self.house, self.sales, self.agenda, self.size = house, sales, agenda, size
        self.pick = Random(size.seed + 1)

    def draw(self, leads: list[str], reps: list[str]) -> None:
        """The whole year of everybody."""
        for lead in leads:
            for kind, percent in HOW_OFTEN.items():
                if self.pick.random() < percent / 100:
                    self.agenda(self._some_time(), self._happens(kind, lead))
        for number, rep in enumerate(reps):
            for first in away_on(self.size, number)[::7]:
                self.agenda(self._on((first - START).days - AHEAD, 1), self._away(rep, first))
        self._regions(leads)
        for day in range(2, self.size.days, max(2, 20_000 // self.size.leads)):
            self.agenda(self._on(day, 2), self._comes(day))
        for day in range(7, self.size.days, 7):
            self.agenda(self._on(day, 2), self.sales.monday)
            if day % 28 == 0:
                self.agenda(self._on(day + 1, 3), self.sales.greedy)

    def _regions(self, leads: list[str]) -> None:
        """A flood, an epidemic of six weeks, and a fair of ours: known long before, as the others are not."""
        flood, flu, fair = (self._on(self.size.days * part // 12, 3) for part in (3, 6, 2))
        guests = tuple(self.pick.sample(leads, max(2, len(leads) // 20)))
        for one in (
            Happening("flood", "flood", flood, flood + 5 * DAY, region=FLOODED),
            Happening("flu", "epidemic", flu, flu + 42 * DAY, region=REGIONS[0]),
            Happening("fair", "fair", fair + 45 * DAY, fair + 47 * DAY, invited=guests),
        ):
            self.agenda(fair if one.kind == "fair" else one.starts_at, lambda now, one=one: self._add(one, now))

    def _happens(self, kind: str, lead: str) -> Deed:
        if kind == "moves":
            return lambda now: self.sales.move_closing(lead, self.pick.randint(30, 500), now)
        if kind == "gives_up":
            return lambda now: self.sales.give_up(lead, now)
        if kind == "writes":
            return lambda now: self._writes(lead, now)
        if kind == "complaint":
            return lambda now: self._complains(lead, now)
        lasts = {"illness": 21, "opening": 1, "journey": 3, "wedding": 1}.get(kind)
        ahead = {"wedding": 10, "opening": 9, "journey": 4}.get(kind, 0) * DAY
        return lambda now: self._add(
            Happening("", kind, now + ahead, now + ahead + lasts * DAY if lasts else None, lead=lead), now
        )

    def _writes(self, lead: str, now: int) -> None:
        """He writes by himself."""
        log_talk(self.house.db, self.house.settings, Talk(lead, "messaged", now, "wechat"), "year", now)

    def _complains(self, lead: str, now: int) -> None:
        ident = f"complaint-{lead}-{now}"
        self._add(Happening(ident, "complaint", now, lead=lead), now)
        closes = now + self.pick.randint(1, 30) * DAY
        self.agenda(closes, lambda at: self._closes(ident, {}, at))
        self.agenda(closes + HOUR, lambda at: self._closes(ident, {"confirmed_by": "customer"}, at))

    def _closes(self, ident: str, attrs: dict[str, str], now: int) -> None:
        with suppress(FollowupError):
            end_event(self.house.db, self.house.means.gates, ident, now, attrs, "boss-0", now)

    def _add(self, happening: Happening, now: int) -> None:
        with suppress(FollowupError):
            add_event(self.house.db, self.house.settings, self.house.means.gates, happening, "year", now)

    def _away(self, rep: str, first: date) -> Deed:
        """A week's holiday; his delegate stands in, who is never away at the same time."""

        def goes(now: int) -> None:
            row = {"id": rep, "name": rep, "absent_from": first.isoformat()}
            row["absent_to"] = (first + timedelta(days=6)).isoformat()
            entry = rep_entry(row, terms_of(self.house.settings))
            with self.house.db.writing() as connection:
                upsert_reps(connection, [entry], {}, now)

        return goes

    def _comes(self, number: int) -> Deed:
        """Somebody registers, and nobody has him yet."""

        def registers(now: int) -> None:
            family, roman = self.pick.choice(SIMPLIFIED.families)
            row = {"id": f"{roman}-new-{number:04d}", "name": f"{family}新", "email": f"new.{number}@example.com",
                   "grade": self.pick.choice("ABC"), "tier": "lead", "stage": "new", "status": "active",
                   "loyalty": "potential", "country": "CN", "timezone": "Asia/Shanghai",
                   "locale": "zh-Hans"}  # fmt: skip
            entry = lead_entry(row, terms_of(self.house.settings))
            with self.house.db.writing() as connection:
                write_leads(connection, [entry], {}, self.house.settings, Stamp(now, "year"))

        return registers

    def _some_time(self) -> int:
        return self._on(self.pick.randint(3, self.size.days - 2), self.pick.choice((4, 8)))

    def _on(self, day: int, hour: int) -> int:
        """That many days from the start; the hour is UTC, early in the working day there."""
        return self.size.start + day * DAY + hour * HOUR
