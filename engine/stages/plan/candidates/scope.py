"""What a look for occasions is given, and what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from engine.domain.calendars.house import Calendars
from engine.settings.model import Settings
from engine.stages.plan.timing import Moment
from engine.store.book import planning
from engine.store.book.planning import LeadRow, Page
from engine.store.database import Connection
from engine.store.parts import WHOLE, Part
from engine.store.tables import lead

_FETCH = 1_000  # rows fetched at once: one by one costs four times the CPU


class Candidate(NamedTuple):
    """One occasion that may be born."""

    lead: LeadRow
    anchor: str
    occurs: Moment
    counts_from: int | None  # contacts from here on end `until: contacted`; None: from the first step on
    nth: int | None
    spread_to: int | None = None  # backfill: the instant that its first step was put off to


@dataclass(frozen=True)
class Scope:
    """What is looked at: openings in [lo, hi) (lo None: however old), of these leads (None: of all), at `now`.

    Of all leads it may be those of one `part` only, or a `page` of them.
    `every_return`: of a `since` rule also the returns long past, not only the latest of them.
    """

    now: int
    lo: int | None
    hi: int
    leads: tuple[str, ...] | None
    zones: tuple[str, ...]
    every_return: bool = False
    part: Part = WHOLE
    page: Page | None = None


@dataclass(frozen=True)
class Source:
    """Where candidates come from: the open connection, config.yaml and its calendars."""

    connection: Connection
    settings: Settings
    calendars: Calendars

    def rows(
        self, query: Any, scope: Scope, windows: Sequence[planning.Window] = (), **values: Any
    ) -> Iterator[Any]:
        """Rows of the query among the scope's leads; it is executed with these windows and values."""
        values |= planning.window_values(windows)
        if scope.leads is not None:
            query, whose = planning.of_leads(query, scope.leads)
            values |= whose
        elif scope.part.shards is not None:
            query = query.where(scope.part.has(lead.c.shard))
        if scope.page is not None:
            query = query.where(planning.on_page(scope.page))
        for part in self.connection.execute(query, values).partitions(_FETCH):
            yield from part

    @property
    def catch_up(self) -> int:
        return self.settings.caps.catch_up_days * 86_400
