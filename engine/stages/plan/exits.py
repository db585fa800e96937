"""Whether occasions have reached their `until`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.rulebook.conditions import reads_circumstances
from engine.rulebook.evaluate import holds
from engine.rulebook.model import Rule
from engine.stages.since_then import asks_what_was_logged, paths_of_leads, since_then
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Connection


class Exits:
    """Whether occasions have reached their `until`."""

    def __init__(
        self, connection: Connection, now: int, ruled: Sequence[tuple[Any, Rule | None]], replies: tuple[str, ...]
    ) -> None:
        asked = [(row, rule) for row, rule in ruled if rule is not None and rule.until is not None]
        paths = paths_of_leads([rule.until for _, rule in asked if rule.until])
        leads = sorted({row.lead for row, _ in asked})
        wants_events = any(rule.until is not None and reads_circumstances(rule.until) for _, rule in asked)
        self._snapshots = load_snapshots(connection, leads, paths, now, circumstances=wants_events)
        exits = (
            (row.lead, row.counts_from_at)
            for row, rule in asked if rule.until and asks_what_was_logged([rule.until])
        )  # fmt: skip
        self._since = since_then(connection, exits, replies)

    def has_ended(self, row: Any, rule: Rule) -> bool:
        """`row` is an occasion with its lead's last contact, last attempt and last outcome."""
        if rule.until is None:
            return False
        seen = self._since.seen(self._snapshots[row.lead], row, row.counts_from_at, with_its_cause=False)
        return holds(rule.until, seen)
