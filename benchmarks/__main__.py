"""`python -m benchmarks [--short | --large] [--keep] [NAME...]`: measure, print a table; exit 1 if a bar is missed."""

from __future__ import annotations

import argparse
import json
import platform
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import history
from benchmarks.any_yaml import any_yaml
from benchmarks.busy import whole_day
from benchmarks.daemons import daemons
from benchmarks.festival import festival
from benchmarks.figures import deliveries, idle
from benchmarks.flood import flood
from benchmarks.imports import imports
from benchmarks.measure import Figure
from benchmarks.naive import naive_loop
from benchmarks.pages import day_page
from benchmarks.pulls import pulls
from benchmarks.readers import readers
from benchmarks.returns import returns
from benchmarks.rival import against_drip_campaigns
from benchmarks.rulebooks import rulebook
from benchmarks.serving import serving
from benchmarks.spread import spread
from benchmarks.ticks import HUGE, LARGE, growth, ticks
from benchmarks.years import dry_run

RESULTS = Path(__file__).with_name("results") / "latest.json"
LONG: dict[str, Callable[[], list[Figure]]] = {
    "tick": lambda: ticks(LARGE, runs=15),
    "growth": lambda: growth(LARGE, runs=9),
    "idle": lambda: idle(LARGE, runs=15),
    "naive": lambda: naive_loop(LARGE, 100_000, runs=1),
    "busy": lambda: whole_day(LARGE),
    "festival": lambda: festival(LARGE, 100_000),
    "spread": lambda: spread(100_000, 18_000),
    "serving": lambda: serving(LARGE, seconds=20),
    "deliveries": lambda: deliveries(count=1_000, runs=5),
    "rival": lambda: against_drip_campaigns(100_000, runs=3),
    "dates": lambda: returns(1_000_000),
    "rules": lambda: rulebook(runs=9),
    "yaml": lambda: any_yaml(10_000),
    "imports": lambda: imports(10_000, runs=3),
    "year": lambda: dry_run(100_000, days=365, every=10),
    "pull": lambda: pulls(100_000, changes=1_000),
    "flood": lambda: flood(1_000_000, 100_000),
    "day": lambda: day_page(1_000_000, runs=9),
    "web": lambda: readers(100_000, seconds=60),
    "daemons": lambda: daemons(100_000, alone=20_000, lease=30),
}
SHORT: dict[str, Callable[[], list[Figure]]] = {
    "tick": lambda: ticks(10_000, runs=9),
    "growth": lambda: growth(100_000, runs=5),
    "idle": lambda: idle(100_000, runs=5),
    "naive": lambda: naive_loop(LARGE, 20_000, runs=1),
    "busy": lambda: whole_day(100_000, each=1_000),
    "festival": lambda: festival(100_000, 20_000),
    "spread": lambda: spread(20_000, 3_000),
    "serving": lambda: serving(100_000, seconds=10),
    "deliveries": lambda: deliveries(count=300, runs=3),
    "rival": lambda: against_drip_campaigns(20_000, runs=1),
    "dates": lambda: returns(100_000),
    "rules": lambda: rulebook(runs=3),
    "yaml": lambda: any_yaml(1_000),
    "imports": lambda: imports(2_000, runs=1),
    "year": lambda: dry_run(10_000, days=30, every=5),
    "pull": lambda: pulls(10_000, changes=1_000),
    "flood": lambda: flood(100_000, 30_000),
    "day": lambda: day_page(100_000, runs=5),
    "web": lambda: readers(10_000, seconds=10),
    "daemons": lambda: daemons(3_000, alone=3_000, lease=10),
}
TENFOLD: dict[str, Callable[[], list[Figure]]] = {"growth": lambda: growth(HUGE, runs=5, cpu_bar=1.3)}
"""Ten million customers: 12 GB of disk and twenty minutes to make them."""


def main() -> int:
    """Run the benchmarks that are named, or all of them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(LONG)}; all if none is given")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="fewer runs and customers: some minutes")
    size.add_argument("--large", action="store_true", help="a tick among ten million customers, and nothing else")
    parser.add_argument("--keep", action="store_true", help="add the figures to benchmarks/results/history.jsonl")
    args = parser.parse_args()
    unknown = sorted(set(args.names) - set(LONG))
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(LONG)}")
    figures = []
    for name, work in (SHORT if args.short else TENFOLD if args.large else LONG).items():
        if not args.names or name in args.names:
            for figure in work():
                print(line(figure), flush=True)
                figures.append(figure)
    keep(figures)
    if not args.short:
        for one in history.regressions(figures, history.earlier()):
            print(f"worse than in the last runs: {one.name.strip()}: {one.was:.3f} -> {one.now:.3f}")
    if args.keep:
        history.keep(figures)
    return 0 if all(figure.passed for figure in figures) else 1


def line(figure: Figure) -> str:
    """One row of the table."""
    bar = "" if figure.bar is None else f"{'>=' if figure.least else '<='} {figure.bar:.2f}"
    word = "" if figure.bar is None else "pass" if figure.passed else "FAIL"
    values = f"{figure.ours:>12,.1f} {figure.floor:>12,.1f} {figure.unit:<6}"
    spread = f"{figure.spread[0]:.2f}..{figure.spread[1]:.2f}" if figure.spread else ""
    return f"{figure.name:<64} {values} {figure.ratio:>7.3f} {spread:>13} {bar:>8} {word}"


def keep(figures: list[Figure]) -> None:
    """Write the results where other programs can read them."""
    machine = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "machine": platform.machine()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({**machine, "figures": [one.as_json() for one in figures]}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
