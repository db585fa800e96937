"""A message that came back after a server had accepted it."""

from __future__ import annotations

from engine.domain.words import Audience, Delivery, Touch
from engine.stages.dispatch.conclude import conclude
from engine.stages.dispatch.settle import failed
from engine.stages.listen.kinds import Bounce
from engine.store.archive.returning import bring_back
from engine.store.database import Connection
from engine.store.facts.letters import Sent
from engine.store.facts.suppressions import suppress
from engine.store.outbox import held
from engine.store.outbox.held import Held
from engine.store.outbox.signing import draft_of
from engine.store.outbox.transitions import Consequence, Transition, write_events

ACTOR = "inbox"
"""Who a change by a letter names as its actor."""


def take_back(connection: Connection, bounce: Bounce, sent: Sent, now: int) -> str:
    """Record that it came back, mark the address, and let the touch go its other ways; what was done, for people.

    What came back for now only is noted: the server goes on trying.
    """
    bring_back(connection, [sent.touch])
    row = held.held(connection, [sent.id])[sent.id]
    if not bounce.permanent:
        write_events(connection, [(row.id, row.epoch, row.state, bounce.code, "not delivered yet", ACTOR)], now)
        return f"not delivered yet ({bounce.code})"
    marked = _mark(connection, bounce, sent, now)
    if row.state not in (Delivery.SENT, Delivery.IN_DOUBT):
        return f"came back ({bounce.code}) from a delivery that is {row.state}{marked}"
    lost = row.signed_by is not None and draft_of(connection, row.touch) is None
    change = _bounced(row, bounce.code, now, lost) if row.state == Delivery.SENT else failed(row, bounce.code, "back")
    conclude(connection, [(row, change)], now)
    return f"came back ({bounce.code}): {_WHAT[change.consequence]}{marked}"


_WHAT = {
    Consequence.NEXT_AFTER_BOUNCE: "the next channel",
    Consequence.BOUNCED: "no channel is left",
    Consequence.NEXT_CHANNEL: "the next channel",
    Consequence.DEAD: "no channel is left",
    Consequence.NONE: "its touch has ended",
}


def _bounced(row: Held, code: str, now: int, lost: bool) -> Transition:
    """From sent to failed: late evidence, and the only way back from there.

    `lost`: the words that somebody signed were not kept (of a confidential customer), and no others may leave.
    """
    in_time = row.expires_at is None or row.expires_at > now
    left = row.via_index + 1 < len(row.via) and in_time and not lost
    consequence = Consequence.NEXT_AFTER_BOUNCE if left else Consequence.BOUNCED
    if row.touch_state != Touch.DELIVERED:
        consequence = Consequence.NONE
    return Transition(
        row.id, row.touch, row.epoch, Delivery.SENT, Delivery.FAILED, consequence,
        reason="" if left else f"bounced {code}", code=code, detail="came back", actor=ACTOR,
    )  # fmt: skip


def _mark(connection: Connection, bounce: Bounce, sent: Sent, now: int) -> str:
    """Stop the channel for the customer as long as he has that address; of a full box or a refused text, do not."""
    if not bounce.is_of_the_address or sent.audience != Audience.LEAD:
        return ""
    suppress(connection, sent.lead, sent.channel, "", f"bounced {bounce.code}", ACTOR, now, address=sent.address)
    return f"; {sent.channel} is stopped for this address"
