"""A year as tables: what holds, how often each grade was spoken to, what policies kept back, how full days were."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from engine.domain.civil import DAY
from tests.year.claims import Claim
from tests.year.of_care import per_day
from tests.year.of_rhythm import SPAN, quiets
from tests.year.record import Record

_IN_WORDS = ("broken", "what became of it")


def show(record: Record, claims: Sequence[Claim], console: Console) -> None:
    """Everything, one table below the other."""
    for table in (_held(claims), _rhythm(record), _days(record), _rules(record), _kept_back(record)):
        console.print(table)


def _held(claims: Sequence[Claim]) -> Table:
    table = _table("What must hold", "claim", "cases", "broken")
    for claim in claims:
        told = "; ".join(claim.broken[:3])
        broken = f"[red]{len(claim.broken)}: {told}[/red]" if claim.broken else "0"
        table.add_row(claim.words, f"{claim.tried:,}", broken)
    return table


def _rhythm(record: Record) -> Table:
    """Days from contact to contact, of customers who kept owner and grade between the two."""
    gaps: dict[str, list[float]] = defaultdict(list)
    customers: dict[str, set[str]] = defaultdict(set)
    for quiet in quiets(record):
        customers[quiet.stay.grade].add(quiet.stay.lead)
        if quiet.ended_by_contact and quiet.since >= quiet.stay.start:
            gaps[quiet.stay.grade].append((quiet.until - quiet.since) / DAY)
    columns = ("grade", "asks for", "customers", "contacts", "median", "19 of 20 within", "most")
    table = _table("Days between contacts", *columns)
    for grade, found in sorted(gaps.items()):
        within = quantiles(found, n=20)[-1] if len(found) > 1 else found[0]
        numbers = (median(found), within, max(found))
        counted = (SPAN[grade], len(customers[grade]), len(found))
        table.add_row(grade, *(f"{one:,}" for one in counted), *(f"{one:.0f}" for one in numbers))
    return table


def _days(record: Record) -> Table:
    """How many levelled reminders a rep has on a day, of those on which he has any."""
    counts = Counter(len(ones) for ones in per_day(record).values())
    table = _table("Levelled reminders on a rep's day", "reminders", "days")
    for most, days in sorted(counts.items()):
        table.add_row(str(most), f"{days:,}")
    return table


def _rules(record: Record) -> Table:
    left, met = Counter(one["rule"] for one in record.messages), Counter(one["rule"] for one in record.touches)
    table = _table("Rules", "rule", "touches", "left")
    for rule, times in met.most_common():
        table.add_row(rule, f"{times:,}", f"{left[rule]:,}")
    return table


def _kept_back(record: Record) -> Table:
    policies = Counter((one["policy"], one["state"]) for one in record.touches if one["policy"])
    gates = Counter((one["gate"], one["outcome"]) for one in record.objections)
    table = _table("What policies and gates did", "policy or gate", "what became of it", "times")
    for (name, became), times in [*policies.most_common(), *gates.most_common()]:
        table.add_row(name, became, f"{times:,}")
    return table


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, name in enumerate(columns):
        table.add_column(name, justify="left" if place == 0 or name in _IN_WORDS else "right")
    return table
