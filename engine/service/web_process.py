"""The pages as a process: alone (`followup web`), or as the child of a daemon."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType

import structlog

from engine.service.app import open_app
from engine.service.logs import configure_logging
from engine.service.notify import sd_notify
from engine.service.web import site_for
from engine.web.app import create_app
from engine.web.serve import listen, serve

log = structlog.get_logger(__name__)


def run_web(config: Path) -> int:
    """The pages in the foreground until SIGTERM or SIGINT; 0 when it ended well."""
    configure_logging()
    # uvicorn takes these while it serves, and sends them to us again once its last answer is given.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    with open_app(config) as app:
        site = site_for(app)
        with listen(site.web.bind, site.home) as listening:
            sd_notify("READY=1")
            log.info("web_ready", bind=site.web.bind)
            serve(create_app(site), listening)
    return 0


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leave from wherever it is, also half-way through its start, closing what is open."""
    raise SystemExit(0)
