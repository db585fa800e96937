"""Where tests listen: at every place at which the program says something that is not meant for one reader."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import structlog
from click.testing import CliRunner, Result
from sqlalchemy import BindParameter, Engine, event
from sqlalchemy.sql.dml import Insert, Update

from engine.service.logs import only_allowed
from engine.service.traces import told_by_place
from engine.store import many
from engine.store.database import Database, sqlite_path
from engine.web.guard import Guard
from tests.canaries.ears import Ears

ears = Ears()
"""Those of the test that runs."""
ROOT = str(Path(__file__).parents[2]) + "/"
MONITORED = ("/metrics", "/healthz", "/readyz")
LINKS = ("/act/", "/sign/", "/task/", "/survey/", "/unsubscribe/")
"""Where signed links lead."""
_TABLE = re.compile(r"(?:INSERT INTO|UPDATE) (\w+)")


def begin_anew() -> Ears:
    """For another test: all that follows is his."""
    global ears
    ears = Ears()
    return ears


def listen(patch: pytest.MonkeyPatch) -> None:
    """From now on everything is heard."""
    _listen_to_logs(patch)
    _listen_to_processes(patch)
    _listen_to_commands(patch)
    _listen_to_pages(patch)
    _watch_what_is_written(patch)


def read_aloud(said: Path) -> None:
    """What a process wrote into that file."""
    if said.is_file():
        ears.hear("process", said.name, "output", said.read_text(encoding="utf-8", errors="replace"))


def _listen_to_logs(patch: pytest.MonkeyPatch) -> None:
    """As they leave: what the allow-list takes out is not said."""
    proxy, handle = structlog.BoundLoggerBase._proxy_to_logger, logging.Logger.handle

    def told(self: Any, method: str, event: str | None = None, **more: Any) -> Any:
        line = told_by_place(None, method, {**self._context, **more, "event": event or ""})
        _log(_caller(), only_allowed(None, method, line))
        return proxy(self, method, event, **more)

    def handled(self: logging.Logger, record: logging.LogRecord) -> None:
        ours = record.name.startswith(("engine", "adapters"))
        if isinstance(record.msg, str) and (ours or record.levelno >= logging.ERROR):
            plain = record.getMessage() if ours or not record.args else record.msg
            _log(f"{record.name}:{record.lineno}", {"event": plain})
        handle(self, record)

    patch.setattr(structlog.BoundLoggerBase, "_proxy_to_logger", told)
    patch.setattr(logging.Logger, "handle", handled)


def _log(place: str, line: Mapping[str, Any]) -> None:
    for key, value in line.items():
        if not isinstance(value, (int, float)):
            ears.hear("log", place, key, str(value))
    ears.counts["log lines"] += 1


def _caller() -> str:
    """The innermost place of ours that is not here."""
    frame = sys._getframe(1)
    while frame.f_back and not frame.f_code.co_filename.startswith((ROOT + "engine", ROOT + "adapters")):
        frame = frame.f_back
    return f"{frame.f_code.co_filename.removeprefix(ROOT)}:{frame.f_lineno}"


def _listen_to_processes(patch: pytest.MonkeyPatch) -> None:
    """Their stderr, where it goes into a pipe or a file; only ours."""
    start, wait, communicate = subprocess.Popen.__init__, subprocess.Popen.wait, subprocess.Popen.communicate

    def started(self: Any, args: Any, *more: Any, **named: Any) -> None:
        start(self, args, *more, **named)
        self.heard_from = getattr(named.get("stderr"), "name", None) if "engine." in str(args) else None

    def waited(self: Any, *args: Any, **named: Any) -> int:
        code = wait(self, *args, **named)
        if isinstance(self.heard_from, str):
            read_aloud(Path(self.heard_from))
            self.heard_from = None
        return code

    def communicated(self: Any, *args: Any, **named: Any) -> Any:
        out, err = communicate(self, *args, **named)
        if err and "engine." in str(self.args):
            ears.hear("process", str(self.args)[-120:], "stderr", err if isinstance(err, str) else err.decode())
        return out, err

    patch.setattr(subprocess.Popen, "__init__", started)
    patch.setattr(subprocess.Popen, "wait", waited)
    patch.setattr(subprocess.Popen, "communicate", communicated)


def _listen_to_commands(patch: pytest.MonkeyPatch) -> None:
    """Their stderr: stdout is for whoever may see it. A command may say again what was typed."""
    invoke = CliRunner.invoke

    def invoked(self: CliRunner, cli: Any, args: Any = None, *more: Any, **named: Any) -> Result:
        done = invoke(self, cli, args, *more, **named)
        typed = " ".join(map(str, args or ()))
        if done.stderr:
            ears.hear("command", f"followup {typed}"[:160], "stderr", done.stderr, f"{typed} {named.get('input', '')}")
        return done

    patch.setattr(CliRunner, "invoke", invoked)


def _listen_to_pages(patch: pytest.MonkeyPatch) -> None:
    """What is answered with an error, and what monitors read. A page may say again what its visitor sent."""
    answer = Guard.__call__

    async def answered(self: Guard, scope: Any, receive: Any, send: Any) -> None:
        page = _Page(scope)

        async def received() -> Any:
            message = await receive()
            page.asked.append(message.get("body") or b"")
            return message

        async def sent(message: Any) -> None:
            page.status = message.get("status", page.status)
            page.answered.append(message.get("body", b""))
            await send(message)

        await answer(self, scope, received, sent)
        page.hear()

    patch.setattr(Guard, "__call__", answered)


class _Page:
    """One request and its answer."""

    def __init__(self, scope: Any) -> None:
        self.scope, self.path, self.status = scope, str(scope.get("path", "")), 0
        self.asked, self.answered = [scope.get("query_string", b""), self.path.encode()], [b""]

    def hear(self) -> None:
        monitored = self.path in MONITORED and self.status < 400
        if monitored or (self.status >= 400 and not self._is_his_form_again()):
            typed = unquote_plus(b" ".join(self.asked).decode("utf-8", "replace"))
            place = f"{self.scope.get('method')} {self.path}"
            said = b"".join(self.answered).decode("utf-8", "replace")
            ears.hear("metrics" if monitored else "page", place, str(self.status), said, typed)

    def _is_his_form_again(self) -> bool:
        """A form that was not filled in well comes back with what stood around it: who has come in sees that anyway."""
        came_in = self.path.startswith(LINKS) or b"followup=" in dict(self.scope.get("headers", ())).get(b"cookie", b"")
        return came_in and self.status in (400, 409) and b'<form method="post"' in b"".join(self.answered)


def _watch_what_is_written(patch: pytest.MonkeyPatch) -> None:
    """Every personal value on its way into any database, and which files were used."""
    opened, parameters = Database.__init__, many._Compiled.parameters

    def opening(self: Database, url: str, **named: Any) -> None:
        opened(self, url, **named)
        path = sqlite_path(url)
        if path is not None:
            ears.files.add(path.absolute())

    def bound(self: Any, row: Mapping[str, Any]) -> Any:
        into = _TABLE.match(self.sql)
        for name in self.names if into else ():
            ears.wrote(into[1], name, row.get(name))
        return parameters(self, row)

    patch.setattr(Database, "__init__", opening)
    patch.setattr(many._Compiled, "parameters", bound)
    event.listen(Engine, "before_execute", _written)


def _written(_connection: Any, clause: Any, rows: Sequence[Any], row: Any, _options: Any) -> None:
    if isinstance(clause, (Insert, Update)):
        table = clause.table.name
        for told in (*rows, row):
            for column, value in told.items():
                ears.wrote(table, column, value)
        for column, value in (clause._values or {}).items():
            if isinstance(value, BindParameter):
                ears.wrote(table, getattr(column, "name", column), value.value)
