"""The pages as the child of a daemon (`run --web`), which loads nothing of them itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import structlog

from engine.service.app import App
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
