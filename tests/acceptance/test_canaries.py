"""A customer whose every word is a canary goes through a house: none is heard in logs, on stderr or in error pages.

It holds for what these commands and the three broken stages log, JSON as under systemd; what a command prints on
stdout is for whoever may see it.
"""

from __future__ import annotations

import logging
import warnings
from typing import Any

import pytest

from engine.service import tick
from engine.stages.release.release import Release

CANARIES = ("kanarienvogel", "金丝雀", "13900424242", "kanari.example")
LEADS = """\
id,name,email,phone,wecom,owner,tier,status,last_contact_at,contacts,hope,date.birthday
lead-1,金丝雀,kanarienvogel@kanari.example,+8613900424242,kanarienvogel-w,li,gold,active,2026-02-13T09:00,9,kanarienvogel,1988-02-17
lead-2,金丝雀二,nobody at kanari.example,13900424242x,,li,kanarienvogel,active,,0,,1990-02-31
"""
TALKS = """\
id,lead,at,outcome,note
t1,lead-1,2026-02-01T10:00,reached,kanarienvogel note
t2,lead-1,2026-02-01T10:00,kanarienvogel,金丝雀
"""
AT = ("2026-02-14T10:00+08:00", "2026-02-17T09:00+08:00", "2026-02-18T09:00+08:00")


class Heard(logging.Handler):
    """Every record, as its message and all that came with it."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.getMessage()} {record.args}")


@pytest.fixture
def told(house: Any) -> list[str]:
    """What commands said on stderr, and what was logged, while the house was lived in."""
    heard = Heard()
    logging.getLogger().addHandler(heard)
    errors = []

    def call(*arguments: str) -> None:
        errors.append(house.call(*arguments).stderr)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for what, text in (("leads", LEADS), ("interactions", TALKS)):
            call("import", what, str(house.write(f"{what}.csv", text)), "--now", AT[0])
        for at in AT:
            call("tick", "--now", at)
        for row in house.rows("touches", "--state", "draft"):
            call("approve", str(row["id"]), "--now", AT[0])
        _errors(call)
        _broken(call)
    logging.getLogger().removeHandler(heard)
    return [*errors, *heard.lines, *(str(one.message) for one in warned)]


def _errors(call: Any) -> None:
    for arguments in (
        ("log", "lead-1", "--outcome", "nothing"), ("lead", "set", "lead-1", "tier=lead"), ("approve", "99"),
        ("lead", "show", "lead-9"), ("explain", "lead-9"), ("suppress", "add", "lead-1", "--channel", "x"),
        ("preview", "greeting/none", "--lead", "lead-1"), ("event", "add", "nothing", "--lead", "lead-1"),
        ("lead", "restrict", "lead-1"), ("import", "leads", "nowhere.csv"), ("retry", "99"), ("status",),
    ):  # fmt: skip
        call(*arguments)


def _broken(call: Any) -> None:
    """Stages that raise with his words."""
    words = " ".join(CANARIES)

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError(words)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tick, "compose_batch", fail)
        call("tick", "--now", "2026-02-19T09:00+08:00")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Release, "run", fail)
        call("tick", "--now", "2026-02-20T09:00+08:00")


def test_no_canary_is_heard(told: list[str], house: Any) -> None:
    assert any(row["lead"] == "lead-1" for row in house.rows("touches"))
    assert "金丝雀" in house.say("lead", "show", "lead-1")
    heard = [line for line in told for one in CANARIES if one in line.lower()]
    assert heard == []
    assert sum(bool(line) for line in told) > 8
