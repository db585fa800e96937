"""Doing in the database what a test says is done, at one instant. FollowupError: it cannot be done."""

from __future__ import annotations

from typing import Any

from engine.desk.ruletests.model import (
    Action,
    Claims,
    Decides,
    Ends,
    Happens,
    Logs,
    Records,
    RuleTest,
    Sets,
    Unsubscribes,
)
from engine.desk.ruletests.play import AUTHOR
from engine.domain.words import Touch
from engine.ground.errors import FollowupError
from engine.stages import acts, events, pool
from engine.stages.gates.objections import Gates
from engine.store.database import Database
from engine.store.facts.circumstances import Happening
from engine.store.facts.dirty import Stamp
from engine.store.facts.entries import write_records
from engine.store.facts.interactions import Interaction, log_interaction
from engine.store.facts.suppressions import suppress
from engine.store.lookups import lookups
from engine.store.outbox import signing


def perform(db: Database, test: RuleTest, action: Action, now: int) -> None:
    """Do it."""
    gates, actor = Gates.of(test.rules.book, test.settings), action.by or AUTHOR
    match action.deed:
        case Happens() as one:
            starts = now if one.starts_at is None else one.starts_at
            happening = Happening(
                one.id, one.kind, starts, one.ends_at, one.lead or None, one.region or None, one.severity or None,
                invited=one.invited, attrs={"host": one.host} if one.host else {},
            )
            events.add_event(db, test.settings, gates, happening, actor, now)
        case Ends(ident, attrs):
            events.end_event(db, gates, ident, now, attrs, actor, now)
        case Logs() as talk:
            _log(db, test, talk, now)
        case Sets(lead, cells):
            acts.set_lead(db, test.settings, gates, lead, cells, actor, now)
        case Claims(lead):
            pool.claim(db, gates, lead, actor, now)
        case Records(entry):
            with db.writing() as connection:
                write_records(connection, [entry], test.settings, Stamp(now, AUTHOR, AUTHOR))
        case Decides() as decision:
            _decide(db, decision, now)
        case Unsubscribes() as wish:
            _unsubscribe(db, test, wish, now)


def _log(db: Database, test: RuleTest, talk: Logs, now: int) -> None:
    at = now if talk.at is None else talk.at
    if at > now:
        raise FollowupError("what is logged has happened; its time lies in the future")
    effective = talk.outcome in test.settings.vocabularies.effective_outcomes
    with db.writing() as connection:
        for n in range(talk.times):
            ident = f"{talk.id}-{n}" if n else talk.id
            entry = Interaction(
                ident, talk.lead, at, talk.outcome, effective, channel=talk.channel, purpose=talk.purpose,
                score=talk.score,
            )
            log_interaction(connection, entry, now)


def _decide(db: Database, decision: Decides, now: int) -> None:
    """Sign the draft or turn it down. No test writes texts, so what is signed is the touch itself."""
    touch_id = _draft(db, decision)
    if not decision.approves:
        acts.reject(db, touch_id, AUTHOR, now)
        return
    with db.writing() as connection:
        signing.sign(connection, touch_id, AUTHOR, now)
        signing.note_decision(connection, touch_id, "approve", AUTHOR, now)


def _draft(db: Database, decision: Decides) -> int:
    wanted = (Touch.DRAFT,) if decision.approves else (Touch.DRAFT, Touch.SIGNED)
    with db.reading() as connection:
        rows = list(lookups.touches(connection, lookups.Filter(lead=decision.lead, rule=decision.rule)))
    drafts = [row for row in rows if row["state"] in wanted and decision.step in ("", row["step"])]
    if not drafts:
        raise FollowupError(f"there is no draft of {decision.rule}" + _standing(rows))
    return int(drafts[0]["id"])


def _standing(rows: list[Any]) -> str:
    told = ", ".join(f"{row['step']} is {row['state']}" for row in rows)
    return f": {told}" if told else ""


def _unsubscribe(db: Database, test: RuleTest, wish: Unsubscribes, now: int) -> None:
    if not wish.channel and not wish.category:
        acts.set_lead(db, test.settings, Gates(), wish.lead, {"unsubscribed": "true"}, AUTHOR, now)
        return
    with db.writing() as connection:
        suppress(connection, wish.lead, wish.channel, wish.category, AUTHOR, AUTHOR, now)
