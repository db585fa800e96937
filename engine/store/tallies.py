"""What all daemons counted since the database was made, for monitors: counters that a restart does not set back.

They are written now and then, so a daemon that is killed takes its last seconds' counts with it. What is true of a
message stands in its row; this only counts how often things happen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Column, Connection, Float, PrimaryKeyConstraint, Table, Text, bindparam, select, update

from engine.store.database import insert_ignore
from engine.store.tables import metadata

tally = Table(
    "tally",
    metadata,
    Column("metric", Text, nullable=False),
    Column("labels", Text, nullable=False),  # their values in order, with "|" between; never personal data
    Column("value", Float, nullable=False),
    PrimaryKeyConstraint("metric", "labels", name="pk_tally"),
)

BETWEEN = "|"
"""What stands between two label values; none of them holds it."""


SECONDS, SECONDS_SUM = "stage_seconds", "stage_seconds_sum"
"""How long stages took: labels stage and bucket, and their sum by stage."""
FAILURES = "stage_failures"
"""Exceptions that left a stage: label stage."""
TOUCHES = "touches"
"""What became of touches: labels outcome and reason, a policy or a word of ours."""
ATTEMPTS = "attempts"
"""What became of attempts: labels channel, outcome and class of the code."""

BUCKETS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Upper bounds of the spans that durations are counted in, seconds. Ours: a pass takes between 10 ms and minutes."""

JUDGED = (
    "planned", "released", "drafts", "suppressed", "held", "deferred", "merged", "expired", "cancelled", "done",
    "not_done", "superseded", "dead",
)  # fmt: skip
"""Keys of a pass's counts that are about touches."""


class Series(NamedTuple):
    """One counter: the metric, and the values of its labels in their order."""

    metric: str
    labels: tuple[str, ...] = ()


_ADD = (
    update(tally)
    .where(tally.c.metric == bindparam("b_metric"), tally.c.labels == bindparam("b_labels"))
    .values(value=tally.c.value + bindparam("b_more"))
)


def add(connection: Connection, more: Mapping[Series, float]) -> None:
    """Count on. In one order, so that two daemons that count the same things wait for each other in turn."""
    rows = [(one.metric, BETWEEN.join(one.labels), count) for one, count in sorted(more.items())]
    insert_ignore(connection, tally, [{"metric": name, "labels": labels, "value": 0.0} for name, labels, _ in rows])
    for name, labels, count in rows:
        connection.execute(_ADD, {"b_metric": name, "b_labels": labels, "b_more": count})


def counted(connection: Connection) -> dict[str, dict[tuple[str, ...], float]]:
    """Everything counted so far: by metric, then by label values."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for name, labels, value in connection.execute(select(tally.c.metric, tally.c.labels, tally.c.value)):
        found.setdefault(name, {})[tuple(labels.split(BETWEEN)) if labels else ()] = value
    return found


_NUMBER = re.compile(r"[1-5][0-9][0-9]")
_WORD = re.compile(r"[a-z][a-z_]{0,39}")


def code_class(code: str) -> str:
    """A far side's code as a label of few values: 4xx, a word of ours, or `other` for a vendor's own numbers."""
    if _NUMBER.fullmatch(code):
        return f"{code[0]}xx"
    return code if not code or _WORD.fullmatch(code) else "other"
