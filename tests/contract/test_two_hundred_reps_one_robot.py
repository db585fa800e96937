"""A robot that takes twenty messages a minute, and two hundred reps who are to be reminded at nine."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert

from adapters.base import Begin, Capabilities, Message, Outcome, Receipt
from adapters.channels.pace import Pace
from engine.ground.clock import FrozenClock
from engine.store.database import Database
from engine.store.ledger import touch
from engine.store.tables import rep
from tests.contract.outbox import _TOUCH, NOON, Outbox


@dataclass
class Robot:
    """A group robot by a clock that a test moves."""

    clock: FrozenClock
    capabilities: Capabilities = field(default_factory=Capabilities)
    taken: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace(20)

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        assert deadline > 0
        wait = self.pace.take(float(self.clock.now()))
        if wait:
            return Receipt(Outcome.WITHDRAWN, "paced", retry_after=wait)
        if not begin():
            return Receipt(Outcome.WITHDRAWN)
        self.taken.append((self.clock.now(), message.address))
        return Receipt(Outcome.ACCEPTED, "0")

    def close(self) -> None:
        """Nothing to let go of."""


def test_nobody_is_forgotten_or_told_twice_and_no_minute_has_more_than_twenty(sqlite_file: Any) -> None:
    db = Database(sqlite_file.furnished())
    outbox = Outbox(db)
    robot = Robot(outbox.clock)
    outbox.channels = {"email": robot}  # type: ignore[dict-item]
    for n in range(200):
        with db.writing() as connection:
            connection.execute(insert(rep).values(id=f"r{n}", name="R", timezone="Asia/Shanghai", locale="en"))
            row = _TOUCH | {"occurrence_key": f"k{n}", "audience": "rep", "receiver": f"r{n}", "action": "remind",
                            "via": ["email"]}  # fmt: skip
            ident = connection.execute(insert(touch).values(row).returning(touch.c.id)).scalar_one()
        outbox.compose(int(ident))
    passes = 0
    while len(robot.taken) < 200 and passes < 60:
        outbox.send()
        outbox.clock.instant += 15
        passes += 1
    db.close()
    assert sorted(Counter(who for _, who in robot.taken).values()) == [1] * 200
    times = [at for at, _ in robot.taken]
    assert max(sum(1 for one in times if at <= one < at + 60) for at in times) == 20
    assert times[-1] - NOON <= 10 * 60
