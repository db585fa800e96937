"""Telling of a customer without a reminder: a talk, what was learned, or both, once and in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from engine.ground.errors import UsageError
from engine.stages import acts
from engine.stages.answers.deeds import USUAL_CHANNEL
from engine.stages.answers.learned import learn
from engine.stages.answers.means import Means
from engine.stages.answers.replies import News, Talked
from engine.stages.gates.passing import gated
from engine.stages.plan.changed_leads import plan_lead
from engine.store.database import Database
from engine.store.facts import idempotency
from engine.store.facts.dirty import Stamp


def tell(
    db: Database, means: Means, lead_id: str, talk: Talked | None, news: Sequence[News], actor: str, now: int,
    once: str = "",
) -> None:
    """Write it down; then what follows for the customer is planned.

    `once` names the form that it comes from: sent twice, it is done once.

    UsageError: nothing was said, or something does not fit. Refused: a gate objects. Nothing is done then.
    """
    if talk is None and not news:
        raise UsageError("nothing was said")
    stamp = Stamp(now, actor, acts.BY_HAND)
    form = idempotency.Request(actor, f"/lead/{lead_id}", once, "")
    with gated(db, actor, stamp) as connection:
        if once and idempotency.begin(connection, form, now) is not None:
            return
        learn(connection, means, lead_id, news, stamp)
        if talk is not None:
            channel = talk.channel or USUAL_CHANNEL.get(talk.outcome)
            said = acts.Talk(
                lead_id, talk.outcome, now, channel, note=talk.note, benefit=talk.benefit, next_step=talk.next_step
            )
            acts.write_talk(connection, means.settings, said, actor, now)
    plan_lead(db, means.settings, means.books, means.clockwork, lead_id, now)
