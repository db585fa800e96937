"""What the ages of config.yaml must mean."""

from __future__ import annotations

from collections.abc import Iterator

from engine.settings.meaning_feeds import seconds, span_mistakes
from engine.settings.retention_model import NEVER, Retention
from engine.settings.wording import Mistake

_DAY = 86_400
SHORTEST_ARCHIVE = 62 * _DAY
"""Twice as far as anything looks back that asks the ledger alone: digests and reps' days look back a month. Ours."""
_LONGEST = 3_660 * _DAY


def retention_mistakes(retention: Retention) -> Iterator[Mistake]:
    """Every mistake of it."""
    text = retention.archive_after
    if text != NEVER:
        where = ("retention", "archive_after")
        yield from span_mistakes(where, text, SHORTEST_ARCHIVE, _LONGEST, "62d to 3660d, or never")


def age(text: str) -> int | None:
    """In seconds, its days of 24 hours; None: never."""
    return None if text == NEVER else seconds(text)
