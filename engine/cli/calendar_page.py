"""A year as a wall calendar prints it: a grid for each month, weeks from Monday, lunar days below the numbers."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from engine.desk.almanac import Day
from engine.domain.calendars.lunar_names import day_name, month_name

CELL = 11
"""Columns of a day."""
_HEADS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MARKS = {
    "zh-Hans": {"off": "休", "work": "班"}, "zh-Hant": {"off": "休", "work": "班"}, "en": {"off": "off", "work": "work"}
}  # fmt: skip
_STYLES = {"off": "green", "work": "bold red"}


def print_year(days: Sequence[Day], language: str) -> None:
    """All months, one below the other; in colour on a terminal."""
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 7 * CELL)
    for _, found in groupby(days, key=lambda one: one.day.month):
        for line in _month(list(found), language):
            console.print(line, no_wrap=True, overflow="crop", crop=False)


def _month(days: Sequence[Day], language: str) -> Iterator[Text]:
    yield Text(f"{days[0].day:%Y-%m}", style="bold")
    heads = _HEADS["zh" if language.startswith("zh") else "en"]
    yield _joined(Text(_cell(head), style="dim") for head in heads)
    blank: list[Day | None] = [None] * days[0].day.weekday()
    cells = [*blank, *days]
    for start in range(0, len(cells), 7):
        week = cells[start : start + 7]
        yield _joined(_number(one, language) for one in week)
        yield _joined(_below(one, language) for one in week)
    for one in days:
        if one.named or one.term:
            yield Text(f"  {one.day.day:>2}  " + " · ".join(filter(None, (*one.named, one.term))))
    yield Text()


def _number(one: Day | None, language: str) -> Text:
    if one is None:
        return Text(_cell(""))
    mark = _MARKS.get(language, _MARKS["en"]).get(one.mark, "")
    style = _STYLES.get(one.mark, "" if one.worked else "green")
    return Text(_cell(f"{one.day.day} {mark}".rstrip()), style=style)


def _below(one: Day | None, language: str) -> Text:
    """The lunar day; the month's name on its first."""
    if one is None:
        return Text(_cell(""))
    month = month_name(one.lunar.month, one.lunar.leap, language)
    if language.startswith("zh"):
        return Text(_cell(month if one.lunar.day == 1 else day_name(one.lunar.day, language)), style="dim")
    leap = "L" if one.lunar.leap else ""
    return Text(_cell(f"{leap}{one.lunar.month}/{one.lunar.day}"), style="dim")


def _cell(text: str) -> str:
    return set_cell_size(text, CELL) if cell_len(text) >= CELL else text + " " * (CELL - cell_len(text))


def _joined(cells: Iterator[Text] | Sequence[Text]) -> Text:
    line = Text().join(cells)
    line.rstrip()
    return line
