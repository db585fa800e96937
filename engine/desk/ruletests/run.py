"""Running rule tests: every file read, played and compared, with what they cover together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from time import monotonic

from engine.desk.ruletests.compare import Comparison, Exclusions, Failing, compare
from engine.desk.ruletests.coverage import Coverage
from engine.desk.ruletests.deeds import perform
from engine.desk.ruletests.happened import happened_on
from engine.desk.ruletests.model import Step
from engine.desk.ruletests.play import Play, opened
from engine.desk.ruletests.reading import read_test
from engine.desk.ruletests.rulesets import RuleSets
from engine.domain.civil import day_start
from engine.ground.errors import FollowupError, Problem, UsageError
from engine.ground.yamlio import Mark
from engine.rulebook.conditions import fields_of
from engine.rulebook.evaluate import Snapshot, first_failed
from engine.rulebook.loader import read_rule_files
from engine.rulebook.model import Rule
from engine.rulebook.trigger_kinds import ScheduleTrigger
from engine.settings.model import Settings
from engine.stages.gates.records import Refused
from engine.store.book.subject_rows import load_subjects
from engine.store.conditions.snapshots import load_snapshots
from engine.store.database import Connection
from engine.store.facts.gate_events import all_gate_events


@dataclass(frozen=True)
class Checked:
    """One step that expected something, or could not be done. `label`: `+3d 2026-02-17`."""

    mark: Mark
    label: str
    failings: tuple[Failing, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """One test file: its steps, or the problems for which it could not be played."""

    file: str
    summary: str
    seconds: float
    steps: tuple[Checked, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems and not any(step.failings for step in self.steps)


@dataclass
class Report:
    """All outcomes. `problems` are those of rule files, each once; `off` is switched off there, and was tested."""

    outcomes: list[Outcome] = field(default_factory=list)
    off: set[str] = field(default_factory=set)
    coverage: Coverage = field(default_factory=Coverage)
    problems: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems and all(outcome.ok for outcome in self.outcomes)


def find_tests(settings: Settings, home: Path) -> list[Path]:
    """Every `*.test.yaml` of the rules folder and below. UsageError: there is none."""
    found = sorted((home / settings.rules).rglob("*.test.yaml"))
    if not found:
        raise UsageError(f"there is no test in {settings.rules}/ yet; write {settings.rules}/tests/NAME.test.yaml")
    return found


def run_tests(settings: Settings, home: Path, files: Sequence[Path], wanted: str = "") -> Report:
    """Play these files, or all of the folder; `wanted` is a regular expression for file or summary.

    What is to be covered is the whole folder, or the rule files that the given files name. UsageError: a file is
    not there, nothing fits, or the expression is none.
    """
    pattern = _pattern(wanted)
    report = Report()
    home = home.resolve()
    with closing(RuleSets.of(settings, home)) as rulesets:
        for path in files or find_tests(settings, home):
            outcome = _run_file(path, rulesets, settings, pattern, report)
            report.outcomes += [outcome] if outcome is not None else []
        if not files:
            _count_folder(settings, home, rulesets, report.coverage)
        report.problems = tuple(sorted(rulesets.problems))
    if not report.outcomes:
        raise UsageError(f'no test fits --run "{wanted}"')
    return report


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f'--run "{text}" is not a regular expression: {error}') from error


def _count_folder(settings: Settings, home: Path, rulesets: RuleSets, coverage: Coverage) -> None:
    folder = home / settings.rules
    paths = [home / settings.rules / name.partition("/")[2] for name in read_rule_files(folder)]
    whole = rulesets.load(paths, settings) if paths else None
    if whole is not None:
        coverage.add(whole.book)


def _run_file(
    path: Path, rulesets: RuleSets, settings: Settings, pattern: re.Pattern[str], report: Report
) -> Outcome | None:
    """None: the test is not wanted."""
    started = monotonic()
    try:
        test, problems = read_test(path, rulesets, settings)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    name, summary = rulesets.name(path), test.summary if test else ""
    if not pattern.search(name) and not pattern.search(summary):
        return None
    if test is None:
        return Outcome(name, summary, monotonic() - started, problems=problems or _unread(name))
    report.coverage.add(test.rules.book, without=name)
    report.off.update(test.rules.switched_on)
    with opened(test, rulesets) as play:
        steps = tuple(_played(play, report.coverage))
    return Outcome(name, summary, monotonic() - started, steps)


def _unread(file: str) -> tuple[Problem, ...]:
    return (Problem(file, 1, 1, "T201", "its rule files hold mistakes", "mend them first"),)


def _played(play: Play, coverage: Coverage) -> Iterator[Checked]:
    """Every step in order; a deed that cannot be done is a failure of its step."""
    clock = play.test.start
    for action in play.test.before:
        yield from _do(play, Step(action.mark, "before the start", None, (action,)), clock, coverage)
    for step in play.test.steps:
        if step.at is not None:
            clock = max(clock, play.test.moment(step.at))
        play.run_until(clock)
        yield from _do(play, step, clock, coverage)
        if step.at is not None and step.looks:
            day = play.test.day(step.at)
            clock = max(clock, _end_of(day, play))
            play.run_until(clock)
            found = _compared(play, step, day)
            coverage.exercise(play.test.rules.book, found.proved)
            yield Checked(step.mark, f"{step.label} {day.isoformat()}", tuple(found.failings))


def _do(play: Play, step: Step, clock: int, coverage: Coverage) -> Iterator[Checked]:
    """Do it; what cannot be done, and a gate that does not say what the test foresees, are failures."""
    for action in step.do:
        before, told, failings = _said(play, 0), "", list[Failing]()
        try:
            perform(play.db, play.test, action, clock)
        except Refused as refused:
            told = f": {refused}"
            if not action.refused_by:
                failings.append(Failing(action.mark, f"cannot be done{told}"))
        except FollowupError as error:
            failings.append(Failing(action.mark, f"cannot be done: {error}"))
        for outcome, gate in (("refused", action.refused_by), ("flagged", action.flagged_by)):
            if gate and (gate, outcome) in _said(play, len(before)):
                coverage.exercise_gate(play.test.rules.book, gate)
            elif gate:
                failings.append(Failing(action.mark, f"it was not {outcome} by {gate}{told}"))
        if failings or action.refused_by or action.flagged_by:
            yield Checked(action.mark, f"{step.label} {action.word}".strip(), tuple(failings))
        play.changed(clock)


def _said(play: Play, known: int) -> list[tuple[str, str]]:
    """What gates said, (gate, outcome), but for the first `known`."""
    with play.db.reading() as connection:
        return [(row["gate"], row["outcome"]) for row in all_gate_events(connection)][known:]


def _end_of(day: date, play: Play) -> int:
    """When the day is over for every lead."""
    reps = {str(zone) for rep in play.test.reps if (zone := rep.values.get("timezone"))}
    zones = {*play.test.zones.values(), *reps, play.test.zone}
    return max(day_start(day + timedelta(days=1), zone) for zone in zones)


def _compared(play: Play, step: Step, day: date) -> Comparison:
    return compare(step.expect, step.because, happened_on(day, play), step.mark, _exclusions(play, step, day))


def _exclusions(play: Play, step: Step, day: date) -> Exclusions:
    """What keeps each lead (or rep) out of the rules that were not to fire, by the end of the day."""
    rules = [one.rule for one in step.because if one.rule.of_leads]
    paths = frozenset(path for rule in rules for path in fields_of(rule.segment))
    now = _end_of(day, play) - 1
    with play.db.reading() as connection:
        leads = load_snapshots(connection, list(play.test.zones), paths, now, circumstances=True)
        out = {(one.rule.id, found.lead): first_failed(one.rule.segment, found)
               for one in step.because for found in _subjects(connection, one.rule, play, now)}  # fmt: skip
    return out | {(rule.id, lead): first_failed(rule.segment, found) for rule in rules for lead, found in leads.items()}


def _subjects(connection: Connection, rule: Rule, play: Play, now: int) -> list[Snapshot]:
    """Whom a schedule is for; nobody where the rule is one of leads."""
    if not isinstance(rule.on, ScheduleTrigger):
        return []
    paths = frozenset(fields_of(rule.segment))
    return load_subjects(connection, rule.on.for_each, paths, now, play.test.settings.defaults.timezone)
