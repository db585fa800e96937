"""A robot that takes twenty messages a minute, two hundred reps who are to be reminded at nine, and two daemons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import insert

from adapters.base import Begin, Capabilities, Limit, Message, Outcome, Receipt
from engine.ground.clock import FrozenClock
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.dispatch.rescue import rescue
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import rep
from tests.contract.outbox import _TOUCH, Killed, Outbox

ROBOT = Limit("robot", 20)  # four of them are kept for what is urgent
STEP = 10


@dataclass
class Robot:
    """A group robot by a clock that a test moves. A daemon may die with a message in hand."""

    clock: FrozenClock
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(limit=ROBOT))
    taken: list[tuple[int, str]] = field(default_factory=list)
    answers: list[Receipt] = field(default_factory=list)
    kills: int = 0

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        assert deadline > 0
        if self.kills:
            self.kills -= 1
            raise Killed
        if not begin():
            return Receipt(Outcome.WITHDRAWN)
        if self.answers:
            return self.answers.pop()
        self.taken.append((self.clock.now(), message.address))
        return Receipt(Outcome.ACCEPTED, "0")

    def close(self) -> None:
        """Nothing to let go of."""


class House:
    """Two daemons on one database, which has one robot."""

    def __init__(self, db: Database) -> None:
        self.outbox = Outbox(db)
        self.robot = Robot(self.outbox.store)
        self.outbox.channels = {"email": self.robot}  # type: ignore[dict-item]
        self.daemons = [self.daemon(name) for name in ("d1", "d2")]
        self.reps = 0

    def daemon(self, name: str) -> Dispatcher:
        return Dispatcher(self.outbox.db, self.outbox.channels, self.outbox.settings, self.outbox.clock, name)

    def close(self) -> None:
        for daemon in self.daemons:
            daemon.close()

    def remind(self, count: int, *, urgent: bool = False) -> list[str]:
        """So many reps more are to be reminded now; their addresses."""
        ids = [f"r{self.reps + n}" for n in range(count)]
        self.reps += count
        people = [{"id": ident, "name": "R", "timezone": "Asia/Shanghai", "locale": "en"} for ident in ids]
        common = _TOUCH | {"audience": "rep", "action": "remind", "via": ["email"]}
        with self.outbox.db.writing() as connection:
            connection.execute(insert(rep), people)
            rows = [common | {"occurrence_key": ident, "receiver": ident} for ident in ids]
            touches = connection.execute(insert(touch).returning(touch.c.id), rows).scalars().all()
        for touch_id in touches:
            self.outbox.compose(touch_id, urgent=urgent)
        return [f"{ident}@example.com" for ident in ids]

    def work(self, seconds: int = 0) -> None:
        """Both daemons look every few seconds, for so long, and once at least."""
        for _ in range(max(seconds // STEP, 1)):
            for daemon in self.daemons:
                daemon.run()
            rescue(self.outbox.db, self.outbox.clock.now())
            self.outbox.clock.instant += STEP
            self.outbox.store.instant += STEP

    @property
    def told(self) -> list[str]:
        return [who for _, who in self.robot.taken]

    @property
    def most_in_a_minute(self) -> int:
        times = [at for at, _ in self.robot.taken]
        return max(sum(1 for one in times if at <= one < at + 60) for at in times)


@pytest.fixture
def house(sqlite_file: Any) -> Iterator[House]:
    db = Database(sqlite_file.furnished())
    house = House(db)
    yield house
    house.close()
    db.close()


def test_nobody_is_forgotten_or_told_twice_and_urgent_ones_are_first(house: House) -> None:
    ordinary, urgent = house.remind(170), house.remind(20, urgent=True)
    house.work(120)
    assert house.told[:20] == urgent
    house.robot.kills = 3  # a daemon dies with three messages in hand, in the midst of it all
    house.work(60)
    before = len(house.told)
    late = house.remind(10, urgent=True)
    house.work(900)
    assert house.told[before : before + 10] == late
    assert Counter(house.told) == Counter(ordinary + urgent + late)
    assert house.most_in_a_minute == 20


def test_the_tokens_of_a_daemon_that_died_are_not_given_again_in_that_minute(house: House) -> None:
    house.remind(40)
    house.robot.kills = 16
    house.work()
    rescue(house.outbox.db, house.outbox.clock.now(), all_leases=True)
    house.daemons = [house.daemon("d3")]
    house.work(120)
    assert house.told == []
    house.work(10)
    assert len(house.told) == 16


def test_once_the_vendor_has_enough_no_daemon_sends_until_it_wants_more(house: House) -> None:
    asked = house.remind(5)
    house.robot.answers = [Receipt(Outcome.RETRY, "45009", retry_after=120, enough=True)]
    assert house.daemons[0].run() == {"retry": 1, "postponed": 4}
    asked += house.remind(1, urgent=True)
    house.work(120)
    assert house.told == []
    house.work(60)
    assert Counter(house.told) == Counter(asked)
