"""Answering a reminder: once, in one transaction with everything that belongs to it.

Whatever is said here closes the reminder, except that it is put off. What was learned on the way is written down
with it; if any of it does not fit, or a gate refuses it, nothing of it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.domain.keys import told_behind
from engine.domain.words import Touch
from engine.ground.errors import FollowupError, UsageError
from engine.stages.answers.deeds import deed
from engine.stages.answers.learned import learn
from engine.stages.answers.means import Means
from engine.stages.answers.replies import News, Reply
from engine.stages.gates.passing import gated
from engine.stages.known import known_lead
from engine.stages.plan.changed_leads import plan_lead
from engine.store.archive.returning import bring_back
from engine.store.database import Connection, Database
from engine.store.facts.dirty import Stamp, touch_leads
from engine.store.outbox import answering, signing

CAUSE = "reminder"
"""The cause that changes made by an answer name."""
LEARNED = "learned"
UNDONE = "undone"

ENDED = (Touch.SUPPRESSED, Touch.MERGED, Touch.SUPERSEDED, Touch.EXPIRED, Touch.CANCELLED)
_KEPT = (
    "state", "reason", "policy", "judge_at", "due_at", "day_on", "expires_at", "released_at", "settled_at", "snoozes",
)  # fmt: skip
"""What an answer may change about a reminder, and what undoing it brings back."""
_UNDOABLE = (answering.SNOOZED, "not_relevant")

Spend = Callable[[Connection, str], None]
"""Uses up what gave the right to answer, in the same transaction, with the word for what was done."""


@dataclass(frozen=True)
class Said:
    """An answer that was given: the word for it, by whom, when (seconds UTC), and what belongs to it.

    Of an old one, or one about somebody who was erased, only the word and the instant are left.
    """

    word: str
    actor: str
    at: int
    facts: dict[str, Any]

    @property
    def undoable(self) -> bool:
        return self.word in _UNDOABLE and "before" in self.facts


class Answered(FollowupError):
    """The reminder was answered before; `said` is how. Nothing was changed."""

    def __init__(self, touch_id: int, said: Said) -> None:
        self.said = said
        super().__init__(f"reminder {touch_id} is answered already: {said.word}, by {said.actor}")


def answer(
    db: Database, means: Means, touch_id: int, reply: Reply | None, actor: str, now: int,
    news: Sequence[News] = (), spend: Spend | None = None,
) -> Said:  # fmt: skip
    """Answer a reminder, tell what was learned, or both; then what follows for the customer is planned.

    UsageError: there is no such reminder, or something said does not fit. Answered: somebody was quicker. Refused: a
    gate objects. FollowupError: it has ended otherwise.
    """
    stamp = Stamp(now, actor, CAUSE)
    with gated(db, actor, stamp) as connection:
        row = _open(connection, touch_id)
        known_lead(connection, row.lead)  # nothing is put down about who was erased
        learned = learn(connection, means, row.lead, news, stamp)
        facts: dict[str, Any] = {"learned": list(learned)} if learned else {}
        word = LEARNED
        if reply is not None:
            before = {name: getattr(row, name) for name in _KEPT}
            word, more = deed(connection, means, row, reply, stamp)
            facts |= more | {"before": before}
            touch_leads(connection, [row.lead], "answered", now)
        elif not learned:
            raise UsageError("nothing was said")
        signing.note_decision(connection, touch_id, word, actor, now, **facts)
        if spend is not None and reply is not None:
            spend(connection, word)
    plan_lead(db, means.settings, means.books, means.clockwork, row.lead, now)
    return Said(word, actor, now, facts)


def undo(db: Database, touch_id: int, actor: str, now: int, spend: Spend | None = None) -> None:
    """Take the last answer back, if it changed nothing but the reminder: it was put off, or not relevant.

    FollowupError: there is nothing to take back, or it has consequences that stay.
    """
    with db.writing() as connection:
        row = _known(connection, touch_id)
        said = standing(connection, touch_id)
        if said is None or not said.undoable:
            raise FollowupError(f"there is nothing to undo about reminder {touch_id}")
        answering.take_back(connection, row, said.facts["before"], now)
        signing.note_decision(connection, touch_id, UNDONE, actor, now)
        if spend is not None:
            spend(connection, UNDONE)


def standing(connection: Connection, touch_id: int) -> Said | None:
    """The answer that stands; None: there is none, it was taken back, or the reminder has come again since."""
    row = answering.reminder(connection, touch_id)
    if row is None or (row.answer is None and row.reason != answering.SNOOZED):
        return None
    for one in answering.decisions(connection, touch_id):
        if one.effect == UNDONE:
            return None
        if one.effect != LEARNED:
            return Said(one.effect, one.facts.get("actor", ""), one.at, dict(one.facts))
    return None


def _known(connection: Connection, touch_id: int) -> Any:
    bring_back(connection, [touch_id])
    row = answering.reminder(connection, touch_id, locked=True)
    if row is None or told_behind(row.occurrence_key):
        raise UsageError(f"there is no reminder {touch_id}; list them with: followup touches")
    return row


def _open(connection: Connection, touch_id: int) -> Any:
    """The reminder under lock, if it may be answered."""
    row = _known(connection, touch_id)
    said = standing(connection, touch_id)
    if said is not None and row.answer is not None:
        raise Answered(touch_id, said)
    if row.state in ENDED:
        reason = f" ({row.reason})" if row.reason else ""
        raise FollowupError(f"reminder {touch_id} is {row.state}{reason}; there is nothing to answer")
    return row
