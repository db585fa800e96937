"""A customer's message goes by one of several channels at a time, in order, and what was passed over says why.

A machine drives plan, release, compose and dispatch as the daemon does, while channels fail, answers are lost, mail
comes back, the process dies, and the customer's consent and addresses change in between. On one of the channels his rep
writes himself, and says what came of it, or nothing.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from adapters.base import Begin, Message, Outcome, Receipt
from engine.domain.civil import local
from engine.domain.people import LeadEntry, RepEntry
from engine.domain.records import RecordEntry
from engine.ground.clock import FrozenClock
from engine.rulebook.loader import load_rulebook
from engine.rulebook.vocabulary import catalogue_for
from engine.settings.model import Settings
from engine.stages.books import Books, adopt
from engine.stages.compose.compose import compose
from engine.stages.compose.shelf import Shelf
from engine.stages.dispatch.dispatch import Dispatcher
from engine.stages.dispatch.rescue import rescue
from engine.stages.dispatch.resolve import resolve
from engine.stages.dispatch.ways import ways_of
from engine.stages.listen.kinds import Bounce
from engine.stages.listen.returned import take_back
from engine.stages.plan.plan import plan
from engine.stages.plan.timing import Clockwork
from engine.stages.release.release import Release
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_records
from engine.store.facts.letters import Sent
from engine.store.facts.people import change_leads, upsert_leads, upsert_reps
from engine.store.facts.suppressions import entries_of, lift, suppress
from engine.store.ledger import delivery, delivery_event, touch
from engine.store.tables import lead
from engine.store.upgrade import create_all
from tests.contract.outbox import FarSide, Script, dies, nothing
from tests.properties.effort import examples

HOUR, DAY = 3600, 86_400
START = 1_772_431_200  # Monday 2026-03-02, 14:00 in Shanghai
KINDS = {"email": "email", "sms": "phone", "wecom": "wecom"}
HIMSELF = "wechat"
WAYS = [*KINDS, HIMSELF]
TEMPLATES = {"greeting/x/mail.en.txt.j2": "{% block subject %}Hello{% endblock %}{% block body %}Hello.{% endblock %}"}
RULES = """
rules:
  - id: thanks
    category: service
    on: {{since: purchase.at, after: 1h}}
    steps: [{{id: say, at: +0h, greet: lead, template: greeting/x, window: always, expires: 1d, via: [{via}]}}]
