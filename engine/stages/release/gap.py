"""The least time between two messages to one customer, whatever rules they come from: `caps.gap` of config.yaml.

What is let go in one judgement goes in the order of its hours, then of its rank; whoever comes too close to what
went before waits until the gap is over, and is judged again then. Steps of one occasion know of each other and may
come together; what is urgent waits for nobody, and others wait for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.domain.civil import add
from engine.domain.words import Audience, Touch
from engine.ground.durations import Duration
from engine.stages.plan.timing import Clockwork
from engine.stages.release.outcome import Outcome
from engine.stages.release.signatures import limit

MINUTE = 60
"""The gap is kept to the minute: the seconds that a tick takes do not carry a daily message ever further on."""

Reached = tuple[int, str, str]
"""When a customer was written to, by which rule's occasion (seconds UTC, rule, anchor)."""


def keep_apart(
    outcomes: Sequence[Outcome], sent: Mapping[str, Sequence[Any]], gap: Duration, clockwork: Clockwork, now: int
) -> list[Outcome]:
    """The outcomes, with those put off that would come closer than the gap. `sent` are touches let go, by lead."""
    waiting: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        if one.state is Touch.RELEASED and one.waiting.row.audience == Audience.LEAD:
            waiting[one.waiting.row.lead].append(one)
    changed: dict[int, Outcome] = {}
    for lead, ones in waiting.items():
        reached = list(_reached(sent.get(lead, ())))
        if len(ones) == 1 and not reached:
            continue
        for one in sorted(ones, key=_order):
            kept = _put_off(one, reached, gap, clockwork, now)
            changed[one.waiting.row.id] = kept
            if kept.state is Touch.RELEASED:
                row = one.waiting.row
                reached.append((_moment(row.due_at, now), row.rule, row.anchor))
    return [changed.get(one.waiting.row.id, one) for one in outcomes] if changed else list(outcomes)


def _reached(sent: Sequence[Any]) -> Iterator[Reached]:
    for row in sent:
        if row.audience == Audience.LEAD:
            yield _moment(row.due_at, row.released_at or 0), row.rule, row.anchor


def _moment(due_at: int, released_at: int) -> int:
    """When it reached him: at its hour, or later if that was missed."""
    return max(due_at, released_at // MINUTE * MINUTE)


def _order(one: Outcome) -> tuple[int, int, str, str]:
    row = one.waiting.row
    priority = row.priority if one.priority is None else one.priority
    return row.due_at, priority, row.rule, row.occurrence_key


def _put_off(one: Outcome, reached: Sequence[Reached], gap: Duration, clockwork: Clockwork, now: int) -> Outcome:
    row, step, zone = one.waiting.row, one.waiting.step, one.waiting.zone
    assert step is not None
    others = [at for at, rule, anchor in reached if (rule, anchor) != (row.rule, row.anchor)]
    clear = max((add(at, gap, zone) for at in others), default=0)
    if step.urgent or clear <= _moment(row.due_at, now):
        return one
    due = clockwork.due_at(clear, step, Audience.LEAD, zone)
    if due >= limit(one.waiting):
        return one._replace(state=Touch.EXPIRED, reason="deferred_out")
    return one._replace(state=Touch.DEFERRED, reason="gap", judge_at=due, due_at=due)
