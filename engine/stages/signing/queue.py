"""The order in which drafts are signed, and whether there is time for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from engine.store.outbox.to_sign import Waiting

SECONDS_EACH = 30
"""What reading one draft and signing it takes. Ours, at a guess: some are signed as they are, some are rewritten."""

Row = TypeVar("Row", bound=Waiting)


def in_order(rows: Iterable[Row], tiers: Sequence[str]) -> list[Row]:
    """The best customers first, of one tier the draft with the nearest deadline; customers without a tier last."""
    ranks = {tier: place for place, tier in enumerate(tiers)}
    return sorted(rows, key=lambda row: (ranks.get(row.tier or "", len(ranks)), row.deadline_at or 0, row.touch))


def not_in_time(deadlines: Iterable[int], now: int) -> int:
    """How many drafts would still be unsigned at their deadlines, if one sat down now and took them as they end."""
    missed = 0
    at = now
    for deadline in sorted(deadlines):
        if at + SECONDS_EACH > deadline:
            missed += 1
        else:
            at += SECONDS_EACH
    return missed
