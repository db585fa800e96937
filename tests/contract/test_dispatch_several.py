"""A channel that sends several messages at a time: the same promise, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from adapters.base import HandOver, Message, Outcome, Receipt
from engine.settings.model import Service
from engine.store.database import Database
from tests.contract.outbox import NOON, OK, FarSide, Outbox, dies, nothing


@dataclass
class FarSides(FarSide):
    """Takes all but the first `singly` of what it is given, at once; what happens on the way is the same for all."""

    singly: int = 0
    after_rcpt: Callable[[], object] = nothing
    after_mark: Callable[[], object] = nothing

    def send_several(self, messages: Sequence[Message], hand_over: HandOver, most: int, deadline: float) -> list[int]:
        assert most > 0
        assert deadline > 0
        places = range(self.singly, len(messages)) if hand_over.goes_on() else range(0)
        self.after_rcpt()
        told: list[tuple[int, Receipt]] = []
        for place, may_send in zip(places, hand_over.begin(places), strict=True):
            if may_send:
                self.arrived.append(messages[place])
            told.append((place, OK if may_send else Receipt(Outcome.WITHDRAWN)))
        self.after_mark()
        hand_over.tell(told)
        self.singly, left = 0, [place for place in range(len(messages)) if place not in places]
        return left


@pytest.fixture
def outbox(database: Database) -> Outbox:
    outbox = Outbox(database)
    outbox.channels["email"] = outbox.email = FarSides()
    return outbox


def states(outbox: Outbox, touches: Sequence[int]) -> list[str]:
    return [outbox.delivery(ident).state for ident in touches]


def test_all_are_sent_once_those_that_it_leaves_one_by_one(outbox: Outbox) -> None:
    touches = [outbox.release(f"k{n}", audience="lead" if n % 2 else "rep") for n in range(6)]
    outbox.email.singly = 2  # type: ignore[attr-defined]
    assert outbox.send() == {"sent": 6}
    assert outbox.history(touches[3]) == ["pending", "claimed", "sending", "sent"]
    assert len({message.message_id for message in outbox.email.arrived}) == len(outbox.email.arrived) == 6


def test_of_the_next_claim_what_goes_to_reps_at_that_pace_is_marked_with_it_and_no_customers_message(
    database: Database
) -> None:
    outbox, before = Outbox(database, service=Service(senders=1, batch=4)), []
    outbox.channels["email"] = outbox.email = FarSides(after_rcpt=lambda: before.append(states(outbox, touches)))
    to = ["rep", "lead", "rep", "lead", "lead", "rep", "rep", "lead"]
    touches = [outbox.release(f"k{n}", audience=one, due_at=NOON - 60 + n) for n, one in enumerate(to)]
    assert outbox.send() == {"sent": 8}
    assert before[0][:4] == ["claimed"] * 4
    assert before[1][4:] == ["claimed", "sending", "sending", "claimed"]
    assert outbox.history(touches[5]) == ["pending", "claimed", "sending", "sent"]


def test_a_fact_recorded_after_rcpt_stops_that_customers_message_alone(outbox: Outbox) -> None:
    outbox.email.after_rcpt = outbox.bereave  # type: ignore[attr-defined]
    theirs = [outbox.release("k1"), outbox.release("k2", lead="zhao"), outbox.release("k3", lead="zhao")]
    with outbox.db.writing() as connection:
        connection.execute(text("UPDATE delivery SET address = lead || '@example.com'"))
    assert outbox.send() == {"judged_again": 1, "sent": 2}
    assert states(outbox, theirs) == ["cancelled", "sent", "sent"]
    assert {message.address for message in outbox.email.arrived} == {"zhao@example.com"}


def test_a_channel_that_raises_is_unknown_for_what_was_marked_and_a_retry_for_the_rest(outbox: Outbox) -> None:
    def fault() -> None:
        raise KeyError("a bug")

    customers = [outbox.release("k1"), outbox.release("k2")]
    outbox.email.after_mark = fault  # type: ignore[attr-defined]
    assert outbox.send() == {"in_doubt": 2}
    assert states(outbox, customers) == ["in_doubt", "in_doubt"]
    outbox.email.after_rcpt, before = fault, [outbox.release("k3"), outbox.release("k4")]  # type: ignore[attr-defined]
    assert outbox.send() == {"retry": 2}
    assert states(outbox, before) == ["pending", "pending"]


def test_a_death_leaves_each_where_its_mark_says(outbox: Outbox) -> None:
    customers = [outbox.release("k1"), outbox.release("k2")]
    reps = [outbox.release(f"k{n}", audience="rep") for n in (3, 4)]
    outbox.email.after_mark = dies  # type: ignore[attr-defined]
    assert outbox.send() == {}
    assert set(states(outbox, customers + reps)) == {"sending"}
    assert outbox.rescue_after_crash() == {"in_doubt": 2, "retry": 2}


def test_what_the_database_refuses_to_mark_is_not_sent(outbox: Outbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> set[int]:
        raise OSError("the disk is full")

    monkeypatch.setattr("engine.store.outbox.deliveries.mark", refuses)
    touches = [outbox.release("k1"), outbox.release("k2")]
    assert outbox.send() == {"postponed": 2, "halted": 1}
    assert (states(outbox, touches), outbox.email.arrived) == (["pending", "pending"], [])


def test_an_outcome_that_cannot_be_written_keeps_none_of_the_others(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.stages.dispatch import ledger

    touches, settled = [outbox.release("k1"), outbox.release("k2"), outbox.release("k3")], ledger.settled
    bad, refused = outbox.delivery(touches[1]).id, []

    def once_bad(row: ledger.Held, *given: object) -> object:
        if row.id == bad and len(refused) < 3:  # with the others, alone, and once more
            refused.append(row.id)
            raise OSError("a bad row")
        return settled(row, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(ledger, "settled", once_bad)
    assert outbox.send() == {"sent": 3, "halted": 1}
    assert (states(outbox, touches), len(refused)) == (["sent"] * 3, 3)
