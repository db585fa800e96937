"""`test`: the rule tests of the folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from engine.cli.common import Command, caller, json_option
from engine.cli.output import print_json, styled
from engine.desk.ruletests.coverage import SINGULAR, Coverage
from engine.desk.ruletests.junit import junit
from engine.desk.ruletests.run import Outcome, Report, run_tests
from engine.ground.errors import FollowupError
from engine.settings.load import load_settings


@click.command(cls=Command)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILES]")
@click.option("--run", "wanted", default="", metavar="REGEX", help="Only tests whose file or summary fits.")
@click.option("--coverage", "least", type=click.FloatRange(0, 100), metavar="PERCENT", help="Fail if less is covered.")
@click.option("--junit", "xml", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML there, too.")
@json_option
def test(files: tuple[Path, ...], wanted: str, least: float | None, xml: Path | None, as_json: bool) -> None:
    """Play the rule tests: rules/tests/*.test.yaml, or FILES.

    Everything happens in memory, at a frozen clock; exit 1 if anything is not as expected.

    Example: followup test --coverage 100
    """
    config = caller().config
    report = run_tests(load_settings(config), config.resolve().parent, files, wanted)
    if xml is not None:
        _write(xml, junit(report))
    if as_json:
        print_json(_as_rows(report))
    else:
        _print(report)
    short = least is not None and report.coverage.percent < least
    if short:
        click.echo(f"coverage {_percent(report.coverage)} is below {least:g} %", err=True)
    if short or not report.ok:
        raise click.exceptions.Exit(1)


def _write(path: Path, document: bytes) -> None:
    try:
        path.write_bytes(document)
    except OSError as error:
        raise FollowupError(f"{path} cannot be written: {error.strerror}") from error


def _print(report: Report) -> None:
    for problem in report.problems:
        click.echo(str(problem), err=True)
    for outcome in report.outcomes:
        word = styled("ok  ", fg="green") if outcome.ok else styled("FAIL", fg="red")
        click.echo(f"{word}  {outcome.file}  {outcome.summary}".rstrip())
        for line in _told(outcome):
            click.echo(line)
    count = len(report.outcomes)
    failed = sum(not outcome.ok for outcome in report.outcomes)
    click.echo(f"{count} test{'s' * (count != 1)}, {failed} failed")
    if report.off:
        click.echo(f"switched off, and tested all the same: {', '.join(sorted(report.off))}")
    _print_coverage(report.coverage)


def _told(outcome: Outcome) -> Iterator[str]:
    """Problems of the file, or what is not as expected."""
    yield from map(str, outcome.problems)
    for step in outcome.steps:
        for failing in step.failings:
            yield f"{outcome.file}:{failing.mark.line}:{failing.mark.col}: {step.label}: {failing.message}"
            yield from failing.lines


def _print_coverage(coverage: Coverage) -> None:
    told = ", ".join(f"{kind} {done} of {of}" for kind, (done, of) in coverage.counts().items())
    click.echo(f"covered: {_percent(coverage)} ({told})")
    for part in coverage.missing():
        click.echo(f"    never exercised: {SINGULAR[part.kind]} {part.name} ({part.file})")


def _percent(coverage: Coverage) -> str:
    """Rounded down: 100 % is all of it."""
    return f"{int(coverage.percent * 10) / 10:g} %"


def _as_rows(report: Report) -> Iterator[dict[str, Any]]:
    """A line a test, then one of the whole."""
    for outcome in report.outcomes:
        yield {
            "file": outcome.file, "summary": outcome.summary, "ok": outcome.ok, "seconds": round(outcome.seconds, 3),
            "failures": [
                {"line": failing.mark.line, "step": step.label, "message": failing.message, "diff": failing.lines}
                for step in outcome.steps
                for failing in step.failings
            ],
            "problems": list(map(str, outcome.problems)),
        }  # fmt: skip
    coverage = report.coverage
    yield {
        "ok": report.ok, "problems": list(map(str, report.problems)), "coverage": round(coverage.percent, 1),
        "switched_off": sorted(report.off),
        **{kind: list(counts) for kind, counts in coverage.counts().items()},
        "never_exercised": [part._asdict() for part in coverage.missing()],
    }  # fmt: skip
