"""What of a day did not go as planned, why, and what comes next for that customer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.domain.words import Touch
from engine.rulebook.model import Rule
from engine.stages.report.figures import Unfinished
from engine.stages.report.work import LATE, MISSED, OPEN, TRIED, Judged
from engine.store.database import Connection
from engine.store.lookups.report_work import Piece, next_touches

FindRule = Callable[[Connection, str, str], Rule | None]
"""A rule by its id and revision."""
_TOLD = (MISSED, TRIED, LATE, OPEN)
"""What is told of, the worst first."""


def unfinished(connection: Connection, find: FindRule, outcomes: Sequence[Judged], now: int) -> tuple[Unfinished, ...]:
    """The worst first, then by the hour. Confidential customers have no name."""
    told = sorted(
        (one for one in outcomes if one.outcome in _TOLD),
        key=lambda one: (_TOLD.index(one.outcome), one.piece.due_at, one.piece.lead),
    )
    following = next_touches(connection, {one.piece.lead for one in told}, now)
    found = []
    for one in told:
        piece = one.piece
        at, rule, revision = following.get(piece.lead, (None, "", ""))
        found.append(Unfinished(
            piece.touch, piece.kind, piece.rep, "" if piece.confidential else piece.lead,
            "" if piece.confidential else piece.name, summary(connection, find, piece.rule, piece.revision),
            piece.due_at, one.outcome, _why(piece), at, summary(connection, find, rule, revision),
        ))  # fmt: skip
    return tuple(found)


def summary(connection: Connection, find: FindRule, rule_id: str, revision: str) -> str:
    """What a rule is for; its id where it does not say, "" where there is no rule."""
    if not rule_id:
        return ""
    rule = find(connection, rule_id, revision)
    return rule.summary if rule and rule.summary else rule_id


def _why(piece: Piece) -> str:
    return piece.answer or piece.reason or ("" if piece.state == Touch.DELIVERED else piece.state)
