"""The sources of config.yaml: pulled by the daemon when it is time, by `followup sync` when somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from adapters.sources.sql import SqlSource
from engine.domain.civil import local
from engine.service.app import App
from engine.settings.model import Settings
from engine.settings.secrets import MissingSecret, is_reference, resolve
from engine.settings.source_model import Source
from engine.stages.sync.pull import Order, Pulled, pull, remember
from engine.stages.sync.rows import asked_of
from engine.store.database import Connection
from engine.store.facts.sources import State, refused_by_source, state_of

log = structlog.get_logger(__name__)


def pull_source(
    app: App, name: str, *, full: bool = False, dry_run: bool = False, stopped: Callable[[], bool] = lambda: False
) -> Pulled:
    """Pull a source of config.yaml now, whenever it was pulled last."""
    source, now = app.settings.sources[name], app.clock.now()
    try:
        url = _url(source, app.home)
    except MissingSecret as error:
        pulled = Pulled(name, failure=str(error), error=type(error).__name__)
        with app.db.writing() as connection:
            remember(connection, name, pulled, now)
        return pulled
    return pull(app.db, app.settings, app.gates(), Order(name, source, url, full, dry_run, stopped), now)


def visit(app: App, name: str) -> int:
    """Connect, log in and ask for the columns; how many there are. SourceFailure, MissingSecret."""
    source = app.settings.sources[name]
    asked = asked_of(source)
    with SqlSource(_url(source, app.home), asked).reading():
        return len(asked.columns)


def pull_when_due(app: App, name: str, stopped: Callable[[], bool]) -> None:
    """The daemon's turn: a source that failed is left alone until it is to be tried again."""
    with app.db.reading() as connection:
        retry_at = state_of(connection, name).retry_at
        waits = app.settings.sources[name].kind != "leads" and _leads_to_come(app, connection)
    if waits or (retry_at is not None and app.clock.now() < retry_at):
        return
    pulled = pull_source(app, name, stopped=stopped)
    counts = {key: pulled.counts[key] for key in Pulled.KEYS if pulled.counts[key]}
    if pulled.failure is not None:
        log.warning("source_failed", source=name, error=pulled.error, counts=counts)
    elif set(counts) - {"fetched", "unchanged"}:
        log.info("source_pulled", source=name, counts=counts)


def in_turn(settings: Settings) -> list[str]:
    """The sources in the order of config.yaml, those of leads first: what is said of a lead needs him to be there."""
    return sorted(settings.sources, key=lambda name: settings.sources[name].kind != "leads")


def _leads_to_come(app: App, connection: Connection) -> bool:
    """Whether some source of leads is still at its first pull; one that fails keeps nobody waiting."""
    names = [name for name, source in app.settings.sources.items() if source.kind == "leads"]
    standing = [state_of(connection, name) for name in names]
    return any(one.pulled_at is None and one.failure is None for one in standing)


def _url(source: Source, home: Path) -> str:
    """A relative SQLite path starts at config.yaml. MissingSecret: the reference leads nowhere."""
    url = resolve(source.url, home) if is_reference(source.url) else source.url
    kind, _, path = url.partition(":///")
    if kind.partition("+")[0] != "sqlite" or Path(path).is_absolute():
        return url
    return f"{kind}:///{(home / path).resolve()}"


@dataclass(frozen=True)
class Standing:
    """How a source of config.yaml stands; `refused`: rows that wait to be mended."""

    name: str
    state: State
    refused: int

    def as_json(self, zone_name: str) -> dict[str, object]:
        """Its keys in `status --json`; instants are ISO 8601 in that zone."""
        state = self.state
        return {
            "source": self.name, "pulled_at": _iso(state.pulled_at, zone_name), "counts": state.counts,
            "quarantined": self.refused, "failure": state.failure, "failures": state.failures,
            "retry_at": _iso(state.retry_at, zone_name),
        }  # fmt: skip


def _iso(at: int | None, zone_name: str) -> str | None:
    return None if at is None else local(at, zone_name).isoformat()


def source_standings(app: App, connection: Connection) -> Iterator[Standing]:
    """Every source, in the order of config.yaml."""
    refused = refused_by_source(connection) if app.settings.sources else {}
    for name in app.settings.sources:
        yield Standing(name, state_of(connection, name), refused.get(name, 0))
