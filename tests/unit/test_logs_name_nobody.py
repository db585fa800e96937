"""What is logged has ids and places in the program, and nothing that an exception quotes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from engine.service.logs import configure_logging
from engine.store.database import Database

WORDS = "Canary Wang, canary@canary.example"


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


def fail() -> None:
    try:
        raise KeyError(WORDS)
    except KeyError as error:
        raise ValueError(f"cannot read {WORDS}") from error


@pytest.mark.parametrize("name", ["engine.stages", "somebody.else"])
@pytest.mark.parametrize("json", [True, False])
def test_an_exception_is_logged_without_its_words(capsys: pytest.CaptureFixture[str], name: str, json: bool) -> None:
    configure_logging(json=json)
    log = structlog.get_logger(name) if name.startswith("engine") else logging.getLogger(name)
    try:
        fail()
    except ValueError:
        log.exception("stage_failed")
    said = capsys.readouterr().err
    assert "stage_failed" in said
    assert "ValueError" in said
    assert "KeyError" in said
    assert "test_logs_name_nobody.py" in said
    assert "anary" not in said


def test_keys_that_nobody_allowed_are_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True)
    structlog.get_logger("engine.stages").info("sent", lead="wang", name=WORDS, address=WORDS, text=WORDS)
    said = capsys.readouterr().err
    assert '"lead": "wang"' in said
    assert "anary" not in said


def test_what_libraries_say_below_an_error_is_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(json=True)
    logging.getLogger("somebody.else").warning("to %s", WORDS)
    assert "anary" not in capsys.readouterr().err


def test_a_database_error_quotes_no_value(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'store.sqlite'}")
    with db.writing() as connection:
        connection.execute(text("CREATE TABLE t (name TEXT CHECK (length(name) < 3))"))
        with pytest.raises(IntegrityError) as failed:
            connection.execute(text("INSERT INTO t VALUES (:name)"), {"name": WORDS})
    db.close()
    assert "anary" not in str(failed.value)
