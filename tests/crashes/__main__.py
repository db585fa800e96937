"""`python -m tests.crashes [--engine NAME] [--json]`: the crash matrix; exit 1 if a cell is not as tabled."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from tests.crashes.cell import Cell
from tests.crashes.matrix import Shown, play
from tests.crashes.points import AUDIENCES, ENGINES, Point


def main() -> int:
    """Play every cell and show what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.crashes", description=__doc__)
    parser.add_argument("--engine", action="append", choices=ENGINES, help="this engine only; may be repeated")
    parser.add_argument("--json", action="store_true", help="one JSON object a cell, for scripts")
    parser.add_argument("--parallel", type=int, default=4, help="cells at a time; each waits most of its time")
    args = parser.parse_args()
    engines = args.engine or ENGINES
    began = time.monotonic()
    shown = play([Cell(*one) for one in cells(engines)], args.parallel)
    right = sum(one.right for one in shown.values())
    if args.json:
        for cell, one in shown.items():
            print(json.dumps({**_named(cell), "outcome": one.words, "right": one.right}))
    else:
        Console(width=None if sys.stdout.isatty() else 140).print(table(shown, engines))
        print(f"{right} of {len(shown)} as tabled, in {time.monotonic() - began:.0f} s")
    return 0 if right == len(shown) else 1


def cells(engines: Sequence[str]) -> list[tuple[Point, str, str]]:
    """Every cell; those that have to wait for a lease first."""
    return [(point, audience, engine) for engine in reversed(engines) for point in Point for audience in AUDIENCES]


def table(shown: Mapping[Cell, Shown], engines: Sequence[str]) -> Table:
    """Point by point, audience by audience and engine by engine."""
    found = Table(title="kill -9: the delivery as the death left it → in the end, copies that arrived", title_style="")
    for heading in ("the daemon died", "audience", *engines):
        found.add_column(heading)
    for point in Point:
        for audience in AUDIENCES:
            told = [shown[Cell(point, audience, engine)] for engine in engines]
            found.add_row(f"{point.value} {point.words}", audience, *(_marked(one) for one in told))
    return found


def _marked(one: Shown) -> str:
    return f"{one.words} ✓" if one.right else f"[red]{one.words} ✗[/red]"


def _named(cell: Cell) -> dict[str, object]:
    return {"point": cell.point.value, "died": cell.point.words, "audience": cell.audience, "engine": cell.engine}


if __name__ == "__main__":
    sys.exit(main())
