"""The pages as a process: alone (`followup web`), or as the child of a daemon (`run --web`)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

import structlog

from engine.service.app import App, open_app
from engine.service.logs import configure_logging
from engine.service.notify import sd_notify
from engine.web.app import create_app
from engine.web.serve import listen, serve
from engine.web.site import Site, site_of

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 10.0
"""How long a child that ended by itself is left alone before it is started again. Ours."""
_PROGRAM = (
    "from engine.service.web import end_with_parent; end_with_parent(); from engine.cli.main import main; main()"
)
END_SECONDS = 20.0
"""How long it has to end. Ours."""


def site_for(app: App) -> Site:
    """The site of a set-up. NoWeb: config.yaml describes none."""
    return site_of(app.settings, app.home, app.db, app.clock, app.books, app.clockwork, app.gates)


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


def end_with_parent() -> None:
    """Have this process end when the one that started it does, however that ends: its end of our stdin closes then."""

    def wait() -> None:
        while os.read(0, 4096):  # not by sys.stdin, whose lock a thread that waits keeps when the process ends
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


class WebChild:
    """`followup web` as a process of the daemon's: started again if it ends by itself."""

    def __init__(self, config: Path) -> None:
        self._command = [sys.executable, "-c", _PROGRAM, "--config", str(config), "web"]
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at = 0.0

    def look_after(self) -> None:
        """Start it if it does not run; call this every now and then."""
        if self._process is not None and self._process.poll() is not None:
            log.error("web_ended", code=self._process.returncode)
            self._process = None
            self._again_at = time.monotonic() + AGAIN_SECONDS
        if self._process is None and time.monotonic() >= self._again_at:
            # The manager is told by the daemon alone.
            env = {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
            self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, env=env)
            log.info("web_started", pid=self._process.pid)

    def stop(self) -> None:
        """End it, whatever it takes."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
