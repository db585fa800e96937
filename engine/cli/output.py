"""What commands print: tables with colour on a terminal, aligned text in a pipe, JSON lines for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

COLOURS = {
    "planned": "cyan", "held": "yellow", "deferred": "yellow", "draft": "magenta", "signed": "cyan",
    "released": "cyan", "delivered": "green", "sent": "green", "bounced": "red", "dead": "red", "failed": "red",
    "in_doubt": "bold red", "suppressed": "yellow", "merged": "blue", "pending": "cyan", "sending": "cyan",
    "handed": "magenta", "expired": "dim", "cancelled": "dim", "superseded": "dim",
}  # fmt: skip
"""The colour of a state, wherever it is shown."""

SHORT = frozenset({"id", "touch", "due", "time", "state", "level"})
"""Columns that are never broken over two lines, however narrow the terminal."""

Row = Mapping[str, Any]


def is_terminal() -> bool:
    """Whether a person is looking at what is printed."""
    return sys.stdout.isatty()


def print_json(rows: Iterable[Row]) -> None:
    """One object a line."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False))


def print_rows(rows: Iterable[Row], columns: Sequence[str], nothing: str, title: str = "") -> None:
    """The columns of the rows as a table; `nothing` where there is no row. Missing values are blank."""
    lines = [[_shown(row.get(column)) for column in columns] for row in rows]
    if not lines:
        click.echo(nothing, err=True)
    elif is_terminal():
        _print_table(lines, columns, title)
    else:
        _print_aligned(lines, columns, title)


def receiver_shown(receiver: str, absent: str | None) -> str:
    """Who gets a touch: `wei for li (absent)`, or `li (absent)` where it waits until he is back."""
    if absent is None:
        return receiver
    return f"{receiver} (absent)" if absent == receiver else f"{receiver} for {absent} (absent)"


def alike_shown(alike: Mapping[str, Any] | None) -> str:
    """Which greeting one is too much like: `93 % like what zhao got for 2026-02-17`; "" where it is like none."""
    if alike is None:
        return ""
    return f"{round(100 * alike['likeness'])} % like what {alike['lead']} got for {alike['on']}"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _print_table(lines: Sequence[Sequence[str]], columns: Sequence[str], title: str) -> None:
    table = Table(title=title or None, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold", no_wrap=column in SHORT)
    for line in lines:
        table.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in line))
    Console(file=sys.stdout).print(table)


def _print_aligned(lines: Sequence[Sequence[str]], columns: Sequence[str], title: str) -> None:
    """Padded by what a terminal would show: a Chinese character is two columns wide."""
    if title:
        click.echo(title)
    table = [list(columns), *lines]
    widths = [max(cell_len(line[n]) for line in table) for n in range(len(columns))]
    for line in table:
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(padded).rstrip())


def styled(text: str, **style: Any) -> str:
    """Colour on a terminal, plain text in a pipe."""
    return click.style(text, **style) if is_terminal() else text


def _silent(_done: int, _of: int) -> None:
    """No bar: nobody is looking."""


@contextmanager
def progress_bar(what: str, total: int) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while a person is looking, nothing otherwise; call it with what is done, and of how much."""
    if not sys.stderr.isatty():
        yield _silent
        return
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done, of: progress.update(task, completed=done, total=of)
