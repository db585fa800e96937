"""Whatever is asked for when, by however many daemons, and whatever becomes of them: no minute has too many."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from math import floor
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.base import Capabilities, Limit, Outcome, Receipt
from adapters.channels.console import ConsoleChannel
from engine.stages.dispatch.limits import Limits
from engine.store.database import Database
from engine.store.outbox.deliveries import Due, Moment
from engine.store.upgrade import create_all

LEASE = 60
RESERVE = 20
_far_sides, _ids = count(), count(1)
_NOBODY = Due(**dict.fromkeys(Due._fields, None) | {"epoch": 0})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def db() -> Any:
    made = Database("sqlite://")
    create_all(made)
    yield made
    made.close()


@dataclass(frozen=True)
class Step:
    """Seconds that pass, who asks then (urgent or not, by which of two channels), and how messages fare."""

    wait: float
    asks: list[tuple[bool, str]]
    fates: list[tuple[str, float]]


STEPS = st.lists(
    st.builds(
        Step,
        st.floats(0, 70, allow_nan=False),
        st.lists(st.tuples(st.booleans(), st.sampled_from(["red", "blue"])), max_size=12),
        st.lists(
            st.tuples(st.sampled_from(["sent", "withdrawn", "lost", "died"]), st.floats(0, LEASE - 2)), max_size=12
        ),
    ),
    max_size=8,
)


@dataclass
class FarSide:
    """One far side behind two channels, two daemons that serve it, and those who wait."""

    db: Database
    most: int
    at: float = 1_000_000.25
    waiting: list[Due] = field(default_factory=list)
    under_way: list[tuple[float, Due, str]] = field(default_factory=list)
    sent: list[float] = field(default_factory=list)
    done: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        limit = Limit(f"far{next(_far_sides)}", self.most)
        channels: Any = {}
        for name in ("red", "blue"):
            channels[name] = ConsoleChannel(None)  # type: ignore[arg-type]
            channels[name].capabilities = Capabilities(limit=limit)
        self.daemons = [Limits(channels, RESERVE, {}) for _ in range(2)]

    @property
    def reserve(self) -> int:
        return self.most * RESERVE // 100

    def pass_time(self, until: float) -> None:
        """What is under way comes to its end, each at its instant."""
        for at, due, fate in sorted(one for one in self.under_way if one[0] <= until):
            self.at = max(self.at, at)
            self.under_way.remove((at, due, fate))
            self.settle(due, fate)
        self.at = until

    def settle(self, due: Due, fate: str) -> None:
        if fate in ("sent", "lost"):
            self.sent.append(self.at)
        if fate == "sent":
            self.done.append(due.id)
        if fate in ("lost", "died", "withdrawn"):
            self.waiting.append(due)
        if fate in ("sent", "withdrawn"):
            receipt = Receipt(Outcome.ACCEPTED if fate == "sent" else Outcome.WITHDRAWN)
            with self.db.writing() as connection:
                self.daemons[0].settled(connection, [(due, receipt)], floor(self.at))

    def claim(self, daemon: Limits) -> list[Due]:
        moment = Moment(floor(self.at), floor(self.at), LEASE)
        with self.db.writing() as connection:
            shut = dict(zip((True, False), daemon.shut(connection, moment), strict=True))
            seen = [due for due in self.waiting if due.channel not in shut[due.urgent].channels]
            seen.sort(key=lambda due: (not due.urgent, due.id))
            admitted = daemon.admitted(connection, seen, moment)
            claimed = [due._replace(epoch=due.epoch + 1) for due in admitted]
            daemon.take(connection, claimed, moment)
        left = [due for due in self.waiting if due not in admitted]
        if any(not due.urgent for due in admitted):
            assert not any(due.urgent for due in left)
        self.waiting = left
        return claimed

    @property
    def busiest(self) -> int:
        return max((sum(1 for one in self.sent if at <= one < at + 60) for at in self.sent), default=0)


@settings(max_examples=60, deadline=None)
@example(  # at 0.99 and 60.01 by a clock that shows whole seconds
    most=1,
    steps=[Step(0.74, [(False, "red")] * 2, [("sent", 0.0)]), Step(59.02, [], [("sent", 0.0)]), Step(1.0, [], [])],
)
@given(most=st.integers(1, 8), steps=STEPS)
def test_no_minute_has_more_than_the_limit_and_everybody_is_served(db: Database, most: int, steps: list[Step]) -> None:
    far, asked = FarSide(db, most), []
    for number, step in enumerate(steps):
        far.pass_time(far.at + step.wait)
        for urgent, channel in step.asks:
            far.waiting.append(_NOBODY._replace(id=next(_ids), channel=channel, urgent=urgent))
            asked.append(far.waiting[-1].id)
        fates = [*step.fates, *[("sent", 0.5)] * 99]
        for due, (fate, after) in zip(far.claim(far.daemons[number % 2]), fates, strict=False):
            far.under_way.append((far.at + after, due, fate))
        assert far.busiest <= most
    for _ in range(3 + len(asked)):
        far.pass_time(far.at + 62)
        far.under_way.extend((far.at + 0.5, due, "sent") for due in far.claim(far.daemons[0]))
    far.pass_time(far.at + 62)
    assert sorted(far.done) == asked
    assert far.busiest <= most


def test_a_clock_that_is_set_back_keeps_nobody_waiting_beyond_a_lease_and_a_minute(db: Database) -> None:
    far = FarSide(db, 1)
    for _ in range(2):
        far.waiting.append(_NOBODY._replace(id=next(_ids), channel="red", urgent=False))
    assert len(far.claim(far.daemons[0])) == 1
    far.at -= 86_400
    assert far.claim(far.daemons[0]) == []
    far.at += LEASE + 62
    assert len(far.claim(far.daemons[0])) == 1
