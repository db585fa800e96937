"""Problems that point at a place, and the exceptions that carry them.

Everything an ops person or an admin can get wrong ends in one of these; a traceback is a bug of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake in a file: where it is, what is wrong and, where we can tell, how to mend it.

    `line` and `col` count from 1. `code` is stable (R1xx shape, R2xx meaning, C1xx config, T1xx template).
    `other` is the other place of a conflict, as `file:line:col`, with a word on what stands there.
    """

    file: str
    line: int
    col: int
    code: str
    message: str
    hint: str = ""
    severity: str = "error"
    other: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}:{self.col}: {self.severity} {self.code}: {self.message}"
        if self.hint:
            text += f"; {self.hint}"
        if self.other:
            text += f"\n    {self.other}"
        return text


_ALL = attrgetter("file", "line", "col", "code", "message", "hint", "severity", "other")


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Each once, by place. As `sorted(set(...))`, but soon also where a broken file has tens of thousands."""
    return tuple(sorted(set(problems), key=_ALL))


class FollowupError(Exception):
    """Anything that ends a command with one clear line on stderr. The message says what to do."""

    exit_code = 1


class UsageError(FollowupError):
    """The command was called with something it does not take: mend the call. Exit code 2."""

    exit_code = 2


class BadConfig(FollowupError):
    """config.yaml or the rules cannot be used: mend the listed places. Exit code 78 (EX_CONFIG) for the daemon."""

    exit_code = 78

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in sorted(problems)))
        self.problems = tuple(sorted(problems))


@dataclass
class Problems:
    """Collects every problem of every file, so that all are shown at once."""

    found: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.found.append(problem)

    def extend(self, problems: Iterable[Problem]) -> None:
        self.found.extend(problems)

    def sorted(self) -> tuple[Problem, ...]:
        return in_order(self.found)
