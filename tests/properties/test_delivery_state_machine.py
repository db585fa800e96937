"""Whatever the far side, the crashes, the pauses and the bereavements: the promise of delivery holds.

A machine drives the real dispatch, rescue and resolve on a real database with every kind of outcome at every
point of an attempt, and holds the invariants of docs/delivery.md after each step.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from adapters.base import Begin, Message, Outcome, Receipt
from engine.settings.model import QuietHours, Window
from engine.stages.dispatch.rescue import rescue
from engine.stages.dispatch.resolve import resolve
from engine.store import state
from engine.store.database import Database
from engine.store.ledger import delivery, delivery_event, touch
from engine.store.outbox import answering
from engine.store.tables import lead
from engine.store.upgrade import create_all
from tests.contract.outbox import FarSide, Outbox, Script, dies, nothing
from tests.properties.effort import examples

LIVE = {"pending", "claimed", "sending", "in_doubt"}
OPEN_TOUCHES = {"planned", "deferred", "released"}
AFTER = {
    "pending": {"claimed", "expired", "failed", "sent"},
    "claimed": {"sending", "pending", "failed", "expired", "cancelled"},
    "sending": {"sent", "failed", "pending", "in_doubt", "cancelled", "expired"},
    "in_doubt": {"sent", "pending", "failed"},
    "sent": {"pending"}, "failed": {"pending"}, "expired": {"pending"}, "cancelled": {"pending"},
}  # fmt: skip


"""From sent or expired only where a rep put the reminder off."""


BETWEEN = ["crash_rescue", "crash_rescue", "rescue", "bereave", "pause", "sent", "resend", "drop", "put_off", "put_off"]


class Watcher(FarSide):
    """Notes, at the moment content begins to flow, whether anything recorded before forbids it."""

    world: Any = None

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        def watched() -> bool:
            marked = begin()
            if marked:
                self.world.check_nothing_forbids(message)
            return marked

        return super().send(message, watched, deadline)


mostly = st.sampled_from([True, True, True, False])
receipts = st.builds(
    Receipt,
    st.sampled_from([Outcome.ACCEPTED, Outcome.UNKNOWN, Outcome.UNKNOWN, Outcome.RETRY, Outcome.PERMANENT]),
    st.just("x"),
)
happenings = st.sampled_from(
    ["nothing", "nothing", "nothing", "dies", "dies", "bereave", "pause", "pause", "lapse", "wait", "put_off"]
)
refusals = mostly.map(lambda accepted: not accepted)
scripts = st.lists(st.tuples(receipts, happenings, happenings, happenings, refusals), min_size=1, max_size=4)


Wish = tuple[str, bool, int | None]
wishes = st.tuples(st.sampled_from(["lead", "rep"]), st.booleans(), st.sampled_from([None, None, 2000, 9000]))


class Deliveries(RuleBasedStateMachine):
    """Touches to a customer and to a rep, over two channels."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = Database(f"sqlite:///{Path(self.folder.name) / 'store.sqlite'}")
        create_all(self.db)
        always = {name: Window(open="00:00", close="24:00") for name in ("lead", "rep")}
        self.world = Outbox(self.db, windows=always, quiet_hours=QuietHours(start="00:00", end="00:00"))
        for name in ("email", "sms"):
            watcher = Watcher()
            watcher.world = self
            self.world.channels[name] = watcher
        self.touches: list[int] = []
        self.forbidden: list[str] = []
        self.resent: Counter[str] = Counter()
        self.by_person: set[int] = set()

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    def arrived(self) -> Counter[str]:
        return Counter(message.message_id for side in self.sides() for message in side.arrived)

    def sides(self) -> list[FarSide]:
        return [side for side in self.world.channels.values() if isinstance(side, FarSide)]

    def rows(self, table: Any) -> list[Any]:
        with self.db.reading() as connection:
            return list(connection.execute(select(table).order_by(table.c.id)).all())

    def check_nothing_forbids(self, message: Message) -> None:
        """I6, from what a transaction of its own can see right after the mark."""
        row = next(row for row in self.rows(delivery) if row.message_id == message.message_id)
        let_go = next(one for one in self.rows(touch) if one.id == row.touch)
        with self.db.reading() as connection:
            version = connection.execute(
                select(lead.c.judge_version).where(lead.c.id == row.lead)
            ).scalar_one()
            paused = state.pauses(connection)
        if paused or version != let_go.judged_version or let_go.state != "released":
            self.forbidden.append(message.message_id)
        if row.expires_at is not None and row.expires_at <= self.world.clock.now():
            self.forbidden.append(message.message_id)

    def happening(self, name: str) -> Callable[[], object]:
        return {
            "nothing": nothing, "dies": dies, "bereave": self.world.bereave, "pause": self.pause,
            "lapse": self.world.rescue_after_crash, "wait": lambda: self.wait(3000),
            "crash_rescue": self.crash_rescue, "rescue": self.rescue_running,
            "sent": lambda: self.decide("sent"), "resend": lambda: self.decide("resend"),
            "drop": lambda: self.decide("drop"), "put_off": self.put_off,
        }[name]  # fmt: skip

    @initialize(touches=st.lists(wishes, min_size=2, max_size=4))
    def begin_with_some(self, touches: list[Wish]) -> None:
        for wish in touches:
            self.let_go(wish)

    def let_go(self, wish: Wish) -> None:
        audience, two, expires = wish
        with self.db.reading() as connection:
            version = connection.execute(select(lead.c.judge_version).where(lead.c.id == "wang")).scalar_one()
        now = self.world.clock.now()
        self.touches.append(self.world.release(
            f"k{len(self.touches)}", audience, ("sms", "email") if two else ("email",), judged_version=version,
            due_at=now, expires_at=now + expires if expires else None, signed_by=None if two else "li",
        ))  # fmt: skip

    @rule(
        between=st.lists(st.sampled_from(BETWEEN), max_size=2), waited=st.sampled_from([0, 100, 700]),
        undisturbed=mostly, email=scripts, sms=scripts,
    )  # fmt: skip
    def turn(self, between: list[str], waited: int, undisturbed: bool, email: Any, sms: Any) -> None:
        """What happened since the last pass, and a pass. Every step sends, so that doubts and retries meet it."""
        for name in between:
            self.happening(name)()
        self.wait(waited)
        if undisturbed:
            self.crash_rescue()
            self.resume()
            self.judge_and_write_again()
        for side, wanted in zip(self.sides(), (email, sms), strict=True):
            side.scripts = [self.script(*one) for one in wanted]
        self.world.send()

    def script(self, receipt: Receipt, rcpt: str, mark: str, content: str, refuses: bool) -> Script:
        if refuses and receipt.outcome is Outcome.ACCEPTED:
            receipt = Receipt(Outcome.RETRY, "x")  # an address refused is not an acceptance
        return Script(receipt, *(self.happening(name) for name in (rcpt, mark, content)), refuses_rcpt=refuses)

    def wait(self, seconds: int) -> None:
        self.world.clock.instant += seconds

    def pause(self) -> None:
        with self.db.writing() as connection:
            state.set_pause(connection, "rule", "birthday", "ops", self.world.clock.now())

    def resume(self) -> None:
        with self.db.writing() as connection:
            state.lift_pause(connection, "rule", "birthday")

    def crash_rescue(self) -> None:
        """I7: nothing is stuck past its lease."""
        self.world.rescue_after_crash()
        assert not [row for row in self.rows(delivery) if row.state in ("claimed", "sending")]

    def rescue_running(self) -> None:
        rescue(self.db, self.world.clock.now())

    def judge_and_write_again(self) -> None:
        live = {row.touch for row in self.rows(delivery) if row.state in LIVE}
        for one in self.rows(touch):
            if one.state in OPEN_TOUCHES and one.id not in live:
                self.world.judge_again(one.id)

    def put_off(self) -> None:
        """The rep has the oldest of his reminders come again, wherever it is."""
        now = self.world.clock.now()
        mine = [one for one in self.rows(touch) if one.audience == "rep" and one.state not in ("dead", "expired")]
        with self.db.writing() as connection:
            for one in mine[:1]:
                row = answering.reminder(connection, one.id, locked=True)
                answering.put_off(connection, row, {"due_at": now, "day_on": one.day_on, "expires_at": None}, now)

    def decide(self, decision: Any) -> None:
        """A person ends the oldest doubt."""
        doubts = [row for row in self.rows(delivery) if row.state == "in_doubt"]
        for row in doubts[:1]:
            resolve(self.db, row.id, decision, "li", self.world.clock.now())
            self.by_person.add(row.id)
            self.resent[row.message_id] += decision == "resend"

    @invariant()
    def no_customer_gets_two(self) -> None:
        """I1, over all channels of a touch; a copy more for each time a person says so."""
        arrived = self.arrived()
        for one in self.rows(touch):
            if one.audience == "lead":
                ids = [row.message_id for row in self.rows(delivery) if row.touch == one.id]
                assert sum(arrived[ident] for ident in ids) <= 1 + sum(self.resent[ident] for ident in ids)

    @invariant()
    def nothing_is_called_sent_that_did_not_arrive(self) -> None:
        """I2."""
        arrived = self.arrived()
        for row in self.rows(delivery):
            if row.state == "sent" and row.id not in self.by_person:
                assert arrived[row.message_id] >= 1

    @invariant()
    def no_touch_is_lost(self) -> None:
        """I3: terminal with a reason, or live. What was sent before it was put off is history."""
        deliveries = self.rows(delivery)
        for one in self.rows(touch):
            mine = [row for row in deliveries if row.touch == one.id]
            states = {row.state for row in mine if row.state != "sent" or row.snoozes >= one.snoozes}
            if one.state == "delivered":
                assert "sent" in states
            elif one.state in ("dead", "expired"):
                assert one.reason
                assert not states & (LIVE | {"sent"})
            else:
                assert one.state in OPEN_TOUCHES
                assert "sent" not in states

    @invariant()
    def every_step_is_one_that_the_machine_has(self) -> None:
        """I4, I5: doubt only from the mark on and only for customers; the end is the end."""
        past: dict[int, list[str]] = {}
        for row in self.rows(delivery_event):
            past.setdefault(row.delivery, []).append(row.state)
        for row in self.rows(delivery):
            steps = past[row.id]
            assert steps[0] == "pending"
            assert steps[-1] == row.state
            assert all(after in AFTER[before] for before, after in pairwise(steps)), steps
            assert row.audience != "lead" or not {"sent", "expired"} & set(steps[:-1])
            assert row.audience == "lead" or "in_doubt" not in steps

    @invariant()
    def what_comes_again_is_another_message(self) -> None:
        """Mail programs show one of each id."""
        for row in self.rows(delivery):
            if row.audience != "lead" and row.id not in self.by_person:
                told = {message.message_id for side in self.sides() for message in side.arrived}
                assert row.state != "sent" or row.message_id in told

    @invariant()
    def nothing_was_sent_that_something_recorded_forbade(self) -> None:
        """I6."""
        assert self.forbidden == []


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=examples(50), stateful_step_count=8, deadline=None)
