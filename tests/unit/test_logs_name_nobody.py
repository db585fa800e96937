"""What is logged has ids and places in the program, and nothing that an exception quotes."""

from __future__ import annotations

import ast
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

import pytest
import structlog
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from engine.service.log_keys import FORMS, HIDDEN, shown
from engine.service.logs import configure_logging
from engine.store.database import Database

ROOT = Path(__file__).parents[2]
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
@pytest.mark.parametrize("as_json", [True, False])
def test_an_exception_is_logged_without_its_words(capsys: pytest.CaptureFixture[str], name: str, as_json: bool) -> None:
    configure_logging(json=as_json)
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


SAID = {
    "place": "rules/birthday.yaml:12:3", "feed": "cma-warnings", "source": "crm", "error": "OperationalError",
    "lead": "wang-1", "touch": 17, "reason": "render_error", "counts": {"sent": 3, "states": {"held": 1}},
    "message_id": "<a1b2@followup.example>", "page": "/lead/{lead:path}", "relay": "mail.example.com:587",
    "problems": ["rules/a.yaml:3:5: error R104: unknown key \"setps\" in rule \"new\""], "code": "5.1.1",
    "stage": "source crm", "country": "CN", "rules": ["spring", "autumn"], "bind": "unix:/run/followup/web.sock",
}  # fmt: skip


@pytest.mark.parametrize("key", sorted(SAID))
def test_what_has_the_form_of_its_key_is_shown_and_anybodys_words_are_not(key: str) -> None:
    assert shown(key, SAID[key]) == SAID[key]
    for words in (WORDS, "王 芳", "canary@canary.example", "Mr Canary\nWang", [WORDS], {WORDS: 1}, {"sent": WORDS}):
        assert shown(key, words) == HIDDEN
    assert shown(key, None) is None


def test_every_key_that_is_logged_has_a_form_and_every_form_is_used() -> None:
    files = [file for room in ("engine", "adapters") for file in (ROOT / room).rglob("*.py")]
    calls = (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))) if _is_log_call(node))
    used = {keyword.arg for node in calls for keyword in node.keywords} - {"exc_info", "exception"}
    assert used == set(FORMS) - {"event", "level", "timestamp", "logger", "exception"}


def _is_log_call(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name) and node.func.value.id == "log"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "filled_in", "told"),
    [("Job %s failed", (WORDS,), "Job %s failed"), (f"Job {WORDS}", (), HIDDEN), ("job_failed", (), "job_failed")],
)
def test_of_a_librarys_sentence_stays_what_its_code_says(
    capsys: pytest.CaptureFixture[str], sentence: str, filled_in: tuple[str, ...], told: str
) -> None:
    configure_logging(json=True)
    logging.getLogger("somebody.else").error(sentence, *filled_in)
    said = json.loads(capsys.readouterr().err)
    assert (said["event"], said["logger"]) == (told, "somebody.else")


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
