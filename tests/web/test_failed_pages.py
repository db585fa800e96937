"""A page that fails tells its visitor a number, the log the same number and the places, and neither a word more."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import structlog
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from engine.service.logs import configure_logging
from engine.web.api import inlets
from engine.web.app import create_app
from tests.web.conftest import ADDRESS, SECRETS, Desk

WORDS = "no such row: Wang Fang <wang.fang@example.org>"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What is logged as in service."""
    written, before = io.StringIO(), logging.getLogger().handlers[:]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", written)
        configure_logging(json=True)
    yield written
    logging.getLogger().handlers[:] = before
    structlog.reset_defaults()


def broken(*_args: Any, **_named: Any) -> Any:
    try:
        raise KeyError("wang.fang@example.org")
    except KeyError as error:
        raise RuntimeError(WORDS) from error


def outside(desk: Desk) -> TestClient:
    """A visitor who gets what browsers get, not the exception."""
    return TestClient(create_app(desk.site), base_url=ADDRESS, raise_server_exceptions=False,
                      cookies=desk.browser.cookies)  # fmt: skip


def test_a_page_and_its_log_line_share_a_number_and_name_nobody(
    desk: Desk, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.log_in("LI_TOKEN")
    monkeypatch.setattr(type(desk.site.db), "reading", broken)
    answer = outside(desk).get("/lead/lin?note=Wang+Fang")
    assert answer.status_code == 500
    told = json.loads(log.getvalue().splitlines()[0])
    assert told["event"] == "page_failed"
    assert told["request"] == answer.headers["x-request-id"]
    assert told["request"] in answer.text
    assert told["page"] == "/lead/{lead:path}"
    assert "RuntimeError\n  " in told["exception"]
    assert "\nKeyError\n" in told["exception"]
    assert "tests/web/test_failed_pages.py:" in told["exception"]
    for said in (answer.text, log.getvalue()):
        assert "Wang" not in said
        assert "wang.fang" not in said
        assert "Traceback" not in said


def test_a_program_is_told_the_number_too(desk: Desk, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inlets, "parsed", broken)
    bearer = {"authorization": f"Bearer {SECRETS['API_TOKEN']}"}
    answer = outside(desk).post("/api/events", headers=bearer, json={"items": []})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    number = json.loads(log.getvalue().splitlines()[0])["request"]
    assert answer.headers["x-request-id"] == number
    assert number in answer.json()["detail"]
    assert "wang" not in (answer.text + log.getvalue()).lower()


def away(*_args: Any, **_named: Any) -> Any:
    raise OperationalError("SELECT 1", {}, psycopg.OperationalError("the connection is lost"))


def test_a_database_that_is_away_is_worth_another_try(
    desk: Desk, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.log_in("LI_TOKEN")
    visitor, bearer = outside(desk), {"authorization": f"Bearer {SECRETS['API_TOKEN']}"}
    monkeypatch.setattr(type(desk.site.db), "reading", away)
    monkeypatch.setattr(inlets, "parsed", away)
    for answer in (visitor.get("/lead/lin"), visitor.post("/api/events", headers=bearer, json={"items": []})):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["detail"].startswith("the database does not answer just now; send it again")
    assert log.getvalue().count("page_failed") == 2
