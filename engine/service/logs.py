"""Logs: ids only. Readable on a terminal, JSON lines in pipes; in systemd's journal each with its priority as well."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

from engine.service.log_keys import FORMS, HIDDEN, shown
from engine.service.traces import told_by_place

OURS = ("engine", "adapters")
"""Loggers whose events are words of ours."""

PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog's numbers, which journald takes from the head of a line: sd-daemon(3)."""


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
    json_line = structlog.processors.JSONRenderer(ensure_ascii=False)
    renderers: list[Any] = [json_line] if as_json else [structlog.dev.ConsoleRenderer()]
    if as_json and goes_to_journal(sys.stderr, os.environ):
        renderers = [_with_priority(json_line)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[without_arguments, *shared],
            pass_foreign_args=True,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.ERROR)  # other people's libraries put addresses into their messages
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)


def goes_to_journal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether what is written there arrives in systemd's journal: $JOURNAL_STREAM names that very stream."""
    told = environment.get("JOURNAL_STREAM")
    if not told:
        return False
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):  # it is no file of the system's
        return False
    return told == f"{found.st_dev}:{found.st_ino}"


def _with_priority(json_line: structlog.processors.JSONRenderer) -> Any:
    """The line after its priority, so that `journalctl -p warning` finds it."""

    def render(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
        priority = PRIORITIES.get(str(event.get("level")), PRIORITIES["info"])
        return f"<{priority}>{json_line(logger, method, event)!s}"

    return render


def log_beside_output() -> None:
    """For a command that prints what it did: warnings and worse to stderr, since scripts read stdout.

    Where logs have a place already, they keep it.
    """
    if structlog.is_configured():
        return
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _worth_a_warning,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            told_by_place,
            only_allowed,
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _worth_a_warning(_logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if method in ("debug", "info"):
        raise structlog.DropEvent
    return event


def only_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every key that has no form, and hide every value that has not the form of its key."""
    for key in [key for key in event if not key.startswith("_")]:
        if key in FORMS:
            event[key] = shown(key, event[key])
        else:
            del event[key]
    return event


def without_arguments(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of what other people's libraries say, the sentence as it stands in their code: what they fill in may be a name.

    A sentence without places to fill in may have been filled in before it came here, unless it is a single word.
    """
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and not record.name.startswith(OURS):
        plain = isinstance(record.msg, str) and (event.get("positional_args") or record.msg.isidentifier())
        event["event"] = record.msg if plain else HIDDEN
    return event
