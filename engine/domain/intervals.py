"""Dates that return after a span of their own instead of every year: `every: 100d` after a child's birth."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from engine.domain.civil import add_civil
from engine.domain.dates import LifeDate, Occurrence, first_day
from engine.ground.durations import Duration

_TEXT = re.compile(r"every (\d+)mo(\d+)d (\w+)", re.ASCII)


@dataclass(frozen=True)
class Interval:
    """Returns of the dates of a kind. `span` is in months and days, and positive."""

    kind: str
    span: Duration

    @property
    def text(self) -> str:
        """Its canonical form, as the database keeps it beside date policies: `every 6mo0d signing`."""
        return f"every {self.span.months}mo{self.span.days}d {self.kind}"


def interval_of(text: str) -> Interval | None:
    """The interval whose canonical form that is; None: it is a date policy's."""
    shape = _TEXT.fullmatch(text)
    return Interval(shape[3], Duration(int(shape[1]), int(shape[2]))) if shape else None


def nth_return(found: LifeDate, span: Duration, n: int) -> date | None:
    """The n-th return, counted from the date itself and not from the return before. None: its year is unknown."""
    return None if found.year is None else add_civil(first_day(found), span.times(n))


def next_return(found: LifeDate, not_before: date, span: Duration) -> Occurrence | None:
    """The first return on or after that day; the date itself is none. Its `year` is its number."""
    if found.year is None:
        return None
    begun = first_day(found)
    n = max((not_before - begun).days // (span.months * 31 + span.days), 1)
    while (on := add_civil(begun, span.times(n))) < not_before:
        n += 1
    return Occurrence(on, n, n)
