"""A command's output is for scripts: what it has to warn of stands beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from engine.service.logs import log_beside_output


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


def test_warnings_of_a_command_go_to_stderr_by_ids_only(capsys: pytest.CaptureFixture[str]) -> None:
    log_beside_output()
    structlog.get_logger("engine").info("pulled", count=3)
    structlog.get_logger("engine").warning("relay_rests", channel="email", address="wang@example.com")
    out, err = capsys.readouterr()
    assert out == ""
    assert "relay_rests" in err
    assert "channel=email" in err
    assert "wang" not in err
    assert "pulled" not in err