"""
LIVE = {"pending", "claimed", "sending", "handed", "in_doubt", "sent"}
STATES_THAT_END = {"delivered", "dead", "bounced", "suppressed", "expired", "cancelled"}

receipts = st.sampled_from(
    [Outcome.ACCEPTED, Outcome.PERMANENT, Outcome.PERMANENT, Outcome.PERMANENT, Outcome.UNKNOWN, Outcome.RETRY]
).map(lambda outcome: Receipt(outcome, "x"))
moments = st.sampled_from(["nothing"] * 20 + ["dies", "stop", "move"])
scripts = st.lists(st.tuples(receipts, moments, moments, moments), min_size=2, max_size=2)
changes = st.sampled_from(
    ["stop", "stop", "stop", "go_on", "move", "leave", "bounce", "bounce", "sent", "resend", "drop", "wait"]
)


class Watched(FarSide):
    """Asks, at the moment content begins to flow, whether the customer wants it there and then."""

    machine: Any = None

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        def watched() -> bool:
            marked = begin()
            if marked:
                self.machine.check(message)
            return marked

        return super().send(message, watched, deadline)


class Himself(Watched):
    """The rep has it then, whatever is scripted."""

    def send(self, message: Message, begin: Begin, deadline: float) -> Receipt:
        script = self.scripts[0] if self.scripts else Script()
        self.scripts[:1] = [replace(script, receipt=Receipt(Outcome.HANDED, "task"))]
        return super().send(message, begin, deadline)


class Ways(RuleBasedStateMachine):
    """One customer, two things to thank for, up to four channels."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = FrozenClock(START)
        self.store = FrozenClock(5000)
        self.db = Database(f"sqlite:///{Path(self.folder.name) / 'store.sqlite'}")
        self.db.now = self.store.now  # type: ignore[method-assign]
        create_all(self.db)
        self.sides: dict[str, Watched] = {name: Watched() for name in KINDS} | {HIMSELF: Himself()}
        for side in self.sides.values():
            side.machine = self
        self.back: Counter[int] = Counter()
        self.again: Counter[int] = Counter()
        self.wrong: list[str] = []
        self.furnished = False
        self.ends = ExitStack()
        self.ends.callback(self.folder.cleanup)
        self.ends.callback(self.db.close)

    def teardown(self) -> None:
        self.ends.close()

    @initialize(
        via=st.permutations(WAYS).flatmap(lambda names: st.integers(2, 4).map(lambda n: names[:n])),
        known=st.sets(st.sampled_from(list(KINDS)), min_size=2),
    )
    def furnish(self, via: list[str], known: set[str]) -> None:
        self.via = via
        self.settings = Settings.model_validate({
            "channels": {name: {"kind": "file", "folder": name} for name in KINDS}
            | {HIMSELF: {"kind": "personal", "by": "wechat"}},
            "quiet_hours": {"start": "23:58", "end": "23:59"}, "service": {"senders": 1},
            "windows": {"always": {"open": "00:00", "close": "24:00"}, "noon": {"open": "12:00", "close": "14:30"}},
            "channel_windows": {"sms": "noon"}, "caps": {"attempts": 2, "gap": "0h"},
            "defaults": {"lead_window": "always", "rep_window": "always"},
        })  # fmt: skip
        text = RULES.format(via=", ".join(via))
        book, problems = load_rulebook({"rules/a.yaml": text}, catalogue_for(self.settings, TEMPLATES))
        assert book is not None, problems
        adopt(self.db, book, {"rules/a.yaml": text}, TEMPLATES, START)
        self.books, self.clockwork = Books(self.settings), Clockwork.of(self.settings)
        self.release = Release(self.db, self.settings, self.books, self.clockwork)
        self.ends.callback(self.release.close)
        row = {"name": "Ann", "timezone": "Asia/Shanghai", "locale": "en", "country": "CN", "registered_at": START,
               "owner": "li", **{KINDS[name]: f"{name}@example.com" for name in known}}  # fmt: skip
        with self.db.writing() as connection:
            upsert_reps(connection, [RepEntry("li", {"name": "Li"})], {"timezone": "UTC", "locale": "en"}, START)
            upsert_leads(connection, [LeadEntry("ann", row)], {}, Stamp(START, "test"))
            bought = [RecordEntry(f"p{n}", "ann", "purchase", {"at": START - n * HOUR}) for n in range(2)]
            write_records(connection, bought, self.settings, Stamp(START, "test"))
        self.furnished = True

    @rule(
        between=st.lists(st.tuples(changes, st.sampled_from(WAYS)), max_size=2),
        hours=st.sampled_from([0, 1, 1, 9]), crashed=st.booleans(),
        scripts=st.fixed_dictionaries(dict.fromkeys(WAYS, scripts)),
    )  # fmt: skip
    def turn(self, between: list[tuple[str, str]], hours: int, crashed: bool, scripts: dict[str, Any]) -> None:
        """What happened in between, and some passes of every stage."""
        for change, channel in between:
            self.happening(change, channel)()
        self.clock.instant += hours * HOUR
        if not crashed:
            self.rescue()
        for name, side in self.sides.items():
            side.scripts = [
                Script(receipt, *(self.happening(one, name) for one in when)) for receipt, *when in scripts[name]
            ]
        for _ in range(3):
            self.tick()
            self.clock.instant += 600

    def tick(self) -> None:
        now = self.clock.now()
        plan(self.db, self.settings, self.books, self.clockwork, now)
        self.release.run(now)
        while compose(self.db, Shelf(self.books, None), self.settings, now):
            pass
        dispatcher = Dispatcher(self.db, self.sides, self.settings, self.clock, "tester")
        try:
            dispatcher.run()
        finally:
            dispatcher.close()

    def happening(self, name: str, channel: str) -> Callable[[], object]:
        return {
            "nothing": nothing, "dies": dies, "stop": lambda: self.consent(channel, stops=True),
            "go_on": lambda: self.consent(channel, stops=False), "move": lambda: self.address(channel, "new"),
            "leave": lambda: self.address(channel, ""), "bounce": self.bounce, "wait": self.wait,
            "sent": lambda: self.decide("sent"), "resend": lambda: self.decide("resend"),
            "drop": lambda: self.decide("drop"),
        }[name]  # fmt: skip

    def consent(self, channel: str, *, stops: bool) -> None:
        with self.db.writing() as connection:
            if stops:
                suppress(connection, "ann", channel, "", "asked", "ann", self.clock.now())
            else:
                lift(connection, "ann", channel, "", "ann", self.clock.now())

    def address(self, channel: str, word: str) -> None:
        if channel == HIMSELF:
            return
        value = f"{word}-{self.clock.now()}@example.com" if word else None
        with self.db.writing() as connection:
            change_leads(connection, {"ann": {KINDS[channel]: value}}, Stamp(self.clock.now(), "test"))

    def bounce(self) -> None:
        """The latest mail that is thought to have arrived has not."""
        found = [row for row in self.rows(delivery) if row.channel == "email" and row.state in ("sent", "in_doubt")]
        for row in found[-1:]:
            known = Sent(*(getattr(row, name) for name in Sent._fields))
            with self.db.writing() as connection:
                take_back(connection, Bounce(row.address, True, "5.1.1"), known, self.clock.now())
            self.back[row.touch] += 1

    def decide(self, decision: Any) -> None:
        """A person ends the oldest doubt, or says what came of what he was to do himself."""
        for row in [row for row in self.rows(delivery) if row.state in ("in_doubt", "handed")][:1]:
            if row.state == "handed" and decision == "resend":
                decision = "unreached"
            resolve(self.db, row.id, decision, "li", self.clock.now(), ways_of(self.settings))
            self.again[row.touch] += decision == "resend"

    def wait(self) -> None:
        self.clock.instant += 5 * HOUR

    def rescue(self) -> None:
        self.store.instant += self.settings.service.lease + 1
        rescue(self.db, self.clock.now())

    def rows(self, table: Any) -> list[Any]:
        """What is about the customer's own messages; the notes to his rep are not."""
        query = select(table).order_by(table.c.id)
        with self.db.reading() as connection:
            return list(connection.execute(query.where(table.c.audience == "lead") if "audience" in table.c else query))

    def check(self, message: Message) -> None:
        """What a transaction of its own can see right after the mark."""
        row = next(row for row in self.rows(delivery) if row.message_id == message.message_id)
        with self.db.reading() as connection:
            stopped = {one.channel for one in entries_of(connection, "ann")}
            field = KINDS.get(row.channel)
            his = connection.execute(select(lead.c[field])).scalar_one() if field else "lead#ann"
        hour = local(self.clock.now(), "Asia/Shanghai").strftime("%H:%M")
        if row.channel in stopped or his != message.address:
            self.wrong.append(f"{row.channel} was stopped, or its address another one")
        if row.channel == "sms" and not "12:00" <= hour < "14:30":
            self.wrong.append(f"a short message at {hour}")

    @invariant()
    def it_arrives_once(self) -> None:
        """By all channels together; once more for each that came back, and each that a person sent again."""
        arrived = Counter(message.message_id for side in self.sides.values() for message in side.arrived)
        found = Counter()
        for row in self.rows(delivery):
            by_hand = row.channel == HIMSELF and row.state == "sent"
            found[row.touch] += arrived[row.message_id] + by_hand
        for ident, times in found.items():
            assert times <= 1 + self.back[ident] + self.again[ident]

    @invariant()
    def nothing_left_against_his_will(self) -> None:
        assert self.wrong == []

    @invariant()
    def one_way_at_a_time(self) -> None:
        live = Counter(row.touch for row in self.rows(delivery) if row.state in LIVE)
        assert set(live.values()) <= {1}

    @invariant()
    def whoever_comes_first_is_tried_or_passed_over_for_a_reason(self) -> None:
        deliveries = self.rows(delivery)
        for one in self.rows(touch):
            mine = {row.channel: row.state for row in deliveries if row.touch == one.id}
            taken = [name for name, state in mine.items() if state in LIVE - {"in_doubt"}]
            for name in taken:
                before = self.via[: self.via.index(name)]
                told = one.passed_over or {}
                assert all(mine.get(other) == "failed" or other in told for other in before), (mine, told, self.via)

    @invariant()
    def what_has_failed_is_not_tried_again(self) -> None:
        steps: dict[int, list[str]] = {}
        for row in self.rows(delivery_event):
            steps.setdefault(row.delivery, []).append(row.state)
        assert not [one for one in steps.values() if "failed" in one[:-1]], steps

    @invariant()
    def what_has_ended_says_why(self) -> None:
        states = Counter((row.touch, row.state) for row in self.rows(delivery))
        for one in self.rows(touch):
            if one.state == "delivered":
                assert states[one.id, "sent"] == 1
            elif one.state in STATES_THAT_END:
                assert one.reason or one.policy
                assert not states[one.id, "sent"]

    def come_to_rest(self) -> None:
        """When nothing disturbs any more, everything has ended but what a person must decide."""
        for side in self.sides.values():
            side.scripts = []
        for _ in range(40):
            self.rescue()
            self.clock.instant += 2 * HOUR
            self.tick()
        doubtful = {row.touch for row in self.rows(delivery) if row.state == "in_doubt"}
        waiting = [(one.state, one.reason) for one in self.rows(touch) if one.id not in doubtful]
        assert {state for state, _ in waiting} <= STATES_THAT_END, waiting


class AllTheWay(Ways):
    """The same, to the end."""

    def teardown(self) -> None:
        try:
            if self.furnished:
                self.come_to_rest()
                self.it_arrives_once()
                self.what_has_ended_says_why()
        finally:
            super().teardown()


TestOneWay = AllTheWay.TestCase
TestOneWay.settings = settings(max_examples=examples(10), stateful_step_count=6, deadline=None)
