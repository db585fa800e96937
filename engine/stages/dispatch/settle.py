"""What an outcome makes of a delivery. Pure: the rows as they are, the receipt, the clock in; a transition out."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.base import Outcome, Receipt
from engine.domain.words import Audience, Delivery, Touch
from engine.stages.dispatch.backoff import delay
from engine.store.outbox.held import Held
from engine.store.outbox.transitions import Consequence, Transition

_LATE = (Delivery.CLAIMED, Delivery.SENDING, Delivery.IN_DOUBT, Delivery.PENDING)
"""States that a proof of acceptance, however late, turns into sent, as long as the epoch is the same."""


@dataclass(frozen=True)
class Terms:
    """What bounds a settlement at `now`."""

    now: int
    most_attempts: int
    opens_at: int = 0          # when the receiver's window is open next
    paused: bool = False


def settled(held: Held, epoch: int, receipt: Receipt, terms: Terms) -> Transition | None:
    """The transition for the outcome of the attempt of `epoch`; None if the lease was lost: do nothing."""
    if held.epoch != epoch:
        return None
    if receipt.outcome is Outcome.ACCEPTED:
        return _sent(held, receipt) if held.state in _LATE else None
    if held.state not in (Delivery.CLAIMED, Delivery.SENDING):
        return None
    match receipt.outcome:
        case Outcome.HANDED:
            return _handed(held, receipt, terms)
        case Outcome.PERMANENT:
            return failed(held, receipt.code, receipt.detail)
        case Outcome.WITHDRAWN:
            return withdrawn(held, terms, receipt.retry_after or 1)
        case Outcome.UNKNOWN if held.state == Delivery.SENDING and held.audience == Audience.LEAD:
            return in_doubt(held, receipt.code, receipt.detail)
        case _:
            return _retry(held, receipt, terms)


LOOKED_UP = 600
"""Seconds between two looks at what a vendor's client has done with what it was handed. Ours."""


def _handed(held: Held, receipt: Receipt, terms: Terms) -> Transition:
    """A colleague has it. Where the vendor knows what he does with it, it is asked now and then."""
    return Transition(
        held.id, held.touch, held.epoch, Delivery(held.state), Delivery.HANDED, code=receipt.code,
        detail=receipt.detail, remote_id=receipt.remote_id,
        run_at=terms.now + LOOKED_UP if receipt.remote_id else None,
    )  # fmt: skip


def answered(held: Held, receipt: Receipt) -> Transition:
    """What the vendor says became of what a colleague was handed: sent, or not and never."""
    if receipt.outcome is Outcome.ACCEPTED:
        return _sent(held, receipt)
    return failed(held, receipt.code, receipt.detail)


def failed(held: Held, code: str, detail: str = "") -> Transition:
    """This channel will not do it: the next one, or a dead letter."""
    last = held.via_index + 1 >= len(held.via)
    return Transition(
        held.id, held.touch, held.epoch, Delivery(held.state), Delivery.FAILED,
        Consequence.DEAD if last else Consequence.NEXT_CHANNEL,
        reason="undeliverable" if last else "", code=code, detail=detail,
    )  # fmt: skip


def in_doubt(held: Held, code: str, detail: str = "") -> Transition:
    """A customer may have it or not: a person decides. It blocks the touch's other channels."""
    return Transition(
        held.id, held.touch, held.epoch, Delivery(held.state), Delivery.IN_DOUBT, code=code, detail=detail
    )


def expired(held: Held) -> Transition:
    """Too late for it to be welcome."""
    return Transition(
        held.id, held.touch, held.epoch, Delivery(held.state), Delivery.EXPIRED,
        Consequence.EXPIRED, reason="not_sent_in_time", code="expired",
    )  # fmt: skip


def withdrawn(held: Held, terms: Terms, wait: int = 1) -> Transition:
    """Nothing was sent. Why: judged on facts that changed, ended by somebody, expired, or not for `wait` seconds."""
    source = Delivery(held.state)
    if held.touch_state != Touch.RELEASED:
        return Transition(
            held.id, held.touch, held.epoch, source, Delivery.CANCELLED, code=held.touch_state
        )
    if held.gathered is not None and not (judged_on_the_facts(held) and held.still_told == held.gathered):
        return Transition(
            held.id, held.touch, held.epoch, source, Delivery.CANCELLED, Consequence.REGATHER, code="judged_again"
        )
    if not judged_on_the_facts(held):
        return Transition(
            held.id, held.touch, held.epoch, source, Delivery.CANCELLED, Consequence.REJUDGE, code="judged_again"
        )
    if held.expires_at is not None and held.expires_at <= terms.now:
        return expired(held)
    return Transition(
        held.id, held.touch, held.epoch, source, Delivery.PENDING,
        code="paused" if terms.paused else "postponed", run_at=max(terms.opens_at, terms.now + wait), unclaim=True,
    )  # fmt: skip


def judged_on_the_facts(held: Held) -> bool:
    """Whether nothing that a judgement reads has changed since; notes to reps are not judged at all."""
    if held.judged_version is None:
        return held.audience != Audience.LEAD
    return held.judged_version == held.judge_version


def _sent(held: Held, receipt: Receipt) -> Transition:
    return Transition(
        held.id, held.touch, held.epoch, Delivery(held.state), Delivery.SENT, Consequence.DELIVERED,
        code=receipt.code, detail=receipt.detail, remote_id=receipt.remote_id,
        carries=held.carries, confidential=held.confidential,
    )  # fmt: skip


def _retry(held: Held, receipt: Receipt, terms: Terms) -> Transition:
    attempts = held.attempts + 1
    if attempts >= terms.most_attempts:
        return failed(held, receipt.code, receipt.detail)
    return Transition(
        held.id, held.touch, held.epoch, Delivery(held.state), Delivery.PENDING,
        code=receipt.code, detail=receipt.detail, attempts=attempts,
        run_at=terms.now + delay(attempts, held.message_id, receipt.retry_after),
    )  # fmt: skip
