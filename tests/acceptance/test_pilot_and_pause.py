"""What stops the daemon, and what holds it in: pauses, a pilot's address, a pilot's leads, and SIGTERM."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from engine.ground.clock import SystemClock
from engine.service.demo import prepare
from engine.settings.model import Service
from tests.acceptance.house import PATIENCE, Daemon, GatedRelay, House
from tests.faults.smtp_faults import Accepted, FaultySmtp

LEADS = 20
SENDERS = Service().senders
PILOT = "pilot@test.example"
FOUR_RULES = """\
rules:
  - id: welcome
    category: festive
    on: {since: registered, after: 1h}
    steps: [{id: wish, at: +0h, greet: lead, template: greeting/thanks}]
  - id: letter
    category: service
    on: {since: registered, after: 1h}
    steps: [{id: write, at: +0h, greet: lead, template: greeting/thanks, via: [post]}]
  - id: offer
    category: sales
    on: {since: registered, after: 1h}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/first_contact}]
  - id: introduction
    category: care
    on: {since: registered, after: 1h}
    steps: [{id: call, at: +0h, remind: owner, template: reminder/contact}]
"""
PAUSES = {"welcome": ("--rule", "welcome"), "letter": ("--channel", "post"), "offer": ("--category", "sales")}
"""How each rule is paused here; nothing pauses the rule `introduction`."""


@dataclass(frozen=True)
class Sending:
    """A daemon caught in the middle of its work: a few messages are sent, some wait at the relay's gate."""

    house: House
    relay: GatedRelay
    daemon: Daemon

    def get_going(self) -> None:
        self.daemon.wait_until(lambda: len(self.relay.accepted) >= 5)
        self.relay.gate.clear()
        self.daemon.wait_until(self.relay.somebody_waits.is_set)

    def sent(self, rule: str) -> int:
        return self.house.count("SELECT count(*) FROM delivery WHERE state = 'sent' AND rule = ?", rule)

    def until_sent(self, rule: str) -> None:
        self.daemon.wait_until(lambda: self.sent(rule) == LEADS)

    def marks_since(self, event: int, rule: str) -> int:
        query = """SELECT count(*) FROM delivery_event e JOIN delivery d ON d.id = e.delivery
                   WHERE e.state = 'sending' AND e.id > ? AND d.rule = ?"""
        return self.house.count(query, event, rule)

    def last_event(self) -> int:
        return self.house.count("SELECT max(id) FROM delivery_event")


def in_the_middle(home: Path, then: Callable[[Sending], None]) -> None:
    """Let it happen to a daemon that is sending."""
    with GatedRelay(latency=0.02) as relay:
        house = House.lay_out(home, relay.port, leads=LEADS, rules=FOUR_RULES)
        with house.daemon() as daemon:
            sending = Sending(house, relay, daemon)
            sending.get_going()
            then(sending)


@pytest.mark.slow
def test_pauses_of_a_rule_a_channel_and_a_category_work_at_once_and_resume_sends_the_rest(tmp_path: Path) -> None:
    def pause_and_resume(sending: Sending) -> None:
        for scope in PAUSES.values():
            sending.house.followup("pause", *scope)
        paused_at = sending.last_event()
        sending.relay.gate.set()
        sending.until_sent("introduction")
        assert max(sending.sent(rule) for rule in PAUSES) < LEADS
        for rule in PAUSES:
            assert sending.marks_since(paused_at, rule) == 0
            sending.house.followup("resume", *PAUSES[rule])
            sending.until_sent(rule)
        assert sending.daemon.end() == 0
        assert len({mail.message_id for mail in sending.relay.accepted}) == len(sending.relay.accepted) == 4 * LEADS

    in_the_middle(tmp_path, pause_and_resume)


