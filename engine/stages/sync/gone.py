"""Rows that are no longer there: all keys of both sides compared, where no column says it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from adapters.sources.sql import SourceFailure
from engine.settings.source_model import Source
from engine.store.facts.sources import KnownRow, State

SUSPICIOUS = 20
"""From so many missing rows on, half of all that were there at once is rather an accident than an intention."""


def is_time_to_compare(source: Source, state: State, *, full: bool) -> bool:
    """Whether this pull looks at every key. Where a column tells of deletions, only a full one does."""
    if source.kind != "leads" or source.deletions == "ignore":
        return False
    every = source.compare if source.watermark else 1
    return full or (not source.deleted_flag and state.pulls + 1 >= every)


def missing_rows(
    name: str, known: Mapping[str, KnownRow], there: Collection[str], *, meant: bool
) -> dict[str, KnownRow]:
    """What is not there any more. SourceFailure: it is half of everything, and nobody said that it is `meant`."""
    missing = {key: row for key, row in known.items() if key not in there}
    if len(missing) >= SUSPICIOUS and 2 * len(missing) > len(known) and not meant:
        raise SourceFailure(
            f"{len(missing)} of {len(known)} rows are missing at once, so nobody is taken for gone; "
            f"if it is meant: followup sync {name} --full"
        )
    return missing
