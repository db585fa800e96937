"""`lint`: all advice on a checked folder, but for what its comments ignore."""

from __future__ import annotations

from collections.abc import Mapping

from engine.desk.folder import Checked
from engine.desk.lint import rules
from engine.desk.lint.ignores import without_ignored
from engine.desk.lint.lengths import too_long
from engine.desk.lint.overlaps import overlaps, overlaps_of_all
from engine.desk.lint.subject import subject_of
from engine.desk.lint.texts import languages, renderings, variants
from engine.ground.errors import Problem
from engine.settings.model import Settings

_CHECKS = (
    rules.summaries, rules.signatures, rules.selling, overlaps, rules.audiences, rules.fallbacks, languages, renderings,
    variants, too_long, rules.tests, rules.mourning, rules.returns,
)  # fmt: skip


def lint(settings: Settings, checked: Checked, tests: Mapping[str, str | bytes]) -> tuple[Problem, ...]:
    """The advice by place, each of severity "advice". `tests` are the rule tests by file."""
    subject = subject_of(settings, checked, tests)
    found = {advice for check in _CHECKS for advice in check(subject)}
    return tuple(sorted(without_ignored(sorted(found), checked.rules, overlaps_of_all(subject))))
