"""Touches that wait and will go no further: their own `if` or their rule's `until` ends them before any policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from engine.domain.words import TOUCH_OPEN
from engine.rulebook.evaluate import Snapshot, holds
from engine.rulebook.model import Rule, RuleBook, Step
from engine.settings.model import Settings
from engine.stages.since_then import asks_what_was_logged, since_then
from engine.store.database import Connection
from engine.store.lookups import lookups


def ending(
    connection: Connection, settings: Settings, book: RuleBook, lead: Mapping[str, Any], snapshot: Snapshot,
    touches: Sequence[Any],
) -> dict[int, int]:
    """When each of those touches is looked at (seconds UTC) that ends then, by the facts as they are now."""
    counts_from = lookups.counts_from(connection, snapshot.lead)
    waiting = [
        (row, rule, step, counts_from[row.rule, row.anchor])
        for row, rule, step in _open(book, touches)
        if (row.rule, row.anchor) in counts_from
    ]
    asked = [
        (snapshot.lead, at) for _, rule, step, at in waiting if asks_what_was_logged([step.condition, *_until(rule)])
    ]
    since, him = since_then(connection, asked, settings.vocabularies.reply_outcomes), SimpleNamespace(**lead)
    return {
        row.id: row.judge_at
        for row, rule, step, at in waiting
        if not holds(step.condition, since.seen(snapshot, him, at, with_its_cause=True))
        or any(holds(until, since.seen(snapshot, him, at, with_its_cause=False)) for until in _until(rule))
    }


def _open(book: RuleBook, touches: Sequence[Any]) -> Iterator[tuple[Any, Rule, Step]]:
    for row in touches:
        rule = book.rule(row.rule) if row.state in TOUCH_OPEN and row.judge_at is not None else None
        step = next((step for step in rule.steps if step.id == row.step), None) if rule else None
        if rule is not None and step is not None:
            yield row, rule, step


def _until(rule: Rule) -> tuple[Any, ...]:
    return () if rule.until is None else (rule.until,)
