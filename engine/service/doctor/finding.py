"""What the doctor finds: one line each, and what to do about it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple


class Level(StrEnum):
    """How bad it is: `warn` does its work for now, `fail` does not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(NamedTuple):
    """`about`: what was looked at; `found` and `do` are for people and hold no personal data."""

    about: str
    level: Level
    found: str
    do: str = ""

    def as_json(self) -> dict[str, Any]:
        """Its keys in `doctor --json`."""
        return {"about": self.about, "level": self.level.value, "found": self.found, "do": self.do}


def ok(about: str, found: str) -> Finding:
    return Finding(about, Level.OK, found)


def warn(about: str, found: str, do: str) -> Finding:
    return Finding(about, Level.WARN, found, do)


def fail(about: str, found: str, do: str) -> Finding:
    return Finding(about, Level.FAIL, found, do)
