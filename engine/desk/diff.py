"""What a reload would change: the rules in force and those of the folder, each played on a copy of its own.

Both dry runs begin with the same copy of the live database, so that whatever differs comes from the edit.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.desk.edits import Edits, edits_of, running
from engine.desk.effective import effective_text
from engine.desk.folder import Checked
from engine.desk.planning import PlannedTouch, Span, planned_touches
from engine.domain.civil import DAY
from engine.domain.keys import SEPARATOR
from engine.domain.words import Touch
from engine.rulebook.model import Rule
from engine.settings.model import Settings
from engine.stages.books import Books
from engine.store.database import Database

DAYS = 30
"""How far ahead touches are compared."""


@dataclass(frozen=True)
class Moved:
    """A touch that goes out in both, at another instant."""

    before: PlannedTouch
    after: PlannedTouch


@dataclass(frozen=True)
class Diff:
    """What a reload would change. Touches are those that go out within the days compared."""

    edits: Edits
    words: Mapping[str, Sequence[str]]
    gained: tuple[PlannedTouch, ...] = ()
    lost: tuple[PlannedTouch, ...] = ()
    moved: tuple[Moved, ...] = ()
    per_rep: Mapping[str, tuple[int, int]] | None = None

    def as_json(self) -> dict[str, Any]:
        """The one object of `diff --json`."""
        return {
            "rules": [vars(one) | {"words": list(self.words.get(one.rule, ()))} for one in self.edits.rules],
            "renamed": [vars(one) for one in self.edits.renamed],
            "gained": [one.as_json() for one in self.gained],
            "lost": [one.as_json() for one in self.lost],
            "moved": [{**one.after.as_json(), "due_before": one.before.due_at} for one in self.moved],
            "reps": {rep: {"before": a, "after": b} for rep, (a, b) in (self.per_rep or {}).items()},
        }


def diff(live: Database, settings: Settings, checked: Checked, now: int, days: int = DAYS) -> Diff:
    """Compare the folder's rules with those in force. It only reads; on a fresh database everything is gained."""
    books = Books(settings)
    with live.reading() as connection:
        before = running(connection, books)
        edits = edits_of(connection, settings, books, checked, now)
    span = Span(now, now, now + days * DAY)
    new = _going_out(planned_touches(live, settings, checked, span))
    old = _going_out(planned_touches(live, settings, before, span)) if before else {}
    old = _under_new_names(old, checked)
    return Diff(
        edits,
        _words(before, checked, settings) if before else {},
        tuple(new[key] for key in new if key not in old),
        tuple(old[key] for key in old if key not in new),
        tuple(Moved(old[key], new[key]) for key in new if key in old and old[key].due_at != new[key].due_at),
        _per_rep(old.values(), new.values()),
    )


def _going_out(found: Sequence[PlannedTouch]) -> dict[str, PlannedTouch]:
    return {one.occurrence_key: one for one in found if one.state == Touch.PLANNED}


def _under_new_names(old: Mapping[str, PlannedTouch], checked: Checked) -> dict[str, PlannedTouch]:
    """A touch of a rule that says what it was called is the same touch under both names."""
    names = {rule.renamed_from: rule.id for rule in checked.book.rules if rule.renamed_from}
    return {
        SEPARATOR.join((names[one.rule], *key.split(SEPARATOR)[1:])) if one.rule in names else key: one
        for key, one in old.items()
    }


def _per_rep(old: Iterable[PlannedTouch], new: Iterable[PlannedTouch]) -> dict[str, tuple[int, int]]:
    """How many touches each colleague gets before and after, where that differs."""
    counts = [Counter(one.receiver for one in touches if one.audience != "lead") for touches in (old, new)]
    reps = sorted(counts[0].keys() | counts[1].keys())
    return {rep: (counts[0][rep], counts[1][rep]) for rep in reps if counts[0][rep] != counts[1][rep]}


def _words(before: Checked, after: Checked, settings: Settings) -> dict[str, list[str]]:
    """By rule that is in both: the lines of the effective rule that went (-) and came (+)."""
    found = {}
    for rule in after.book.rules:
        old = before.book.rule(rule.id) or (before.book.rule(rule.renamed_from) if rule.renamed_from else None)
        if old is not None and old.revision != rule.revision:
            found[rule.id] = list(_changed(_lines(before, settings, old), _lines(after, settings, rule)))
    return found


def _lines(checked: Checked, settings: Settings, rule: Rule) -> list[str]:
    """The effective rule without its origins."""
    lines = effective_text(checked, settings, rule).splitlines()
    return [line.rpartition("  # ")[0].rstrip() or line for line in lines]


def _changed(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    for line in difflib.ndiff(old, new):
        if line[:2] in ("- ", "+ "):
            yield f"{line[0]} {line[2:].strip()}"
