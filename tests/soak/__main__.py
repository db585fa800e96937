"""`python -m tests.soak`: live through everything that can go wrong, then check the invariants; exit 1 if one broke."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.soak.soak import DAEMONS, Plan, Report, in_passing, soak


def main() -> int:
    """A soak of each engine that is asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--engine", action="append", choices=list(DAEMONS), help="this one only; may be repeated")
    parser.add_argument("--seconds", type=int, default=60, help="of each; the quiet time afterwards comes on top")
    parser.add_argument("--seed", type=int, default=1, help="of who is killed when, the weather, and who writes what")
    parser.add_argument("--rate", type=float, default=3.0, help="customers who come due in a second")
    parser.add_argument("--json", action="store_true", help="one JSON object an engine, for scripts")
    parser.add_argument("--keep", type=Path, help="a folder for the reports, what daemons said, and what arrived")
    args = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 120)
    passed = True
    for engine in args.engine or list(DAEMONS):
        say = (lambda _: None) if args.json else console.print
        plan = Plan(engine, args.seconds, args.seed, args.rate, say)
        report = _kept(plan, args.keep) if args.keep else in_passing(plan)
        if args.json:
            print(json.dumps(report.as_json()))
        else:
            show(report, console)
        passed = passed and report.passed
    return 0 if passed else 1


def show(report: Report, console: Console) -> None:
    """The invariants and what they were checked on."""
    plan = report.plan
    heading = f"{plan.engine}, {DAEMONS[plan.engine]} daemon(s), {plan.seconds} s, seed {plan.seed}"
    table = Table(title=f"{heading}; quiet after {report.quiet_after:.0f} s", title_style="")
    for name in ("invariant", "what breaks it", "found"):
        table.add_column(name)
    for one in report.checked:
        told = ", ".join(one.offenders[:5])
        table.add_row(one.name, one.words, f"[red]{len(one.offenders)}: {told}[/red]" if one.offenders else "0")
    console.print(table)
    for what in (report.figures, dict(sorted(report.happened.items()))):
        console.print(", ".join(f"{name} {n:,}" for name, n in what.items()), soft_wrap=True, markup=False)


def _kept(plan: Plan, folder: Path) -> Report:
    home = folder.resolve() / f"{plan.engine}-{plan.seconds}-{plan.seed}"
    home.mkdir(parents=True)
    report = soak(plan, home)
    (home / "report.json").write_text(json.dumps(report.as_json(), indent=2) + "\n", encoding="utf-8")
    return report


if __name__ == "__main__":
    sys.exit(main())
