"""How a sale goes on: stages, objectives whose closings move, orders; whom reps give up, the way through the pool."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from engine.domain.records import RecordEntry
from engine.ground.durations import parse_duration
from engine.ground.errors import FollowupError
from engine.service.sample_names import PRODUCTS
from engine.stages.acts import set_lead
from engine.stages.pool import claim, give_back, hand_out
from engine.store.database import Connection
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_records
from engine.store.lookups.customers import lead_by_id
from engine.store.lookups.pool import pool, takers
from tests.year.house import House

STAGES = ("new", "contacted", "need", "design", "quote")
MOVES_ON = {"A": 0.16, "B": 0.10, "C": 0.06, "D": 0.02}
"""How likely one talk brings a prospect of that grade to the next stage."""
WINS, LOSES, OPENS_AGAIN = 0.25, 0.004, 0.01


class Sales:
    """The course of things between reps and customers."""

    def __init__(self, house: House, seed: int) -> None:
        self.house = house
        self.pick = Random(seed)
        self.orders = 0

    def lead(self, lead: str) -> Mapping[str, Any]:
        with self.house.db.reading() as connection:
            return lead_by_id(connection, lead) or {}

    def spoke(self, lead: str, who: str, outcome: str, now: int) -> None:
        """What one talk leads to, sooner or later."""
        known = self.lead(lead)
        if outcome not in ("reached", "visited") or known["status"] != "active":
            return
        if known["stage"] in STAGES:
            self._on(lead, known, who, now)
        elif self.pick.random() < OPENS_AGAIN:
            self._set(lead, who, now, stage="need")
            self._aims(lead, "need", now)

    def _on(self, lead: str, known: Mapping[str, Any], who: str, now: int) -> None:
        """To the next stage, to an order, or to nothing."""
        if self.pick.random() < LOSES:
            self._set(lead, who, now, stage="lost")
        elif known["stage"] == "quote":
            if self.pick.random() < WINS and (known["contacts"] or 0) >= 6:
                self.win(lead, who, now)
        elif self.pick.random() < MOVES_ON[str(known["grade"] or "D")]:
            later = STAGES[STAGES.index(str(known["stage"])) + 1]
            self._set(lead, who, now, stage=later)
            if later == "need":
                self._aims(lead, "need", now)

    def win(self, lead: str, who: str, now: int) -> None:
        self.orders += 1
        records = [
            RecordEntry(f"{lead}-o{self.orders}", lead, "purchase", {"at": now, "product": PRODUCTS[0]}),
            RecordEntry(f"{lead}-aim", lead, "opportunity", {"stage": "won"}),
        ]
        self._record(records, now)
        self._set(lead, who, now, stage="won")

    def _aims(self, lead: str, stage: str, now: int) -> None:
        """An objective with an expected closing."""
        closes = datetime.fromtimestamp(now, UTC).date() + timedelta(days=self.pick.randint(40, 420))
        values = {"stage": stage, "expected_close_on": closes}
        self._record([RecordEntry(f"{lead}-aim", lead, "opportunity", values)], now)

    def move_closing(self, lead: str, days: int, now: int) -> None:
        """The expected closing of an open objective moves by so many days."""
        if self.lead(lead)["stage"] in STAGES[2:]:
            closes = datetime.fromtimestamp(now, UTC).date() + timedelta(days=days)
            values = {"stage": "need", "expected_close_on": closes}
            self._record([RecordEntry(f"{lead}-aim", lead, "opportunity", values)], now)

    def give_up(self, lead: str, now: int) -> None:
        """His rep wants him suspended: a gate decides."""
        known = self.lead(lead)
        if known["owner"] and known["status"] == "active":
            self._set(lead, str(known["owner"]), now, status="suspended")

    def decide(self, lead: str, manager: str, now: int) -> None:
        """The manager puts a suspended customer into the pool."""
        if self.lead(lead)["status"] == "suspended":
            give_back(self.house.db, self.house.settings, self.house.means.gates, lead, manager, now, "suspended")

    def monday(self, now: int) -> None:
        """The desk hands out the best of the pool, to new reps first; the previous owner asks in vain."""
        db, gates = self.house.db, self.house.means.gates
        words = self.house.settings.vocabularies
        with db.reading() as connection:
            waiting = pool(connection, words.tiers, words.grades, 12)
            to = self._sellers(connection, now)
        for number, row in enumerate(waiting):
            lead, before = str(row["id"]), row["previous_owner"]
            with suppress(FollowupError):
                if number % 4 == 3:
                    claim(db, gates, lead, str(before or to[0]), now)
                else:
                    hand_out(db, gates, [lead], to[number % len(to)], "boss-0", now)

    def greedy(self, now: int) -> None:
        """One rep takes whatever he can get."""
        db, words = self.house.db, self.house.settings.vocabularies
        with db.reading() as connection:
            waiting = [str(row["id"]) for row in pool(connection, words.tiers, words.grades, 8)]
        for lead in waiting:
            with suppress(FollowupError):
                claim(db, self.house.means.gates, lead, "rep-00", now)

    def somebody(self, pick: Random, now: int) -> str:
        with self.house.db.reading() as connection:
            return pick.choice(self._sellers(connection, now))

    def _sellers(self, connection: Connection, now: int) -> list[str]:
        found = takers(connection, parse_duration(self.house.settings.new_reps), now)
        return [one.id for one in found if one.id.startswith("rep")]

    def _set(self, lead: str, who: str, now: int, **cells: str) -> None:
        with suppress(FollowupError):
            set_lead(self.house.db, self.house.settings, self.house.means.gates, lead, cells, who, now)

    def _record(self, records: list[RecordEntry], now: int) -> None:
        with self.house.db.writing() as connection:
            write_records(connection, records, self.house.settings, Stamp(now, "year"))
