"""What a person decides: about deliveries in doubt, and about dead letters."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal

from engine.domain.words import Delivery, Touch
from engine.ground.errors import UsageError
from engine.stages.dispatch.conclude import conclude
from engine.stages.dispatch.settle import failed
from engine.stages.dispatch.ways import Ways, talk_of
from engine.store.database import Database
from engine.store.facts.interactions import log_interaction
from engine.store.lookups.customers import is_rep
from engine.store.lookups.lookups import touch_by_id
from engine.store.outbox import held
from engine.store.outbox.held import Held
from engine.store.outbox.signing import draft_of, note_decision
from engine.store.outbox.transitions import Consequence, Transition, revive

Decision = Literal["sent", "resend", "unreached", "drop"]
NO_WAYS: Ways = MappingProxyType({})


def resolve(
    db: Database, delivery: int, decision: Decision, actor: str, now: int, ways: Ways = NO_WAYS
) -> None:
    """End a doubt, or say what came of what a colleague sends himself.

    It was `sent`, is to be sent again with the same Message-ID (a doubt only), did not reach him that way (the next
    channel), or is dropped for good. `ways`: what is logged by the way of what a colleague did.
    UsageError: there is no such delivery, it is neither in doubt nor handed, or that cannot be said of it.
    """
    with db.writing() as connection:
        row = held.held(connection, [delivery]).get(delivery)
        if row is None:
            raise UsageError(f"there is no delivery {delivery}; list them with: followup deliveries --state in_doubt")
        if row.state not in (Delivery.IN_DOUBT, Delivery.HANDED):
            raise UsageError(f"delivery {delivery} is {row.state}, not in_doubt; there is nothing to resolve")
        _insist(row, decision)
        conclude(connection, [(row, _decided(row, decision, actor, now))], now)
        if row.state == Delivery.HANDED and row.channel in ways:
            rep = actor if is_rep(connection, actor) else None
            talk = talk_of(row, ways[row.channel], decision, rep, now)
            if talk is not None:
                log_interaction(connection, talk, now)


def _insist(row: Held, decision: Decision) -> None:
    if row.state != Delivery.HANDED:
        return
    if decision == "resend":
        raise UsageError(f"delivery {row.id} is a colleague's to send; say sent, unreached or drop")
    if decision == "unreached" and row.remote_id:
        raise UsageError(f"delivery {row.id} waits in {row.channel}, where it can still be sent; say sent or drop")


def _decided(row: Held, decision: Decision, actor: str, now: int) -> Transition:
    match decision:
        case "sent":
            target, consequence, reason = Delivery.SENT, Consequence.DELIVERED, ""
        case "unreached":
            return failed(row, "unreached")._replace(actor=actor)
        case "resend":
            target, consequence, reason = Delivery.PENDING, Consequence.NONE, ""
        case "drop":
            target, consequence, reason = Delivery.FAILED, Consequence.DROPPED, "dropped"
    return Transition(
        row.id, row.touch, row.epoch, Delivery(row.state), target, consequence, reason=reason,
        code=f"resolved_{decision}", run_at=now if target is Delivery.PENDING else None, actor=actor,
    )  # fmt: skip


def retry(db: Database, touch: int, actor: str, now: int) -> None:
    """Give a dead letter another chance: it is judged again, written anew, and tries its channels from the first.

    Who wanted it stands among the verdicts. UsageError: there is no such touch, or it is not a dead letter.
    """
    with db.writing() as connection:
        row = touch_by_id(connection, touch)
        if row is not None and row["state"] == Touch.BOUNCED and row["signed_by"] and not draft_of(connection, touch):
            raise UsageError(f"touch {touch} cannot be tried again: the words that were signed were not kept")
        state = revive(connection, touch, now)
        if state in (Touch.DEAD, Touch.BOUNCED):
            note_decision(connection, touch, "retry", actor, now)
    if state is None:
        raise UsageError(f"there is no touch {touch}; list them with: followup touches --state dead")
    if state not in (Touch.DEAD, Touch.BOUNCED):
        raise UsageError(f"touch {touch} is {state}, not dead; only a dead letter can be tried again")
