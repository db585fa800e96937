"""`# lint: ignore L102 because the wish is the house's own`: advice that its reader has decided on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.desk.lint.subject import ADVICE
from engine.ground.errors import Problem

_COMMENT = re.compile(r"(?:^|\s)#\s*lint:\s*ignore\s+(L\d{3}(?:\s*,\s*L\d{3})*)(?:\s+because\s+(\S.*))?", re.IGNORECASE)


@dataclass(frozen=True)
class _Ignore:
    """A comment: its place, the codes it names, and whether it says why."""

    file: str
    line: int
    col: int
    codes: tuple[str, ...]
    has_reason: bool

    def advise(self, code: str, message: str, hint: str) -> Problem:
        return Problem(self.file, self.line, self.col, code, message, hint, ADVICE)


def without_ignored(found: Iterable[Problem], texts: Mapping[str, str], latent: Iterable[Problem]) -> list[Problem]:
    """The advice that no comment on its line ignores, and advice on the comments themselves.

    `latent` is what would be advised were nothing switched off: a comment that ignores such advice stays.
    """
    ignores = [ignore for file, text in texts.items() for ignore in _ignores(file, text)]
    taken = {(ignore.file, ignore.line, code) for ignore in ignores if ignore.has_reason for code in ignore.codes}
    found = list(found)
    given = {(advice.file, advice.line, advice.code) for advice in (*found, *latent)}
    kept = [advice for advice in found if (advice.file, advice.line, advice.code) not in taken]
    return [*kept, *(advice for ignore in ignores for advice in _of(ignore, given))]


def _ignores(file: str, text: str) -> Iterator[_Ignore]:
    for number, line in enumerate(text.splitlines(), 1):
        match = _COMMENT.search(line)
        if match:
            codes = tuple(code.strip().upper() for code in match[1].split(","))
            yield _Ignore(file, number, line.index("#", match.start()) + 1, codes, match[2] is not None)


def _of(ignore: _Ignore, given: set[tuple[str, int, str]]) -> Iterator[Problem]:
    if not ignore.has_reason:
        yield ignore.advise("L190", "the comment gives no reason and ignores nothing", "write: because ...")
    for code in ignore.codes:
        if (ignore.file, ignore.line, code) not in given:
            yield ignore.advise("L191", f"there is no {code} on this line to ignore", "remove it")
