"""Telling the source who owns a lead, how he stands and when he was spoken to last, by the statement of config.yaml.

At least once: theirs is committed before ours remembers it, so a crash in between tells it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapters.sources.sql import SourceFailure, SqlSource
from engine.domain.civil import zone
from engine.settings.source_model import Source
from engine.store.database import Database
from engine.store.facts import sources as store
from engine.store.facts.dirty import chunks


def write_back(db: Database, remote: SqlSource, name: str, source: Source) -> int:
    """Tell what changed since it was told last; how many rows. SourceFailure: the statement cannot be run."""
    with db.reading() as connection:
        changed = store.untold(connection, name)
    used = set(re.findall(r":(\w+)", source.write_back))
    news = {key: (told, now) for key, (told, now) in changed.items() if _concerns(told or {}, now, used)}
    for keys in chunks(news):
        rows = [_parameters(key, news[key][1], source.timezone) for key in keys]
        try:
            remote.write_back(source.write_back, [{name: row[name] for name in row if name in used} for row in rows])
        except SourceFailure as error:
            raise SourceFailure(f"write_back: {error}") from error
        with db.writing() as connection:
            store.keep_told(connection, name, {key: news[key][1] for key in keys})
    return len(news)


def _concerns(told: Mapping[str, Any], now: Mapping[str, Any], used: set[str]) -> bool:
    return any(told.get(name) != value for name, value in now.items() if name in used)


def _parameters(key: str, values: Mapping[str, Any], zone_name: str) -> dict[str, Any]:
    at = values["last_contact"]
    wall = None if at is None else datetime.fromtimestamp(at, zone(zone_name)).replace(tzinfo=None)
    return {"key": key, "owner": values["owner"], "status": values["status"], "last_contact": wall}
