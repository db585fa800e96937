"""What came of everything that was to be done: pure, from what was planned and the talks that were held."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from engine.domain.civil import day_start, local_date
from engine.domain.words import TOUCH_OPEN, Touch
from engine.stages.report.figures import Work
from engine.store.lookups.report_work import Piece, Talk

DONE, TRIED, LATE, MISSED, OPEN, WITHDRAWN = "done", "tried", "late", "missed", "open", "withdrawn"

_NOT_HIS = ("not_relevant", "handed_over")
_GONE = (Touch.SUPPRESSED, Touch.MERGED, Touch.SUPERSEDED, Touch.EXPIRED)
_SIGNED_OFF = "rejected"
_UNSIGNED = "unsigned"

Talks = Mapping[str, Sequence[Talk]]
"""Talks and attempts by lead, the earliest first."""


class Judged(NamedTuple):
    """A piece of work, and what came of it."""

    piece: Piece
    outcome: str


def judged(pieces: Iterable[Piece], talks: Talks, now: int) -> list[Judged]:
    """What came of each by now."""
    return [Judged(piece, _outcome(piece, talks.get(piece.lead, ()), now)) for piece in pieces]


def counted(outcomes: Iterable[Judged]) -> Work:
    """How often each came."""
    counts = Counter(one.outcome for one in outcomes)
    return Work(counts[DONE], counts[TRIED], counts[LATE], counts[MISSED], counts[OPEN])


def _outcome(piece: Piece, talks: Sequence[Talk], now: int) -> str:
    if piece.kind == "signature":
        return _of_signature(piece, now)
    if piece.kind == "reminder" and _is_withdrawn(piece):
        return WITHDRAWN
    start, end = _day(piece)
    acted = piece.answered_at
    held = talks[bisect_left(talks, start, key=lambda talk: talk.at):]
    if any(talk.effective and talk.at < end for talk in held):
        return DONE
    if (acted is not None and acted < end) or (held and held[0].at < end):
        return TRIED
    if acted is not None or held:
        return LATE
    return MISSED if now >= end else OPEN


def _of_signature(piece: Piece, now: int) -> str:
    """A draft counts as done when somebody signed it or turned it down by its deadline."""
    if piece.signed_at is not None:
        return DONE if piece.signed_at <= piece.due_at else LATE
    if piece.state == Touch.CANCELLED and piece.reason == _SIGNED_OFF:
        return DONE
    if piece.state in TOUCH_OPEN:
        return MISSED if now >= piece.due_at else OPEN
    return MISSED if piece.state == Touch.EXPIRED and piece.reason == _UNSIGNED else WITHDRAWN


def _is_withdrawn(piece: Piece) -> bool:
    """Nobody was asked any more: rules, policies or facts took it back, or it was not for him."""
    if piece.answer is not None:
        return piece.answer in _NOT_HIS
    return piece.state in _GONE or piece.state == Touch.CANCELLED


def _day(piece: Piece) -> tuple[int, int]:
    """The civil day of whoever was to do it: [start, end)."""
    on = local_date(piece.due_at, piece.zone)
    return day_start(on, piece.zone), day_start(on + timedelta(days=1), piece.zone)
