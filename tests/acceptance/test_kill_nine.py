"""kill -9, again and again, in the middle of sending 500 mails: nobody gets two, nothing is lost, doubts are listed."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.acceptance.house import PATIENCE, Daemon, House
from tests.faults.smtp_faults import Accepted, Fault, FaultySmtp

LEADS, REPS = 250, 10
LATENCY = 0.012
"""Seconds before each reply: a dispatch takes long enough to be killed again and again."""
ANSWERS_LOST = ("lead-3", "lead-77", "lead-140")
"""Customers whose mail the relay takes, and then drops the connection: in doubt, whatever else happens."""
DEATHS = (("rcpt", "lead"), ("data", "lead"), ("stored", "lead"), ("stored", "rep"))
"""What the relay was just doing, and for whom, when the daemon died: after RCPT was given, after the mark, and
after the whole content was taken, before the answer."""
RANDOM_DEATHS = 2


class DeadlyRelay(FaultySmtp):
    """Takes mail, and strikes once at a step of a conversation with a receiver of that kind."""

    def __init__(self, rules: Sequence[Fault]) -> None:
        super().__init__(rules, latency=LATENCY)
        self._aim = threading.Lock()
        self._armed: tuple[str, str, int] | None = None
        self._strike: Callable[[], None] = lambda: None
        self.victims: dict[tuple[str, str], str] = {}

    def arm(self, step: str, kind: str, after: int, strike: Callable[[], None]) -> None:
        """Strike at that step, once so many messages more have arrived."""
        with self._aim:
            self._strike, self._armed = strike, (step, kind, len(self.accepted) + after)

    def fault_at(self, verb: str, number: int, receivers: Sequence[str]) -> str | None:
        self._reached(verb, receivers)
        return super().fault_at(verb, number, receivers)

    def store(self, message: Accepted) -> None:
        super().store(message)
        self._reached("stored", message.receivers)

    def _reached(self, step: str, receivers: Sequence[str]) -> None:
        with self._aim:
            if self._armed is None or len(self.accepted) < self._armed[2] or not receivers:
                return
            aim, kind, _ = self._armed
            if step == aim and receivers[0].startswith(kind):
                self._armed = None
                self._strike()
                self.victims[aim, kind] = receivers[0]


@dataclass(frozen=True)
class Scene:
    """A house and the relay that it sends through."""

    house: House
    relay: DeadlyRelay

    def live_and_die(self, random: Random) -> None:
        """A daemon that dies while it plans, some that die while they send, and one that may end its work."""
        with self.house.daemon() as daemon:
            daemon.wait_until(lambda: self.house.count("SELECT count(*) FROM touch"))
            daemon.kill()
        for step, kind in DEATHS:
            with self.house.daemon() as daemon:
                self.relay.arm(step, kind, random.randint(0, 40), daemon.process.kill)
                assert daemon.process.wait(PATIENCE) == -signal.SIGKILL
        for _ in range(RANDOM_DEATHS):
            with self.house.daemon() as daemon:
                self.kill_soon(daemon, random)
        with self.house.daemon() as daemon:
            daemon.wait_until(self.is_quiet)
            assert daemon.end() == 0

    def kill_soon(self, daemon: Daemon, random: Random) -> None:
        """At a random message of this life, somewhere within the conversations that are going on."""
        enough = len(self.relay.accepted) + random.randint(1, 40)
        daemon.wait_until(lambda: len(self.relay.accepted) >= enough)
        time.sleep(random.random() * 4 * LATENCY)
        daemon.kill()

    def is_quiet(self) -> bool:
        """Whether every message arrived or waits for a person."""
        return self.house.count("SELECT count(*) FROM delivery WHERE state IN ('sent', 'in_doubt')") == 2 * LEADS

    def copies(self) -> Counter[tuple[str, str]]:
        """How often each message came to each address."""
        return Counter((mail.message_id, receiver) for mail in self.relay.accepted for receiver in mail.receivers)

    def doubts(self) -> list[dict[str, Any]]:
        return self.house.rows("deliveries", "--state", "in_doubt")

    def state(self, delivery: int) -> str:
        return str(self.house.ask("SELECT state FROM delivery WHERE id = ?", delivery)[0][0])

    def touch(self, touch: int) -> tuple[str, str | None]:
        found: tuple[str, str | None] = self.house.ask("SELECT state, reason FROM touch WHERE id = ?", touch)[0]
        return found


@pytest.mark.slow
def test_killed_in_the_middle_of_500_mails_it_sends_nothing_twice_and_loses_nothing(tmp_path: Path) -> None:
    lost = [Fault("dot", "lose", receiver=f"{lead}@example.com") for lead in ANSWERS_LOST]
    with DeadlyRelay(lost) as relay:
        scene = Scene(House.lay_out(tmp_path, relay.port, leads=LEADS, reps=REPS), relay)
        scene.live_and_die(Random(20_260_219))
        each_death_is_told_by_where_it_struck(scene)
        no_customer_got_two(scene)
        no_rep_got_more_than_ambiguous_attempts_explain(scene)
        no_touch_is_lost(scene)
        nothing_is_called_sent_that_the_relay_did_not_take(scene)
        what_is_in_doubt_is_listed(scene)
        every_doubt_can_be_resolved(scene)


def each_death_is_told_by_where_it_struck(scene: Scene) -> None:
    """A customer is in doubt from the mark on, whether the content had left or not; a rep is sent another copy."""
    victims, copies = scene.relay.victims, scene.copies()
    doubts = {row["address"]: copies[row["message_id"], row["address"]] for row in scene.doubts()}
    assert set(victims) == set(DEATHS)
    assert doubts[victims["data", "lead"]] == 0
    assert doubts[victims["stored", "lead"]] == 1
    assert victims["stored", "rep"] in {address for (_, address), n in copies.items() if n > 1}


def no_customer_got_two(scene: Scene) -> None:
    customers = {row[0] for row in scene.house.ask("SELECT message_id FROM delivery WHERE audience = 'lead'")}
    assert len(customers) == LEADS
    assert [key for key, n in scene.copies().items() if key[0] in customers and n > 1] == []


def no_rep_got_more_than_ambiguous_attempts_explain(scene: Scene) -> None:
    """Each mark but the last was one without an outcome, so as many copies as marks are the most."""
    marks = "SELECT count(*) FROM delivery_event WHERE state = 'sending' AND delivery = d.id"
    rows = scene.house.ask(f"SELECT message_id, address, ({marks}) FROM delivery d WHERE audience = 'rep'")
    assert len(rows) == LEADS
    copies = scene.copies()
    assert [row for row in rows if not 1 <= copies[row[0], row[1]] <= row[2]] == []


def no_touch_is_lost(scene: Scene) -> None:
    states = dict(scene.house.ask("SELECT state, count(*) FROM touch GROUP BY state"))
    doubts = scene.house.count("SELECT count(*) FROM delivery WHERE state = 'in_doubt'")
    assert states == {"delivered": 2 * LEADS - doubts, "released": doubts}


def nothing_is_called_sent_that_the_relay_did_not_take(scene: Scene) -> None:
    sent = {tuple(row) for row in scene.house.ask("SELECT message_id, address FROM delivery WHERE state = 'sent'")}
    assert len(sent) > LEADS
    assert sent - set(scene.copies()) == set()


def what_is_in_doubt_is_listed(scene: Scene) -> None:
    """And each of them had its mark: the only window in which there can be a doubt."""
    listed = scene.doubts()
    assert set(ANSWERS_LOST) <= {row["receiver"] for row in listed}
    assert {row["audience"] for row in listed} == {"lead"}
    marked = """SELECT count(*) FROM delivery d JOIN delivery_event e ON e.delivery = d.id AND e.epoch = d.epoch
                WHERE d.state = 'in_doubt' AND e.state = 'sending'"""
    assert scene.house.count(marked) == len(listed)


def every_doubt_can_be_resolved(scene: Scene) -> None:
    doubts = {row["receiver"]: row for row in scene.doubts()}
    sent, again, dropped = (doubts[lead] for lead in ANSWERS_LOST)
    for row, decision in ((sent, "sent"), (again, "resend"), (dropped, "drop")):
        scene.house.followup("resolve", str(row["id"]), decision)
    before = scene.copies()
    scene.relay.rules.clear()
    with scene.house.daemon() as daemon:
        daemon.wait_until(lambda: scene.state(again["id"]) == "sent")
        assert daemon.end() == 0
    assert scene.copies() - before == Counter([(again["message_id"], again["address"])])
    assert [scene.state(row["id"]) for row in (sent, again, dropped)] == ["sent", "sent", "failed"]
    assert scene.touch(sent["touch"]) == scene.touch(again["touch"]) == ("delivered", None)
    assert scene.touch(dropped["touch"]) == ("dead", "dropped")
    refused = scene.house.followup("resolve", str(sent["id"]), "resend", code=2)
    assert refused == f"delivery {sent['id']} is sent, not in_doubt; there is nothing to resolve\n"
