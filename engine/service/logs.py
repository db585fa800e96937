"""Logs: ids only, readable on a terminal, JSON under systemd and in pipes."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from engine.service.traces import told_by_place

ALLOWED = frozenset({
    "event", "level", "timestamp", "logger", "touch", "delivery", "rule", "policy", "lead", "rep", "receiver",
    "channel", "state", "reason", "code", "detail", "generation", "counts", "stage", "error", "worker", "count",
    "seconds", "problems", "database", "faults", "engine", "since", "pid", "port", "signal", "exception",
    "message_id", "request", "page",
})  # fmt: skip
"""Keys that may be logged. Names, addresses and bodies have no key here, so they cannot get in."""


def configure_logging(*, json: bool | None = None, level: int = logging.INFO) -> None:
    """Set up structlog, and the standard library's loggers through it. `json` None: by the kind of stderr."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        told_by_place,
        only_allowed,
    ]
    renderer = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)  # other people's libraries put addresses into their messages
    for ours in ("engine", "adapters"):
        logging.getLogger(ours).setLevel(level)


def only_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that is not known to hold an id or a count."""
    dropped = [key for key in event if key not in ALLOWED and not key.startswith("_")]
    for key in dropped:
        del event[key]
    return event
