"""`python -m tests.year`: a year of the shipped rules, and what must hold of it; exit 1 if it does not."""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from time import process_time

from rich.console import Console
from rich.progress import Progress

from tests.year.house import open_house
from tests.year.live import live
from tests.year.lived import PER_REP, judge
from tests.year.record import read
from tests.year.show import show
from tests.year.town import Size


def main() -> int:
    """Live it, judge it, show it."""
    parser = argparse.ArgumentParser(prog="python -m tests.year", description=__doc__)
    parser.add_argument("--leads", type=int, default=2_000)
    parser.add_argument("--per-rep", type=int, default=PER_REP, help="customers of each rep")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=7, help="of who there is and what happens to him")
    parser.add_argument("--keep", type=Path, help="a folder that keeps the house: its database, its files")
    args = parser.parse_args()
    size = Size(args.leads, args.per_rep, args.days, args.seed)
    console = Console(width=None if sys.stdout.isatty() else 120)
    with ExitStack() as stack:
        home = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="followup-year-")))
        home.mkdir(parents=True, exist_ok=True)
        house = stack.enter_context(open_house(home, size))
        console.print(f"{size.leads:,} customers, {size.reps} reps, {size.days} days, seed {size.seed}")
        with Progress(console=console, disable=not sys.stdout.isatty()) as progress:
            bar = progress.add_task("days", total=size.days)

            def told(day: int) -> None:
                progress.update(bar, completed=day)
                if not sys.stdout.isatty() and day % 7 == 0:
                    print(f"day {day}, {process_time():.0f} seconds of CPU", flush=True)

            live(house, size, told)
        record = read(house.db, size)
    claims = judge(record)
    show(record, claims, console)
    return 1 if any(claim.broken for claim in claims) else 0


if __name__ == "__main__":
    sys.exit(main())
