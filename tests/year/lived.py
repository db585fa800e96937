"""All that is claimed of a year, and for how many customers a rep has the time."""

from __future__ import annotations

from tests.year import of_care, of_hands, of_rhythm
from tests.year.claims import Claim, judged
from tests.year.record import Record

PER_REP = 30
"""Customers of one rep: seven levelled reminders a day are enough for them, also beside those of a colleague away."""


def judge(record: Record) -> list[Claim]:
    """Every claim about the year."""
    return judged(record, (*of_care.CHECKS, *of_rhythm.CHECKS, *of_hands.CHECKS))
