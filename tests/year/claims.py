"""What must hold of a year, whoever lived it: each claim with how often it was put to the test, and who broke it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.year.record import Record

Check = Callable[[Record], Iterator[str | None]]
"""Yields None for each case that holds, and words for one that does not. Its docstring is the claim."""


@dataclass(frozen=True)
class Claim:
    """`tried`: how many cases could have broken it; `broken`: those that did, in words."""

    name: str
    words: str
    tried: int
    broken: tuple[str, ...]


def judged(record: Record, checks: tuple[Check, ...]) -> list[Claim]:
    """Every claim, with what was found."""
    return [_judged(record, check) for check in checks]


def _judged(record: Record, check: Check) -> Claim:
    cases = list(check(record))
    words = (check.__doc__ or check.__name__).strip().partition("\n")[0]
    return Claim(check.__name__, words, len(cases), tuple(case for case in cases if case))
