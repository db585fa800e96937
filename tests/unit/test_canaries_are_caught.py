"""The listeners of the whole suite hear what is let out: one leak of each kind, made on purpose."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import structlog
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from engine.domain.people import LeadEntry
from engine.store.database import Database
from engine.store.facts.dirty import Stamp
from engine.store.facts.people import upsert_leads
from engine.store.upgrade import create_all
from engine.web.guard import Guard
from tests.canaries import listening
from tests.canaries.ears import Ears

NAME, ADDRESS, NUMBER = "金丝雀", "kanari@kanari.example", "+8613900424242"
DEFAULTS = {"timezone": "Asia/Shanghai", "locale": "zh-Hans", "country": "CN"}
TOLD = f"rules/a.yaml:1:2: error R104: unknown key \"{NAME}\""
WRITES = "import sys; from engine.ground import clock; sys.stderr.write(sys.argv[1])"


@pytest.fixture
def ears(tmp_path: Path) -> Iterator[Ears]:
    """Ears of our own, for leaks on purpose, which know a customer by what was written into a book."""
    own = listening.begin_anew()
    db = Database(f"sqlite:///{tmp_path / 'book.sqlite'}")
    create_all(db)
    entry = LeadEntry("lead-1", {"name": NAME, "email": ADDRESS, "phone": NUMBER, "attrs": {"hobby": "Kanari songs"}})
    with db.writing() as connection:
        upsert_leads(connection, [entry], DEFAULTS, Stamp(0, "test"))
    yield own
    db.close()
    listening.begin_anew()


def answering(status: int, text: str) -> TestClient:
    def say(_request: Any) -> HTMLResponse:
        return HTMLResponse(text, status)

    def measure(_request: Any) -> PlainTextResponse:
        return PlainTextResponse(f'followup_touches{{reason="{text}"}} 1\n')

    app = Starlette(routes=[Route("/page", say), Route("/metrics", measure)])
    return TestClient(Guard(app, {"testserver"}))


def say_on_stderr(words: str) -> None:
    @click.command()
    def command() -> None:
        click.echo(words, err=True)

    CliRunner().invoke(command, [])


def run(*arguments: str, **streams: Any) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITES, *arguments], **streams) as process:
        process.communicate()


def log_a_traceback() -> None:
    try:
        raise ValueError(NAME)
    except ValueError:
        structlog.get_logger("engine.x").exception("failed", reason=ADDRESS)


LEAKS = {
    "log": lambda _: structlog.get_logger("engine.x").info("sent", lead=NAME),
    "log of a list": lambda _: structlog.get_logger("engine.x").info("sent", problems=[TOLD]),
    "log of an event": lambda _: structlog.get_logger("engine.x").info(f"sent to {ADDRESS}"),
    "log of a library": lambda _: logging.getLogger("apprise").error(f"cannot reach {NUMBER}"),
    "command": lambda _: say_on_stderr(f"no such lead: {NAME}"),
    "process": lambda _: run(f"deliver {NUMBER[3:]}", stderr=subprocess.PIPE),
    "page": lambda _: answering(404, f"no page for {NAME}").get("/page"),
    "metrics": lambda _: answering(200, ADDRESS).get("/metrics"),
}  # fmt: skip


@pytest.mark.parametrize("kind", LEAKS)
def test_a_leak_of_each_kind_is_caught(ears: Ears, kind: str) -> None:
    LEAKS[kind](None)
    [leak] = ears.leaks()
    assert f": {kind.split()[0]} " in leak
    assert any(one in leak for one in (NAME, ADDRESS, NUMBER))


def test_a_process_that_writes_into_a_file_is_read(ears: Ears, tmp_path: Path) -> None:
    with (tmp_path / "stderr.txt").open("wb") as file:
        run(f"deliver to {NAME}", stderr=file)
    [leak] = ears.leaks()
    assert leak.startswith("stderr.txt: process output: '金丝雀'")


def test_what_is_meant_for_one_reader_is_no_leak(ears: Ears) -> None:
    log_a_traceback()
    structlog.get_logger("engine.x").info("sent", lead="lead-1", address=ADDRESS)
    CliRunner().invoke(click.Command("show", callback=lambda: click.echo(NAME)), [])
    answering(200, NAME).get("/page")
    answering(404, f"no page called {NAME}").get("/page", params={"q": NAME})
    answering(404, f"kein {NAME[:2]}, kanari@kanari.example.org").get("/page")
    assert list(ears.leaks()) == []
    assert ears.counts["log lines"] == 2
