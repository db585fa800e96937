"""The load of a plan on a terminal: counts by rep or rule and day, shaded by how many; or a bar a day."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

import click
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from engine.cli.output import is_terminal
from engine.desk.load import Grid, Item, grid_of

WIDTH = 80
"""Columns of the chart, whatever the terminal: it fits into mails and tickets."""
LABEL = 20
TOTAL = 6
MOST_DAYS = 98
"""Longer plans are charted by weeks."""
SHADES = ("", "black on green3", "black on yellow3", "black on orange1", "white on red3")
"""From few to many, by the highest count of the chart."""
WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")

Names = Mapping[str, str]


def print_load(items: Sequence[Item], by: str, names: Names) -> None:
    """The chart; `names` are those of the rows, by id."""
    if not any(one.counts for one in items):
        click.echo("nothing is due in that time", err=True)
        return
    console = Console(file=sys.stdout, highlight=False, width=None if is_terminal() else WIDTH)
    for line in _bars(items, names) if by == "day" else _bands(items, by, names):
        console.print(line, no_wrap=True, overflow="crop", crop=False)


def _bands(items: Sequence[Item], by: str, names: Names) -> Iterator[Text]:
    """Two weeks or more beside each other, and as many such bands below each other as the plan is long."""
    whole = grid_of(items, by)
    grid, step = (whole, 1) if len(whole.days) <= MOST_DAYS else (_by_weeks(whole), 7)
    cell = max(3, len(str(max(map(grid.on, grid.days), default=0))) + 1)
    yield Text(f"touches per {by} and {'day' if step == 1 else 'week, named by its Monday'}", style="bold")
    for days in _cut(grid.days, (WIDTH - LABEL - TOTAL) // cell, step):
        yield Text()
        yield from _band(grid, days, cell, names)
    yield Text()
    yield from _summary(whole)


def _cut(days: Sequence[date], most: int, step: int) -> Iterator[Sequence[date]]:
    """At most so many columns at once; of days whole weeks, so that weekends lie below each other."""
    size = most // 7 * 7 if step == 1 and most >= 7 else most
    first = size - days[0].weekday() if step == 1 and len(days) > size >= 7 else size
    first += 7 if first + 7 <= most else 0
    cuts = [0, *range(first, len(days), size), len(days)]
    yield from (days[start:end] for start, end in pairwise(cuts) if start < end)


def _by_weeks(grid: Grid) -> Grid:
    counts: Counter[tuple[str, date]] = Counter()
    for (row, day), count in grid.counts.items():
        counts[row, _monday(day)] += count
    return Grid(grid.rows, tuple(dict.fromkeys(map(_monday, grid.days))), counts)


def _monday(day: date) -> date:
    return date.fromordinal(day.toordinal() - day.weekday())


def _band(grid: Grid, days: Sequence[date], cell: int, names: Names) -> Iterator[Text]:
    yield _line("", (Text(_month(days, n).rjust(cell), style="bold") for n in range(len(days))), "")
    yield _line("", (Text(f"{day.day:>{cell}}", style=_day_style(day)) for day in days), "")
    if len(days) < 2 or (days[1] - days[0]).days == 1:
        heads = (Text(WEEKDAYS[day.weekday()].rjust(cell), style=_day_style(day)) for day in days)
        yield _line("", heads, "total")
    for row in grid.rows:
        counts = [grid.counts.get((row, day), 0) for day in days]
        if not any(counts):
            continue
        cells = (_shaded(count, grid.highest, cell) for count in counts)
        yield _line(_label(row, names), cells, str(sum(counts)))
    sums = [grid.on(day) for day in days]
    yield _line("all", (Text(f"{count or '·':>{cell}}", style="bold") for count in sums), str(sum(sums)))


def _month(days: Sequence[date], n: int) -> str:
    """Its name above its first column; above a single last day there is no room for it."""
    begins = n == 0 or days[n].month != days[n - 1].month
    alone = n == 0 and len(days) > 1 and days[1].month != days[0].month
    return f"{days[n]:%b}" if begins and not alone else ""


def _line(label: str, cells: Iterator[Text], total: str) -> Text:
    line = Text(label if cell_len(label) == LABEL else set_cell_size(label, LABEL))
    for cell in cells:
        line.append_text(cell)
    line.append(total.rjust(TOTAL), style="bold")
    line.rstrip()
    return line


def _label(row: str, names: Names) -> str:
    """The id, and the name as far as there is room."""
    name = names.get(row, "")
    shown = f"{row} {name}" if name and name != row else row or "nobody"
    return set_cell_size(shown, LABEL - 1) + " " if cell_len(shown) >= LABEL else shown


def _shaded(count: int, highest: int, cell: int) -> Text:
    """The gap between two days is not shaded."""
    if not count:
        return Text("·".rjust(cell), style="dim")
    style = _shade(count, highest)
    return Text.assemble(" ", (str(count).rjust(cell - 1), style))


def _shade(count: int, highest: int) -> str:
    """By the root, so that one peak does not make all the others alike."""
    return SHADES[min(len(SHADES) - 1, int((count / (highest + 1)) ** 0.5 * len(SHADES)))] if highest > 1 else ""


def _day_style(day: date) -> str:
    return "dim" if day.weekday() >= 5 else ""


def _bars(items: Sequence[Item], names: Names) -> Iterator[Text]:
    """A bar a day, and who has most on it."""
    grid = grid_of(items, "rep")
    yield Text("touches per day", style="bold")
    yield Text()
    most = max(map(grid.on, grid.days), default=0)
    room = WIDTH - 16 - TOTAL - LABEL - 6
    for day in grid.days:
        count = grid.on(day)
        bar = "█" * -(-count * room // most) if count else ""
        line = Text.assemble(
            (f"{day} {WEEKDAYS[day.weekday()]}", _day_style(day)), f"{count or '·':>{TOTAL}}  ",
            (bar.ljust(room), _shade(count, most).rpartition(" ")[2]),
        )  # fmt: skip
        if count:
            rep = max(grid.rows, key=lambda row: grid.counts.get((row, day), 0))
            line.append(f"  {_label(rep, names).strip()} {grid.counts[rep, day]}", style="dim")
        line.rstrip()
        yield line
    yield Text()
    yield from _summary(grid)


def _summary(grid: Grid) -> Iterator[Text]:
    """The whole, and where it is most."""
    total = sum(map(grid.total, grid.rows))
    busiest = max(grid.days, key=grid.on)
    (row, day), count = max(grid.counts.items(), key=lambda one: (one[1], one[0][0]))
    yield Text(f"{total} touch{'es' * (total != 1)}, {total / len(grid.days):.1f} a day", style="bold")
    yield Text(f"busiest day: {grid.on(busiest)} on {busiest} {WEEKDAYS[busiest.weekday()]}")
    yield Text(f"most for one: {count} of {row or 'nobody'} on {day} {WEEKDAYS[day.weekday()]}")