@pytest.mark.slow
def test_a_pause_of_everything_stops_what_is_past_rcpt_and_says_so(tmp_path: Path) -> None:
    def pause_everything(sending: Sending) -> None:
        assert sending.house.followup("pause") == "everything is paused\n"
        arrived, paused_at = len(sending.relay.accepted), sending.last_event()
        sending.relay.gate.set()
        waiting = "SELECT count(*) FROM delivery WHERE state IN ('claimed', 'sending')"
        sending.daemon.wait_until(lambda: sending.house.count(waiting) == 0)
        assert sending.house.rows("status")[0]["pauses"][0]["scope"] == "all"
        assert [sending.marks_since(paused_at, rule) for rule in (*PAUSES, "introduction")] == [0, 0, 0, 0]
        assert len(sending.relay.accepted) == arrived
        sending.house.followup("resume")
        for rule in (*PAUSES, "introduction"):
            sending.until_sent(rule)

    in_the_middle(tmp_path, pause_everything)


@pytest.mark.slow
def test_sigterm_claims_no_more_finishes_what_is_in_flight_and_leaves_nothing_claimed(tmp_path: Path) -> None:
    def end(sending: Sending) -> None:
        claims = "SELECT count(*) FROM delivery_event WHERE state = 'claimed'"
        sending.daemon.process.terminate()
        sending.daemon.wait_for("STOPPING=1")
        arrived, claimed = len(sending.relay.accepted), sending.house.count(claims)
        sending.relay.gate.set()
        assert sending.daemon.process.wait(PATIENCE) == 0
        assert arrived < len(sending.relay.accepted) <= arrived + 2 * SENDERS
        assert sending.house.count(claims) == claimed
        states = dict(sending.house.ask("SELECT state, count(*) FROM delivery GROUP BY state"))
        assert states == {"sent": len(sending.relay.accepted), "pending": 4 * LEADS - len(sending.relay.accepted)}

    in_the_middle(tmp_path, end)


@pytest.mark.slow
def test_a_pilot_with_the_starter_rules_reaches_only_the_test_address_and_says_so(tmp_path: Path) -> None:
    with FaultySmtp() as relay:
        house = House(tmp_path)
        prepare(tmp_path, relay.port, now=SystemClock().now())
        house.write("config.yaml", house.config.read_text("utf-8") + f"redirect_to: {{email: {PILOT}}}\n")
        with house.daemon() as daemon:
            daemon.wait_until(lambda: len(relay.accepted) >= 400)
            assert daemon.end() == 0
    assert {mail.receivers for mail in relay.accepted} == {(PILOT,)}
    meant_for = {reaches_only_the_pilot(mail) for mail in relay.accepted}
    assert {"lead", "rep"} == {whom.partition("#")[0] for whom in meant_for}
    assert len(meant_for) > 50


def reaches_only_the_pilot(mail: Accepted) -> str:
    """And whom it was meant for, as every part of it says."""
    message = message_from_bytes(mail.content, EmailMessage, policy=policy.default)
    assert message.get_all("To") == [PILOT]
    assert not [name for name in message if name in ("Cc", "Bcc", "Resent-To")]
    note = str(message["Subject"]).partition("] ")[0] + "]"
    assert note.startswith("[pilot: meant for ")
    for kind in ("plain", "html"):
        part = message.get_body((kind,))
        assert part is not None
        assert note in part.get_content()
    return note.removeprefix("[pilot: meant for ").removesuffix("]")


@pytest.mark.slow
def test_only_limits_to_named_leads_and_a_redirection_is_never_frozen(tmp_path: Path) -> None:
    with GatedRelay() as relay:
        house = House.lay_out(tmp_path, relay.port, leads=6, more="only: [lead-4]\n")
        with house.daemon() as daemon:
            daemon.wait_until(lambda: house.count("SELECT count(*) FROM delivery WHERE state = 'sent'"))
            daemon.wait_until(lambda: house.count("SELECT count(*) FROM delivery") == 12)
            assert daemon.end() == 0
        assert set(relay.receivers()) <= {"lead-4@example.com", "rep-0@example.com"}
        assert house.ask("SELECT DISTINCT lead FROM delivery WHERE state != 'pending'") == [("lead-4",)]
        before = len(relay.accepted)
        unlimited = house.config.read_text("utf-8").replace("only: [lead-4]", f"redirect_to: {{email: {PILOT}}}")
        house.write("config.yaml", unlimited)
        with house.daemon() as daemon:
            daemon.wait_until(lambda: len(relay.accepted) == 12)
            assert daemon.end() == 0
        assert set(relay.receivers()[before:]) == {PILOT}
